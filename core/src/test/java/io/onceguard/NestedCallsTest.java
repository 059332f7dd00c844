package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Work that calls an executor itself. */
@Timeout(30)
class NestedCallsTest {

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A33_sameKeyOnTheSameThreadIsInProgressAtOnce(Scene.Kind kind, Guarantee guarantee) {
        Scene scene = new Scene(kind);
        IdempotencyExecutor<String> executor = scene.with(guarantee).build();
        IdempotencyExecutor<String> second = scene.with(guarantee).build();
        List<Outcome<String>> nested = new ArrayList<>();

        Outcome<String> outcome = executor.execute(KEY, INPUT, () -> {
            nested.add(executor.execute(KEY, INPUT, () -> "inner"));
            nested.add(executor.execute(Scene.waiting(Duration.ofHours(1)), () -> "inner"));
            nested.add(second.execute(Scene.waiting(Duration.ofHours(1)), () -> "inner"));
            return "outer";
        });

        Expect.executed(outcome, "outer", Recording.RECORDED);
        assertThat(nested).hasSize(3).allSatisfy(Expect::inProgress);
        assertThat(scene.platform.elapsed()).isZero();
        assertThat(scene.store.calls()).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A33_sameKeyWithAnotherInputIsAMismatch(Scene.Kind kind, Guarantee guarantee) {
        Scene scene = new Scene(kind);
        IdempotencyExecutor<String> executor = scene.with(guarantee).build();
        List<Outcome<String>> nested = new ArrayList<>();

        Outcome<String> outcome = executor.execute(KEY, INPUT, () -> {
            nested.add(executor.execute(KEY, Scene.OTHER_INPUT, () -> "inner"));
            return "outer";
        });

        Expect.executed(outcome, "outer", Recording.RECORDED);
        assertThat(nested).hasSize(1).allSatisfy(Expect::mismatch);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A33_anotherKeyAndAnotherOperationWork(Scene.Kind kind, Guarantee guarantee) {
        Scene scene = new Scene(kind);
        IdempotencyExecutor<String> executor = scene.with(guarantee).build();
        IdempotencyExecutor<String> audit = IdempotencyExecutor.atLeastOnce("audit", ResultCodec.utf8(), scene.store)
                .platform(scene.platform)
                .build();
        IdempotencyKey other = IdempotencyKey.of("tenant-7", "order-43");

        Outcome<String> outcome = executor.execute(KEY, INPUT, () -> {
            String byKey = executor.execute(other, INPUT, () -> "by key").orElseThrow();
            String byOperation = audit.execute(KEY, INPUT, () -> "by operation").orElseThrow();
            return byKey + ", " + byOperation;
        });

        Expect.executed(outcome, "by key, by operation", Recording.RECORDED);
        Expect.replayed(executor.execute(other, INPUT, () -> "never"), "by key");
        Expect.replayed(audit.execute(KEY, INPUT, () -> "never"), "by operation");
        Expect.replayed(executor.execute(KEY, INPUT, () -> "never"), "by key, by operation");
    }

    @Test
    void A33_unguardedWorkDoesNotNestEither() {
        Scene scene = new Scene(Scene.Kind.REMOTE);
        scene.store.always(Fault.refused());
        IdempotencyExecutor<String> executor = scene.atLeastOnce().failOpen().build();
        List<Outcome<String>> nested = new ArrayList<>();

        Outcome<String> outcome = executor.execute(KEY, INPUT, () -> {
            nested.add(executor.execute(Scene.waiting(LEASE), () -> "inner"));
            return "outer";
        });

        Expect.executed(outcome, "outer", Recording.UNGUARDED);
        assertThat(nested).hasSize(1).allSatisfy(Expect::inProgress);
    }

    /** The leader of a key may follow another key, whose leader follows the first: whoever gives up first sets the other free. */
    @Test
    void A33_twoCallsThatWaitForEachOtherEndInTime() {
        Scene scene = new Scene(Scene.Kind.REMOTE);
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        IdempotencyKey other = IdempotencyKey.unscoped("other");
        ManualPlatform.Gate both = scene.platform.gate();
        var first = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            both.awaitUninterruptibly();
            IdempotentCall call = IdempotentCall.of(other, INPUT).waiting(WaitPolicy.upTo(Duration.ofSeconds(1)));
            return String.valueOf(executor.execute(call, () -> "never").hasValue());
        }));
        var second = scene.start(() -> executor.execute(other, INPUT, () -> {
            both.awaitUninterruptibly();
            return String.valueOf(executor.execute(Scene.waiting(Duration.ofSeconds(2)), () -> "never")
                    .hasValue());
        }));
        both.openAndSettle();

        scene.platform.pass(Duration.ofSeconds(1));

        Expect.executed(first.result(), "false", Recording.RECORDED);
        Expect.executed(second.result(), "true", Recording.RECORDED);
    }
}
