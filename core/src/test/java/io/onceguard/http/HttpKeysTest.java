package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.caller;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.payment;
import static io.onceguard.http.HttpScene.post;
import static io.onceguard.http.HttpScene.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.KeyPolicy;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests have a key, whose it is, and which keys are accepted. */
class HttpKeysTest {

    private final HttpScene scene = new HttpScene();

    private void assertRefused(HttpResponseData response, int status, String code) {
        assertThat(response.status()).isEqualTo(status);
        assertThat(body(response)).contains("\"code\":\"" + code + "\"");
        assertThat(scene.runs).hasValue(0);
        assertThat(scene.watched.calls).hasValue(0);
    }

    @Test
    void F01_quotedAndBareAreOneKey() {
        HttpIdempotency payments = scene.endpoint().build();
        HttpResponseData first = payments.handle(post(keyed(KEY), "a"), scene.handler());
        HttpResponseData again = payments.handle(post(keyed('"' + KEY + '"'), "a"), scene.handler());

        assertThat(again.body()).isEqualTo(first.body());
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F01_strictRefusesABareKey() {
        HttpIdempotency strict = scene.with(HttpIdempotencyBuilder::strictKeys);
        assertRefused(strict.handle(payment(), scene.handler()), 400, "invalid-key");
    }

    @Test
    void F01_H4_twoFieldLinesAreRefused() {
        HttpRequestData twice = post(keyed("a").with("idempotency-key", "b"), "");
        assertRefused(scene.endpoint().build().handle(twice, scene.handler()), 400, "invalid-key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY", "X-Idempotency-Key", "x-idempotency-KEY"
            })
    void F02_H7_theNameHasNoCaseAndAFallback(String name) {
        HttpRequestData request = post(caller().with(name, KEY), "a");
        HttpIdempotency payments = scene.endpoint().build();
        payments.handle(request, scene.handler());

        assertThat(payments.handle(request, scene.handler()).headers().values("Idempotent-Replayed"))
                .containsExactly("true");
    }

    @Test
    void F02_theNameIsAnOption() {
        HttpIdempotency payments = scene.with(options -> options.headerNames("PayPal-Request-Id"));
        HttpRequestData request = post(caller().with("paypal-request-id", KEY), "a");
        payments.handle(request, scene.handler());

        assertThat(body(payments.handle(request, scene.handler()))).isEqualTo("run 1");
        assertThat(payments.handle(payment(), scene.handler()).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\"\"", "\"", "a b", "\"   \"", "\"a\";"})
    void F03_emptyOrMalformedIsRefusedEvenIfOptional(String field) {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::keyOptional);
        assertRefused(payments.handle(post(keyed(field), ""), scene.handler()), 400, "invalid-key");
    }

    @Test
    void F04_H17_missingAndRequired() {
        HttpResponseData response = scene.endpoint().build().handle(post(caller(), ""), scene.handler());
        assertRefused(response, 400, "missing-key");
        assertThat(response.headers().first("Content-Type")).isEqualTo("application/problem+json");
        assertThat(response.headers().first("Link"))
                .isEqualTo("<https://example.com/docs/idempotency>; rel=\"describedby\"; type=\"text/html\"");
    }

