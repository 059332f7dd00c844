package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.KeyPolicy;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an endpoint says of itself is what it does. */
class HttpPolicyTest {

    private final HttpScene scene = new HttpScene();

    @Test
    void H10_byDefault() {
        HttpResponseData published = scene.endpoint().build().policy().toResponse();

        assertThat(published.status()).isEqualTo(200);
        assertThat(published.headers().values("Content-Type")).containsExactly("application/json");
        assertThat(body(published))
                .isEqualTo(
                        "{\"headerNames\":[\"Idempotency-Key\",\"X-Idempotency-Key\"],\"methods\":[\"PATCH\",\"POST\"],"
                                + "\"keyRequired\":true,\"quotesRequired\":false,\"keyPattern\":\"^(?=.*[!-~])[ -~]{1,255}$\","
                                + "\"furtherKeyRules\":false,\"retention\":\"PT24H\","
                                + "\"documentation\":\"https://example.com/docs/idempotency\"}");
    }

    @Test
    void H10_asTheOptionsSay() {
        HttpPolicy policy = HttpIdempotency.of(
                        scene.atMostOnce().retention(Retention.forever()).build())
                .withoutDocumentation()
                .methods("PUT")
                .headerNames("Request-Id")
                .keyOptional()
                .strictKeys()
                .uuidKeysOnly()
                .keyPolicy(KeyPolicy.maxCodePoints(64))
                .build()
                .policy();

        assertThat(policy.toJson())
                .isEqualTo("{\"headerNames\":[\"Request-Id\"],\"methods\":[\"PUT\"],\"keyRequired\":false,"
                        + "\"quotesRequired\":true,"
                        + "\"keyPattern\":\"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$\","
                        + "\"furtherKeyRules\":true,\"retention\":null,\"documentation\":null}");
    }

    @Test
    void H10_theRetentionIsTheOneThatHolds() {
        HttpIdempotency payments = HttpIdempotency.of(scene.atMostOnce()
                        .retention(Retention.of(Duration.ofMinutes(90)))
                        .build())
                .withoutDocumentation()
                .build();
        Duration published = payments.policy().retention().duration().orElseThrow();
        assertThat(payments.policy().toJson()).contains("\"retention\":\"PT1H30M\"");

        payments.handle(HttpScene.payment(), scene.handler());
        scene.watched.advance(published.minusMillis(1));
        payments.handle(HttpScene.payment(), scene.handler());
        assertThat(scene.runs).hasValue(1);
        scene.watched.advance(Duration.ofMillis(1));
        payments.handle(HttpScene.payment(), scene.handler());
        assertThat(scene.runs).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void H10_H23_thePatternIsTheRule(boolean uuidsOnly) {
        UnaryOperator<HttpIdempotencyBuilder> form =
                uuidsOnly ? HttpIdempotencyBuilder::uuidKeysOnly : UnaryOperator.identity();
        HttpIdempotency payments = scene.with(form);
        String pattern = payments.policy().key().pattern();
        List<String> keys = List.of(
                KEY,
                KEY.toUpperCase(Locale.ROOT),
                KEY.replace("-", ""),
                KEY.substring(1),
                "a",
                " a",
                "a ",
                " ",
                " ".repeat(255),
                "!",
                "~",
                "a\"b",
                "a\\b",
                "k".repeat(255),
                "k".repeat(256),
                " ".repeat(254) + "k",
                " ".repeat(255) + "k");
        for (String key : keys) {
            int status = payments.handle(post(keyed(IdempotencyKeyHeader.serialize(key)), ""), scene.handler())
                    .status();
            assertThat(status == 201).as("%d characters", key.length()).isEqualTo(key.matches(pattern));
        }
    }
}
