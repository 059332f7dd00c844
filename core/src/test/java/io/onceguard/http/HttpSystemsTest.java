package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.caller;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.payment;
import static io.onceguard.http.HttpScene.post;
import static io.onceguard.http.HttpScene.request;
import static io.onceguard.http.HttpScene.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The three systems of the package's table, each as its column says, put together from options. */
class HttpSystemsTest {

    private final HttpScene scene = new HttpScene();

    /** The answer to a request that comes while the same one is worked on. */
    private HttpResponseData inProgress(HttpIdempotency payments, HttpRequestData request) {
        List<HttpResponseData> nested = new ArrayList<>();
        payments.handle(request, () -> {
            nested.add(payments.handle(request, scene.handler()));
            return response(200, "");
        });
        return nested.get(0);
    }

    @Test
    void F11_stripe() {
        HttpIdempotency payments = scene.with(options -> options.methods("POST")
                .headerNames("Idempotency-Key")
                .keyOptional()
                .status(HttpRefusal.KEY_REUSED, 400)
                .record(RecordingRule.stripe()));

        assertThat(body(payments.handle(post(caller(), ""), scene.handler()))).isEqualTo("run 1");
        HttpResponseData failed = payments.handle(payment(), scene.answering(response(500, "failed")));
        HttpResponseData replay = payments.handle(payment(), scene.handler());
        assertThat(replay.status()).isEqualTo(500);
        assertThat(replay.body()).isEqualTo(failed.body());
        assertThat(replay.headers().values("Idempotent-Replayed")).containsExactly("true");
        assertThat(replay.headers().values("Original-Request"))
                .isEqualTo(failed.headers().values("Original-Request"));
        assertThat(payments.handle(post(keyed(KEY), "other"), scene.handler()).status())
                .isEqualTo(400);
        assertThat(payments.handle(request("POST", "/refunds", keyed(KEY), ""), scene.handler())
                        .status())
                .isEqualTo(400);
        assertThat(inProgress(payments, post(keyed("k2"), "")).status()).isEqualTo(409);
        assertThat(payments.handle(post(keyed("k".repeat(256)), ""), scene.handler())
                        .status())
                .isEqualTo(400);
        assertThat(scene.runs).hasValue(2);
    }

    @Test
    void F11_idempo() {
        HttpIdempotency payments = HttpIdempotency.of(scene.atMostOnce()
                        .retention(Retention.of(Duration.ofSeconds(30)))
                        .build())
                .withoutDocumentation()
                .methods("POST", "PUT", "PATCH", "DELETE")
                .keyOptional()
                .caller(CallerIdentity.authorization().withRequest())
                .status(HttpRefusal.IN_PROGRESS, 429)
                .record(RecordingRule.idempo())
                .directives("X-Idempo-Policy", "X-Idempo-Persist-For-Seconds")
                .maxStoredBytes(1_000)
                .freeUnkeptBodies()
                .onRefusal(HttpRefusal.INVALID_KEY, (request, problem) -> response(400, "malformed"))
                .build();

        HttpRequestData put = request("PUT", "/payments/1", caller().with("X-Idempotency-Key", KEY), "a");
        assertThat(body(payments.handle(put, scene.handler()))).isEqualTo("run 1");
        assertThat(body(payments.handle(put, scene.handler()))).isEqualTo("run 1");
        assertThat(body(payments.handle(
                        request("PUT", "/payments/1", caller().with("X-Idempotency-Key", KEY), "b"), scene.handler())))
                .as("another request is another key")
                .isEqualTo("run 2");
        scene.watched.advance(Duration.ofSeconds(30));
        assertThat(body(payments.handle(put, scene.handler()))).as("kept 30 s").isEqualTo("run 3");
        for (int run = 4; run <= 5; run++) {
            payments.handle(payment(), scene.answering(response(503, "")));
            assertThat(scene.runs).as("5xx is not recorded").hasValue(run);
        }
        HttpResponseData large = response(200, "x".repeat(1_001));
        for (int run = 6; run <= 7; run++) {
            payments.handle(payment(), scene.answering(large));
            assertThat(scene.runs).as("large ones are not recorded").hasValue(run);
        }
        HttpResponseData busy = inProgress(payments, post(keyed("k2"), ""));
        assertThat(busy.status()).isEqualTo(429);
        assertThat(busy.headers().values("Retry-After")).containsExactly("1");
        assertThat(body(payments.handle(post(keyed("\"\""), ""), scene.handler())))
                .isEqualTo("malformed");
    }

    @Test
    void F11_asgi() {
        HttpIdempotency payments = scene.with(options -> options.keyOptional()
                .caller(CallerIdentity.none())
                .uuidKeysOnly()
                .fingerprint(HttpFingerprint.endpoint())
                .record(RecordingRule.jsonOnly())
                .replayedHeader("Idempotent-Replayed"));
        HttpHeaders json = HttpHeaders.none().with("Content-Type", "application/json");

        for (int run = 1; run <= 2; run++) {
            payments.handle(payment(), scene.answering(response(200, "text")));
            assertThat(scene.runs).as("only JSON is recorded").hasValue(run);
        }
        payments.handle(payment(), scene.answering(response(200, "{}").with(json)));
        HttpHeaders anybody = HttpHeaders.none().with("Idempotency-Key", KEY.toUpperCase(Locale.ROOT));
        HttpResponseData replay = payments.handle(post(anybody, "something else"), scene.handler());
        assertThat(body(replay))
                .as("whoever brings the key, whatever the content")
                .isEqualTo("{}");
        assertThat(replay.headers().values("Idempotent-Replayed")).containsExactly("true");
        assertThat(payments.handle(post(keyed("order-42"), ""), scene.handler()).status())
                .isEqualTo(422);
        HttpRequestData another = post(keyed("8e03978e-40d5-43e8-bc93-6894a57f9325"), "");
        assertThat(inProgress(payments, another).status()).isEqualTo(409);
    }
}
