package io.onceguard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.onceguard.Fingerprint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpFingerprintTest {

    private static final HttpHeaders JSON = HttpHeaders.none().with("Content-Type", "application/json; charset=utf-8");
    private static final HttpFingerprint BY_JSON = HttpFingerprint.json();

    private static HttpRequestData post(String target, HttpHeaders headers, String body) {
        return new HttpRequestData("POST", target, headers, body.getBytes(UTF_8));
    }

    private static Fingerprint json(String body) throws UnusableBodyException {
        return BY_JSON.of(post("/", JSON, body));
    }

    @Test
    void F14_H11_methodPathQueryHeadersAndBodyCount() throws Exception {
        HttpFingerprint fingerprint = HttpFingerprint.raw().headers("X-Tenant");
        HttpHeaders tenant = HttpHeaders.none().with("x-tenant", "a");
        Fingerprint base = fingerprint.of(post("/p?q=1", tenant, "body"));

        assertThat(fingerprint.of(post("/p?q=1", tenant.with("Date", "now"), "body")))
                .isEqualTo(base);
        assertThat(fingerprint.of(post("http://host/p?q=1", tenant, "body"))).isEqualTo(base);
        List<HttpRequestData> others = List.of(
                new HttpRequestData("PATCH", "/p?q=1", tenant, "body".getBytes(UTF_8)),
                post("/P?q=1", tenant, "body"),
                post("/p?q=2", tenant, "body"),
                post("/p?", tenant, "body"),
                post("/p", tenant, "body"),
                post("/p?q=1", HttpHeaders.none(), "body"),
                post("/p?q=1", tenant.with("X-Tenant", "a"), "body"),
                post("/p?q=1", HttpHeaders.none().with("X-Tenant", "b"), "body"),
                post("/p?q=1", tenant, "body "),
                post("/p?q=1", tenant, ""));
        for (HttpRequestData other : others) {
            assertThat(fingerprint.of(other)).as(other.toString()).isNotEqualTo(base);
        }
    }

    @Test
    void F14_H11_theEndpointAlone() throws Exception {
        HttpFingerprint endpoint = HttpFingerprint.endpoint();
        HttpHeaders digest = HttpHeaders.none().with("Content-Digest", "sha-256=:YQ==:");
        Fingerprint base = endpoint.of(post("/p?q=1", JSON, "{}"));

        assertThat(endpoint.of(post("/p", digest, "other"))).isEqualTo(base);
        assertThat(endpoint.of(post("/P?q=1", JSON, "{}"))).isNotEqualTo(base);
        assertThat(endpoint.of(new HttpRequestData("PATCH", "/p?q=1", JSON, new byte[0])))
                .isNotEqualTo(base);
        assertThat(endpoint.headers("content-digest").of(post("/p?q=1", digest, "{}")))
                .isNotEqualTo(endpoint.headers("content-digest").of(post("/p?q=1", JSON, "{}")));
        assertUnusable(endpoint.maxBytes(10), "12345678901".getBytes(UTF_8), HttpRefusal.BODY_TOO_LARGE);
    }

    /** The draft's: the whole content, each field of it, some fields, the same by what they say, a digest of the client's. */
    @Test
    void H11_eachStrategyOfTheDraftCanBeExpressed() throws Exception {
        HttpHeaders digest = HttpHeaders.none().with("Content-Digest", "sha-256=:YQ==:");
        HttpRequestData one = post("/p", JSON.with("Content-Digest", "sha-256=:YQ==:"), "{\"a\":1,\"trace\":7}");
        HttpRequestData other = post("/p", JSON.with("Content-Digest", "sha-256=:YQ==:"), "{\"trace\":7, \"a\":1}");
        HttpRequestData chosen = HttpRequestData.head("POST", "/p", digest);
        byte[] amount = {'1'};

        assertThat(HttpFingerprint.raw().of(one))
                .isNotEqualTo(HttpFingerprint.raw().of(other));
        assertThat(BY_JSON.of(one)).isEqualTo(BY_JSON.of(other));
        HttpFingerprint byDigest = HttpFingerprint.endpoint().headers("Content-Digest");
        assertThat(byDigest.of(one)).isEqualTo(byDigest.of(other));
        assertThat(HttpFingerprint.raw().start(chosen).update(amount, 0, 1).finish())
                .isEqualTo(
                        HttpFingerprint.raw().start(chosen).update(amount, 0, 1).finish())
                .isNotEqualTo(HttpFingerprint.raw().start(chosen).finish());
    }

    @Test
    void F14_partsDoNotRunIntoOneAnother() throws Exception {
        HttpFingerprint raw = HttpFingerprint.raw();
        assertThat(raw.of(post("/a?b", HttpHeaders.none(), "c")))
                .isNotEqualTo(raw.of(post("/a", HttpHeaders.none(), "bc")));
        assertThat(raw.of(post("/a?", HttpHeaders.none(), "")))
                .isNotEqualTo(raw.of(post("/a", HttpHeaders.none(), "")));
    }

    @Test
    void F14_howTheBodyIsCutDoesNotMatter() throws Exception {
        long seed = 14;
        Random random = new Random(seed);
        for (HttpFingerprint fingerprint : List.of(HttpFingerprint.raw(), BY_JSON)) {
            HttpRequestData request = post("/p", JSON, "{\"b\":[1,2, 3],\"a\":\"" + "x".repeat(1_000) + "\"}");
            HttpBodyDigest digest = fingerprint.start(HttpRequestData.head("POST", "/p", JSON));
            for (int at = 0; at < request.body().length; ) {
                int count = Math.min(random.nextInt(100), request.body().length - at);
                digest.update(request.body(), at, count);
                at += count;
            }
            assertThat(digest.finish()).as("seed %d", seed).isEqualTo(fingerprint.of(request));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1,\"b\":2}|{ \"b\" : 2 , \"a\" : 1 }",
                "[1,2]|[ 1,\t2 ]",
                "{}|{ }",
                "[]|[ ]",
                "{\"a\":{\"c\":[],\"b\":{}}}|{\"a\":{\"b\":{ },\"c\":[ ]}}",
                "\"\\u0041\\/\"|\"A/\"",
                "{\"\\u0061\":1}|{\"a\":1}",
                "\"\\u00e9\\ud83d\\ude00\"|\"\u00e9\ud83d\ude00\"",
                "\"\\ud800\"|\"\\uD800\""
            })
    void F14_jsonThatSaysTheSame(String one, String other) throws Exception {
        assertThat(json(one)).isEqualTo(json(other)).isEqualTo(json("\r\n\t " + one + " "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1|1.0",
                "1|1e0",
                "1e2|1E2",
                "0|-0",
                "9007199254740993|9007199254740992",
                "1e400|1e401",
                "0.1|0.10",
                "[1,2]|[2,1]",
                "[1,2]|[12]",
                "{\"a\":1}|{\"a\":\"1\"}",
                "{\"a\":null}|{}",
                "[[],[]]|[[[]]]",
                "\"\\ud83d\\ude00\"|\"\\ude00\\ud83d\"",
                "\"\\ud800\"|\"\\\\ud800\"",
                "\"\u00e9\"|\"e\u0301\"",
                "true|false"
            })
    void F14_jsonThatSaysSomethingElse(String one, String other) throws Exception {
        assertThat(json(one)).isNotEqualTo(json(other));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "}",
                "[",
                "]",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1,\"\\u0061\":1}",
                "01",
                "-",
                "+1",
                "1.",
                ".1",
                "1e",
                "1e+",
                "--1",
                "0x10",
                "NaN",
                "Infinity",
                "tru",
                "nul",
                "TRUE",
                "\"",
                "\"a",
                "\"\\",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\u\uff11\uff11\uff11\uff11\"",
                "\"\t\"",
                "\"\n\"",
                "1 2",
                "{} {}",
                "//",
                " ",
                "\ufeff1",
                "\uffff",
                "\u00a01",
                "a",
                "[1}",
                "{\"a\":1]",
                "-01",
                "1.e1",
                "00"
            })
    void F14_whatIsNotJsonIsUnusable(String body) {
        assertUnusable(BY_JSON, body.getBytes(UTF_8), HttpRefusal.UNREADABLE_BODY);
    }

    @Test
    void F14_whatIsNotUtf8IsUnusable() {
        assertUnusable(BY_JSON, new byte[] {'"', (byte) 0xC3, '"'}, HttpRefusal.UNREADABLE_BODY);
        assertUnusable(BY_JSON, new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'}, HttpRefusal.UNREADABLE_BODY);
        assertUnusable(BY_JSON, "{}".getBytes(StandardCharsets.UTF_16), HttpRefusal.UNREADABLE_BODY);
    }

    @Test
    void F14_depthIsLimited() throws Exception {
        assertThat(json("[".repeat(64) + "]".repeat(64))).isNotNull();
        assertUnusable(BY_JSON, ("[".repeat(65) + "]".repeat(65)).getBytes(UTF_8), HttpRefusal.UNREADABLE_BODY);
        assertUnusable(BY_JSON, "{\"a\":".repeat(100_000).getBytes(UTF_8), HttpRefusal.UNREADABLE_BODY);
        HttpFingerprint deep = BY_JSON.maxDepth(512);
        assertThat(deep.of(post("/", JSON, "[".repeat(512) + "]".repeat(512)))).isNotNull();
        assertUnusable(deep, ("[".repeat(513) + "]".repeat(513)).getBytes(UTF_8), HttpRefusal.UNREADABLE_BODY);
    }

    @Test
    void F14_noNumberIsExpanded() throws Exception {
        assertThat(json("1e999999999")).isNotEqualTo(json("1e999999998"));
        assertThat(json("9".repeat(1_000_000))).isNotNull();
    }

    @Test
    void F14_sizeIsLimited() throws Exception {
        for (HttpFingerprint fingerprint : List.of(HttpFingerprint.raw(), BY_JSON)) {
            HttpFingerprint small = fingerprint.maxBytes(10);
            assertThat(small.of(post("/", JSON, "1234567890"))).isNotNull();
            assertUnusable(small, "12345678901".getBytes(UTF_8), HttpRefusal.BODY_TOO_LARGE);
        }
        assertUnusable(BY_JSON, new byte[HttpFingerprint.DEFAULT_MAX_BYTES + 1], HttpRefusal.BODY_TOO_LARGE);
    }

    @Test
    void F14_contentOfAnotherTypeIsComparedByItsBytes() throws Exception {
        HttpHeaders text = HttpHeaders.none().with("Content-Type", "text/plain");
        assertThat(BY_JSON.of(post("/", text, "{ }"))).isNotEqualTo(BY_JSON.of(post("/", text, "{}")));
        assertThat(BY_JSON.of(post("/", text, "{"))).isNotEqualTo(json("{}"));
        assertThat(BY_JSON.of(post("/", text, "{}"))).isNotEqualTo(json("{}"));
        assertThat(json("")).isEqualTo(BY_JSON.of(post("/", text, "")));
        HttpHeaders patch = HttpHeaders.none().with("Content-Type", "application/merge-patch+JSON");
        assertThat(BY_JSON.of(post("/", patch, "{ }"))).isEqualTo(json("{}"));
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BY_JSON.maxBytes(-1))
                .withMessage("max bytes: at least 0, was -1");
        for (int depth : new int[] {0, 513}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> BY_JSON.maxDepth(depth))
                    .withMessage("max depth: 1..512, was " + depth);
        }
    }

    @Test
    void pathAndQueryOfATarget() {
        assertThat(HttpRequestData.head("GET", "http://h:1?x/y", JSON).path()).isEmpty();
        assertThat(HttpRequestData.head("GET", "http://h:1?x/y", JSON).query()).isEqualTo("x/y");
        assertThat(HttpRequestData.head("GET", "/a?u=http://b/c", JSON).path()).isEqualTo("/a");
        assertThat(HttpRequestData.head("GET", "/a?b?c", JSON).query()).isEqualTo("b?c");
        assertThat(HttpRequestData.head("OPTIONS", "*", JSON).path()).isEqualTo("*");
        assertThat(HttpRequestData.head("GET", "//a/b", JSON).path()).isEqualTo("//a/b");
    }

    private static void assertUnusable(HttpFingerprint fingerprint, byte[] body, HttpRefusal refusal) {
        assertThatThrownBy(() -> fingerprint.of(new HttpRequestData("POST", "/", JSON, body)))
                .asInstanceOf(type(UnusableBodyException.class))
                .extracting(UnusableBodyException::refusal)
                .isEqualTo(refusal);
    }
}
