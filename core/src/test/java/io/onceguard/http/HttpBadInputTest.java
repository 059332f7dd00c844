package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.caller;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.post;
import static io.onceguard.http.HttpScene.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a request that breaks a rule is told. Its handler is not run, and the store is not called. */
class HttpBadInputTest {

    record Row(String input, HttpRequestData request, int status, String code) {
        @Override
        public String toString() {
            return input;
        }
    }

    private static final HttpHeaders JSON = keyed(KEY).with("Content-Type", "application/json");

    static Stream<Row> table() {
        return Stream.of(
                new Row("no key", post(caller(), "{}"), 400, "missing-key"),
                new Row("empty key", post(keyed(""), "{}"), 400, "invalid-key"),
                new Row("key of 256 characters", post(keyed("k".repeat(256)), "{}"), 422, "invalid-key"),
                new Row("key of 1 MiB", post(keyed("k".repeat(1 << 20)), "{}"), 422, "invalid-key"),
                new Row(
                        "quoted key of 1 MiB",
                        post(keyed('"' + "\\\\".repeat(1 << 19) + '"'), "{}"),
                        422,
                        "invalid-key"),
                new Row("unclosed key of 1 MiB", post(keyed('"' + "k".repeat(1 << 20)), "{}"), 400, "invalid-key"),
                new Row("1 MiB of parameters", post(keyed("\"k\"" + ";a=1".repeat(1 << 18)), "{}"), 422, "invalid-key"),
                new Row("NUL in the key", post(keyed("a\u0000b"), "{}"), 400, "invalid-key"),
                new Row("line break in the key", post(keyed("\"a\r\nX-Admin: 1\""), "{}"), 400, "invalid-key"),
                new Row("DEL in the key", post(keyed("\"\u007F\""), "{}"), 400, "invalid-key"),
                new Row("non-ASCII key", post(keyed("\"f\u00fc\""), "{}"), 400, "invalid-key"),
                new Row("two lines", post(keyed(KEY).with("Idempotency-Key", KEY), "{}"), 400, "invalid-key"),
                new Row("list in one line", post(keyed(KEY + ", " + KEY), "{}"), 400, "invalid-key"),
                new Row("UUID without dashes", post(keyed(KEY.replace("-", "")), "{}"), 422, "invalid-key"),
                new Row("UUID cut short", post(keyed(KEY.substring(1)), "{}"), 422, "invalid-key"),
                new Row("UUID in braces", post(keyed("{" + KEY + "}"), "{}"), 422, "invalid-key"),
                new Row("UUID with a blank", post(keyed("\" " + KEY + "\""), "{}"), 422, "invalid-key"),
                new Row(
                        "no caller",
                        post(HttpHeaders.none().with("Idempotency-Key", KEY), "{}"),
                        400,
                        "unknown-caller"),
                new Row("large body", post(JSON, "[" + " ".repeat(1_000) + "]"), 413, "body-too-large"),
                new Row("large body that is not JSON", post(JSON, "x".repeat(1_001)), 413, "body-too-large"),
                new Row("cut JSON", post(JSON, "{\"a\":"), 400, "unreadable-body"),
                new Row("deep JSON", post(JSON, "[".repeat(900)), 400, "unreadable-body"),
                new Row("two members of one name", post(JSON, "{\"a\":1,\"a\":2}"), 400, "unreadable-body"),
                new Row("not a number", post(JSON, "NaN"), 400, "unreadable-body"));
    }

    private final HttpScene scene = new HttpScene();
    private final HttpIdempotency payments = scene.with(
            options -> options.uuidKeysOnly().fingerprint(HttpFingerprint.json().maxBytes(1_000)));

    @ParameterizedTest
    @MethodSource("table")
    void H21_H23_badInput(Row row) {
        for (int i = 0; i < 2; i++) {
            HttpResponseData response = payments.handle(row.request(), scene.handler());

            assertThat(response.status()).isEqualTo(row.status());
            assertThat(body(response))
                    .contains("\"code\":\"" + row.code() + "\"")
                    .doesNotContain("kk", KEY, "X-Admin");
            assertThat(response.headers().values("Retry-After")).isEmpty();
        }
        assertThat(scene.runs).hasValue(0);
        assertThat(scene.watched.calls).hasValue(0);
    }

    @ParameterizedTest
    @MethodSource("table")
    void F06_ofAnUnknownMethodNothingIsLookedAt(Row row) {
        HttpRequestData unknown = request("BREW", "/payments", row.request().headers(), body(row.request()));
        assertThat(payments.handle(unknown, scene.handler()).status()).isEqualTo(201);
        assertThat(scene.runs).hasValue(1);
        assertThat(scene.watched.calls).hasValue(0);
    }

    private static String body(HttpRequestData request) {
        return new String(request.body(), StandardCharsets.UTF_8);
    }

    private static String body(HttpResponseData response) {
        return HttpScene.body(response);
    }
}
