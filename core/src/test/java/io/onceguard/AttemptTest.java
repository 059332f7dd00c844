package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an attempt tells its work, and that it is inert once the work has returned. */
@Timeout(30)
class AttemptTest {

    private final Scene scene = new Scene(Scene.Kind.REMOTE);

    private static AttemptWork<String, RuntimeException> keeping(AtomicReference<Attempt> seen) {
        return attempt -> {
            seen.set(attempt);
            return attempt.deriveKey("capture");
        };
    }

    private String derived(String operation, IdempotencyKey key, String step) {
        IdempotencyExecutor<String> executor = IdempotencyExecutor.atLeastOnce(
                        operation, ResultCodec.utf8(), scene.anotherNode())
                .platform(scene.platform)
                .build();
        List<String> derived = new ArrayList<>();
        Outcome<String> outcome = executor.execute(key, INPUT, (AttemptWork<String, RuntimeException>) attempt -> {
            attempt.doNotRecord();
            derived.add(attempt.deriveKey(step));
            return attempt.deriveKey(step);
        });
        assertThat(outcome.orElseThrow()).isEqualTo(derived.get(0));
        return derived.get(0);
    }

    /** Computed apart from this code: SHA-256 of the record's digest and the step, with the bits of a UUID version 8. */
    @ParameterizedTest
    @CsvSource({
        "charge, tenant-7, order-42, capture, 8d4f925b-7f85-8409-a5e1-53d08029e3c9",
        "charge, , order-42, capture, e133df33-f8bb-87f3-9ad6-180faaee2ec3",
        "charge, tenant-7, order-42, '', 5acb9ec3-5ea8-81a7-b099-3c5a13b9623d",
        "refund, tenant-7, order-42, capture, c2124225-7006-82d1-a9b6-79e5cfcd8719",
        "charge, ténant, ключ-🔑, Schritt 2, 8d775f22-c262-85fc-8a05-57210bba2618"
    })
    void A32_derivedKeysHaveGoldenValues(String operation, String scope, String key, String step, String expected) {
        IdempotencyKey named = scope == null ? IdempotencyKey.unscoped(key) : IdempotencyKey.of(scope, key);

        String derived = derived(operation, named, step);

        assertThat(derived).isEqualTo(expected);
        assertThat(UUID.fromString(derived).version()).isEqualTo(8);
        assertThat(UUID.fromString(derived).variant()).isEqualTo(2);
    }

    @Test
    void A32_derivedKeysDifferByStepKeyScopeAndOperation() {
        Set<String> derived = new HashSet<>();
        int count = 0;
        for (String operation : List.of("charge", "Charge", "charge2")) {
            for (IdempotencyKey key : List.of(
                    IdempotencyKey.unscoped("a"),
                    IdempotencyKey.unscoped("A"),
                    IdempotencyKey.of("a", "b"),
                    IdempotencyKey.of("b", "a"),
                    IdempotencyKey.of("ab", "c"),
                    IdempotencyKey.of("a", "bc"),
                    IdempotencyKey.of("é", "x"),
                    IdempotencyKey.of("e\u0301", "x"))) {
                for (String step : List.of("", "capture", "Capture", "capture ", "refund")) {
                    derived.add(derived(operation, key, step));
                    count++;
                }
            }
        }

        assertThat(derived).hasSize(count);
    }

    @Test
    void A32_derivedKeyIsTheSameForEveryAttempt() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        List<String> derived = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            var failing = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
                derived.add(attempt.number() + " " + attempt.deriveKey("capture"));
                throw new Exception("planted");
            }));
            assertThat(failing.failure()).hasMessage("planted");
        }

        assertThat(derived)
                .containsExactly(
                        "1 8d4f925b-7f85-8409-a5e1-53d08029e3c9",
                        "2 8d4f925b-7f85-8409-a5e1-53d08029e3c9",
                        "3 8d4f925b-7f85-8409-a5e1-53d08029e3c9");
    }

    @Test
    void A32_callsWithoutAKeyDeriveFromTheirOriginId() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        AtomicReference<Attempt> seen = new AtomicReference<>();

        String one = executor.execute(IdempotentCall.unkeyed(), keeping(seen)).orElseThrow();
        String two = executor.execute(IdempotentCall.unkeyed(), keeping(seen)).orElseThrow();

        assertThat(one).isNotEqualTo(two);
        assertThat(seen.get().number()).isEqualTo(1);
        assertThat(seen.get().fencingToken()).isZero();
        assertThat(seen.get().leaseHeld()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void attemptIsInertOnceItsWorkHasReturned(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        here.store.always(FaultyStore.Verb.COMPLETE, Fault.refused()); // so that the lease goes on, and is lost
        AtomicReference<Attempt> seen = new AtomicReference<>();
        AtomicInteger called = new AtomicInteger();
        IdempotencyExecutor<String> executor = here.with(guarantee).build();
        Outcome<String> outcome = executor.execute(KEY, INPUT, keeping(seen));
        Expect.executed(outcome, "8d4f925b-7f85-8409-a5e1-53d08029e3c9", Recording.DEFERRED);

        Attempt attempt = seen.get();
        attempt.doNotRecord();
        attempt.retainFor(Retention.of(Duration.ofMillis(1)));
        attempt.onLeaseLost(called::incrementAndGet);
        assertThat(attempt.leaseHeld()).isFalse();
        here.store.always(FaultyStore.Verb.RENEW_ALL, Fault.refused());
        here.platform.pass(LEASE);
        attempt.onLeaseLost(called::incrementAndGet);
        here.store.heal();
        here.platform.pass(Duration.ofSeconds(2));

        assertThat(called).hasValue(0);
        Expect.record(here, RecordState.COMPLETED, 1);
        Expect.replayed(executor.execute(KEY, INPUT, keeping(seen)), outcome.orElseThrow());
        assertThat(attempt.number()).isEqualTo(1);
        assertThat(attempt.fencingToken()).isEqualTo(1);
        assertThat(attempt.deriveKey("capture")).isEqualTo(outcome.orElseThrow());
    }

    @Test
    void attemptOfFailedWorkIsInertToo() {
        AtomicReference<Attempt> seen = new AtomicReference<>();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var failing = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            seen.set(attempt);
            throw new Exception("planted");
        }));
        assertThat(failing.failure()).hasMessage("planted");

        assertThat(seen.get().leaseHeld()).isFalse();
    }
}