    @Test
    void F04_missingAndOptionalPasses() {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::keyOptional);
        assertThat(body(payments.handle(post(caller(), ""), scene.handler()))).isEqualTo("run 1");
        assertThat(body(payments.handle(post(caller(), ""), scene.handler()))).isEqualTo("run 2");
        assertThat(scene.watched.calls).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "order-42",
                "8e03978e40d543e8bc936894a57f9324",
                "{8e03978e-40d5-43e8-bc93-6894a57f9324}",
                "1-2-3-4-5"
            })
    void F05_H23_uuidOnlyRefusesOtherKeys(String key) {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::uuidKeysOnly);
        assertRefused(payments.handle(post(keyed(key), ""), scene.handler()), 422, "invalid-key");
    }

    @Test
    void F05_aUuidThatBreaksAnotherRuleIsAUuid() {
        HttpIdempotency payments = scene.with(options -> options.uuidKeysOnly().keyPolicy(key -> "must be of today"));
        HttpResponseData refused = payments.handle(payment(), scene.handler());
        assertRefused(refused, 400, "invalid-key");
        assertThat(body(refused)).contains("The key breaks a rule: must be of today.");
    }

    @Test
    void F05_uuidsHaveNoCase() {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::uuidKeysOnly);
        payments.handle(post(keyed(KEY), "a"), scene.handler());

        assertThat(body(payments.handle(post(keyed(KEY.toUpperCase(Locale.ROOT)), "a"), scene.handler())))
                .isEqualTo("run 1");
    }

    @Test
    void otherKeysHaveCase() {
        HttpIdempotency payments = scene.endpoint().build();
        payments.handle(post(keyed("order-a"), "a"), scene.handler());
        assertThat(body(payments.handle(post(keyed("order-A"), "a"), scene.handler())))
                .isEqualTo("run 2");
    }

    @Test
    void H5_parsedFirstAndThenMeasured() {
        HttpIdempotency payments = scene.endpoint().build();
        assertThat(payments.handle(post(keyed("k".repeat(255)), ""), scene.handler())
                        .status())
                .isEqualTo(201);
        HttpScene untouched = new HttpScene();
        HttpResponseData refused = untouched
                .endpoint()
                .build()
                .handle(post(keyed('"' + "\\\"".repeat(256) + '"'), ""), untouched.handler());
        assertThat(refused.status()).isEqualTo(400);
        assertThat(body(refused)).contains("255 code points");
        assertThat(untouched.watched.calls).hasValue(0);
        HttpIdempotency shorter = scene.with(options -> options.keyPolicy(KeyPolicy.maxCodePoints(64)));
        assertThat(shorter.handle(post(keyed("k".repeat(65)), ""), scene.handler())
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "BREW", "post"})
    void F06_H13_otherMethodsPassWhateverTheirKey(String method) {
        HttpIdempotency payments = scene.endpoint().build();
        for (String field : new String[] {KEY, "\"", ""}) {
            HttpResponseData response =
                    payments.handle(request(method, "/payments", keyed(field), ""), scene.handler());
            assertThat(response.status()).isEqualTo(201);
            assertThat(response.headers().lines()).hasSize(1);
        }
        assertThat(scene.runs).hasValue(3);
        assertThat(scene.watched.calls).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "TRACE"})
    void F06_safeMethodsAreNeverGuarded(String method) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scene.with(options -> options.methods("POST", method)))
                .withMessageStartingWith("methods: none of [GET, HEAD, OPTIONS, TRACE], were ");
    }

    @Test
    void F06_postAndPatchByDefaultOthersByOption() {
        HttpIdempotency byDefault = scene.endpoint().build();
        byDefault.handle(request("PATCH", "/payments/1", keyed(KEY), ""), scene.handler());
        assertThat(body(byDefault.handle(request("PATCH", "/payments/1", keyed(KEY), ""), scene.handler())))
                .isEqualTo("run 1");
        HttpIdempotency put = scene.with(options -> options.methods("PUT"));
        put.handle(request("PUT", "/payments/2", keyed("k2"), ""), scene.handler());
        assertThat(body(put.handle(request("PUT", "/payments/2", keyed("k2"), ""), scene.handler())))
                .isEqualTo("run 2");
        assertThat(body(put.handle(request("PATCH", "/payments/1", keyed(KEY), ""), scene.handler())))
                .isEqualTo("run 3");
    }

    @Test
    void F15_H9_aKeyBelongsToItsCaller() {
        HttpIdempotency payments = scene.endpoint().build();
        payments.handle(payment(), scene.handler());
        HttpHeaders bob = HttpHeaders.none().with("Authorization", "Bearer bob").with("Idempotency-Key", KEY);

        assertThat(body(payments.handle(post(bob, "{\"amount\":1000}"), scene.handler())))
                .isEqualTo("run 2");
        assertThat(body(payments.handle(payment(), scene.handler()))).isEqualTo("run 1");
    }

    @Test
    void F15_anIdentityThatCannotBeToldIsNeverShared() {
        HttpHeaders key = HttpHeaders.none().with("Idempotency-Key", KEY);
        for (HttpHeaders headers : new HttpHeaders[] {
            key,
            key.with("Authorization", " "),
            key.with("Authorization", "a").with("authorization", "b"),
            key.with("Authorization", "\ud83d")
        }) {
            assertRefused(scene.endpoint().build().handle(post(headers, ""), scene.handler()), 400, "unknown-caller");
        }
        for (String scope : new String[] {null, "", " ", "a\u0000", "\ud83d", "x".repeat(256)}) {
            HttpIdempotency payments = scene.with(options -> options.caller(request -> scope));
            assertRefused(payments.handle(payment(), scene.handler()), 400, "unknown-caller");
            CallerIdentity unknown = request -> scope;
            HttpIdempotency perRequest = scene.with(options -> options.caller(unknown.withRequest()));
            assertRefused(perRequest.handle(payment(), scene.handler()), 400, "unknown-caller");
        }
    }

    @Test
    void F15_nobodysKeysAreADeclaredChoice() {
        HttpIdempotency payments = scene.with(options -> options.caller(CallerIdentity.none()));
        HttpHeaders anonymous = HttpHeaders.none().with("Idempotency-Key", KEY);
        payments.handle(post(anonymous, "a"), scene.handler());
        assertThat(body(payments.handle(post(keyed(KEY), "a"), scene.handler())))
                .isEqualTo("run 1");
    }

    @Test
    void F15_credentialsAreNotStoredAsTheyAre() {
        String scope = CallerIdentity.authorization().of(payment());
        assertThat(scope).matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void F15_F16_withTheRequestInItsScopeAKeyIsNeverReused() {
        HttpIdempotency payments = scene.with(
                options -> options.caller(CallerIdentity.authorization().withRequest()));
        List<HttpRequestData> different = List.of(
                request("POST", "/payments", keyed(KEY), "ab"),
                request("POST", "/payments", keyed(KEY), "a"),
                request("POST", "/payments?a", keyed(KEY), "b"),
                request("POST", "/payment", keyed(KEY), "\u0000sab"),
                request("PATCH", "/payments", keyed(KEY), "ab"),
                request("POST", "/payments", keyed("k2"), "ab"),
                request(
                        "POST",
                        "/payments",
                        HttpHeaders.none().with("Authorization", "Bearer bob").with("Idempotency-Key", KEY),
                        "ab"));
        for (int i = 0; i < 2 * different.size(); i++) {
            int run = 1 + i % different.size();
            assertThat(body(payments.handle(different.get(run - 1), scene.handler())))
                    .isEqualTo("run " + run);
        }
        HttpHeaders anonymous = HttpHeaders.none().with("Idempotency-Key", KEY);
        assertThat(payments.handle(post(anonymous, ""), scene.handler()).status())
                .isEqualTo(400);
    }

    @Test
    void F16_anotherEndpointIsAMismatch() {
        HttpIdempotency payments = scene.endpoint().build();
        payments.handle(request("POST", "/payments", keyed(KEY), "a"), scene.handler());

        assertThat(payments.handle(request("POST", "/refunds", keyed(KEY), "a"), scene.handler())
                        .status())
                .isEqualTo(422);
        assertThat(payments.handle(request("PATCH", "/payments", keyed(KEY), "a"), scene.handler())
                        .status())
                .isEqualTo(422);
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F16_anotherEndpointIsSeparate() {
        HttpIdempotency payments = scene.with(options -> options.endpoints(EndpointRule.SEPARATE));
        payments.handle(request("POST", "/payments", keyed(KEY), "a"), scene.handler());

        assertThat(body(payments.handle(request("POST", "/refunds", keyed(KEY), "a"), scene.handler())))
                .isEqualTo("run 2");
        assertThat(body(payments.handle(request("PATCH", "/payments", keyed(KEY), "a"), scene.handler())))
                .isEqualTo("run 3");
        assertThat(body(payments.handle(request("POST", "/payments", keyed(KEY), "a"), scene.handler())))
                .isEqualTo("run 1");
        assertThat(payments.handle(request("POST", "/payments?q", keyed(KEY), "a"), scene.handler())
                        .status())
                .isEqualTo(422);
    }
}
