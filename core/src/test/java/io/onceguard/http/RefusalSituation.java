package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.caller;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.payment;
import static io.onceguard.http.HttpScene.post;
import static io.onceguard.http.HttpScene.response;
import static java.util.Objects.requireNonNull;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.ResultCodec;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * How a request comes to be refused.
 *
 * @param scene where it is
 * @param payments the endpoint
 * @param refused the request
 * @param corrected the request without what it is refused for; the same one where it is not at fault
 * @param passes ends what stands in the way of the request, if that ever ends
 */
record RefusalSituation(
        HttpScene scene,
        HttpIdempotency payments,
        HttpRequestData refused,
        HttpRequestData corrected,
        Runnable passes) {

    private static final HttpHeaders JSON = keyed(KEY).with("Content-Type", "application/json");
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Retention RETENTION = Retention.of(Duration.ofDays(1));

    static RefusalSituation of(HttpRefusal refusal, UnaryOperator<HttpIdempotencyBuilder> options) {
        HttpScene scene = new HttpScene();
        IdempotencyExecutorBuilder<HttpResponseData> operation = scene.atMostOnce();
        boolean small = refusal == HttpRefusal.RESULT_NOT_KEPT;
        HttpIdempotencyBuilder endpoint = HttpIdempotency.of(
                        (small ? operation.maxResultBytes(100) : operation).build())
                .documentation(HttpScene.DOCUMENTATION);
        if (refusal == HttpRefusal.NOT_A_UUID) {
            endpoint.uuidKeysOnly();
        }
        endpoint.fingerprint(HttpFingerprint.json().maxBytes(100));
        HttpIdempotency payments = options.apply(endpoint).build();
        Runnable passes = before(refusal, scene, payments);
        return new RefusalSituation(scene, payments, refused(refusal), corrected(refusal), passes);
    }

    private static HttpRequestData refused(HttpRefusal refusal) {
        return switch (refusal) {
            case MISSING_KEY -> post(caller(), "{}");
            case INVALID_KEY -> post(keyed("a b"), "{}");
            case NOT_A_UUID -> post(keyed("order-42"), "{}");
            case UNKNOWN_CALLER -> post(HttpHeaders.none().with("Idempotency-Key", KEY), "{}");
            case BODY_TOO_LARGE -> post(JSON, "[" + " ".repeat(100) + "]");
            case UNREADABLE_BODY -> post(JSON, "{");
            case KEY_REUSED -> post(keyed(KEY), "{\"amount\":9999}");
            case IN_PROGRESS, OUTCOME_UNKNOWN, RESULT_NOT_KEPT, STORE_UNAVAILABLE, UNREADABLE_RESULT -> payment();
        };
    }

    private static HttpRequestData corrected(HttpRefusal refusal) {
        return switch (refusal) {
            case KEY_REUSED -> post(keyed("another"), "{\"amount\":9999}");
            default -> payment();
        };
    }

    /** Makes what stands in the way, and returns what ends it. */
    private static Runnable before(HttpRefusal refusal, HttpScene scene, HttpIdempotency payments) {
        return switch (refusal) {
            case KEY_REUSED -> done(payments, response(201, ""));
            case RESULT_NOT_KEPT -> done(payments, response(201, "x".repeat(200)));
            case OUTCOME_UNKNOWN -> failed(payments);
            case UNREADABLE_RESULT -> doneByAnother(scene);
            case IN_PROGRESS -> begunElsewhere(scene);
            case STORE_UNAVAILABLE -> {
                scene.watched.down = true;
                yield () -> scene.watched.down = false;
            }
            default -> () -> {};
        };
    }

    private static Runnable done(HttpIdempotency payments, HttpResponseData response) {
        if (payments.handle(payment(), () -> response).status() != 201) {
            throw new AssertionError("the first request was refused");
        }
        return () -> {};
    }

    private static Runnable failed(HttpIdempotency payments) {
        try {
            payments.handle(payment(), () -> {
                throw new IllegalStateException("gone");
            });
            throw new AssertionError("the failure was swallowed");
        } catch (IllegalStateException gone) {
            return () -> {};
        }
    }

    /** A result of a program whose codec is another one. */
    private static Runnable doneByAnother(HttpScene scene) {
        Outcome<String> done = IdempotencyExecutor.atMostOnce("payments", ResultCodec.utf8(), scene.watched.store)
                .build()
                .execute(IdempotencyKey.of(scope(), KEY), Fingerprint.none(), () -> "not a response");
        if (!done.hasValue()) {
            throw new AssertionError("the first program was refused");
        }
        return () -> {};
    }

    private static Runnable begunElsewhere(HttpScene scene) {
        AcquireResult begun = scene.watched.store.acquire(new AcquireRequest(
                new RecordId("payments", scope(), KEY),
                StoredFingerprint.NONE,
                new AttemptId(1, 1),
                LEASE,
                RETENTION,
                Takeover.NEVER));
        return () -> {
            if (!scene.watched.store.release(((AcquireResult.Acquired) begun).lease())) {
                throw new AssertionError("the lease was lost");
            }
        };
    }

    private static String scope() {
        return requireNonNull(CallerIdentity.authorization().of(payment()));
    }
}
