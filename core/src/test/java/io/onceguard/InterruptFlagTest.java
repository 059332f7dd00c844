package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.spi.RecordState;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An interrupt closes files and breaks connections, so no store call after the work sees it, and none is lost. */
@Timeout(30)
class InterruptFlagTest {

    /** When the flag is set. */
    enum When {
        BEFORE_THE_CALL,
        DURING_THE_WORK
    }

    /** How the work ends. */
    enum End {
        VALUE(Verb.COMPLETE, null),
        NOT_RECORDED(Verb.RELEASE, null),
        RELEASED(Verb.RELEASE, FailurePolicy.RELEASE),
        RECORDED(Verb.COMPLETE, FailurePolicy.RECORD),
        HELD(Verb.HOLD, FailurePolicy.HOLD);

        private final Verb write;
        private final FailurePolicy policy;

        End(Verb write, FailurePolicy policy) {
            this.write = write;
            this.policy = policy;
        }
    }

    private final Scene scene = new Scene(Scene.Kind.REMOTE);

    /** Whether the flag was set at each store call after the work. */
    private final List<Boolean> flags = new CopyOnWriteArrayList<>();

    static Stream<Arguments> cases() {
        return Stream.of(When.values()).flatMap(when -> Stream.of(End.values()).map(end -> Arguments.of(when, end)));
    }

    private void watch(Fault next, Verb... verbs) {
        Fault watching = Fault.before(() -> flags.add(Thread.currentThread().isInterrupted()));
        for (Verb verb : verbs) {
            scene.store.always(verb, next == null ? watching : watching.then(next));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void A14_noStoreCallAfterTheWorkSeesTheFlag(When when, End end) {
        watch(null, Verb.COMPLETE, Verb.RELEASE, Verb.HOLD, Verb.FIND);

        ended(when, end);

        assertThat(flags).containsExactly(false);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, end.write);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void A14_norWhenTheStoreFailsAndIsAskedAgain(When when, End end) {
        watch(Fault.lostRequest(), Verb.COMPLETE, Verb.RELEASE, Verb.HOLD);

        ended(when, end);

        assertThat(flags).containsExactly(false, false);
    }

    private void ended(When when, End end) {
        IdempotencyExecutorBuilder<String> builder = scene.atLeastOnce();
        if (end.policy != null) {
            builder.onFailure(InterruptedException.class, end.policy);
        }
        IdempotencyExecutor<String> executor = builder.build();
        var caller = scene.start(() -> {
            if (when == When.BEFORE_THE_CALL) {
                Thread.currentThread().interrupt();
            }
            return executor.execute(KEY, INPUT, (AttemptWork<String, InterruptedException>) attempt -> {
                Thread.currentThread().interrupt();
                if (end == End.NOT_RECORDED) {
                    attempt.doNotRecord();
                }
                if (end.policy != null) {
                    throw new InterruptedException("stop");
                }
                return "value";
            });
        });
        if (end.policy != null) {
            assertThat(caller.failure())
                    .isInstanceOf(InterruptedException.class)
                    .hasMessage("stop");
        } else {
            assertThat(caller.result().hasValue()).isTrue();
        }
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
    }

    @Test
    void A14_workRunsAlthoughTheFlagWasSetBefore() {
        Scene.Counted work = new Scene.Counted();
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        var caller = scene.start(() -> {
            Thread.currentThread().interrupt();
            return executor.execute(KEY, INPUT, work);
        });

        Expect.executed(caller.result(), "value-1", Recording.RECORDED);
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
    }

    @Test
    void A14_interruptedWaitersGiveUpAtOnceAndChangeNothing() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        ModelStore.Row before = scene.row();
        var waiter = scene.start(() -> {
            Thread.currentThread().interrupt();
            return executor.execute(Scene.waiting(LEASE), () -> "never");
        });

        Expect.inProgress(waiter.result());
        assertThat(waiter.wasInterruptedAtEnd()).isTrue();
        assertThat(scene.row()).isEqualTo(before);
        gate.openAndSettle();
        Expect.executed(owner.result(), "value-1", Recording.RECORDED);
    }

    @Test
    void A14_flagOfTheReconcilerIsKeptAndUnseenByTheStore() {
        IdempotencyExecutor<String> failing = scene.atMostOnce().build();
        var held = scene.start(() -> failing.execute(KEY, INPUT, () -> {
            throw new IllegalStateException("who knows");
        }));
        assertThat(held.failure()).isInstanceOf(IllegalStateException.class);
        watch(null, Verb.COMPLETE, Verb.HOLD);
        IdempotencyExecutor<String> executor = scene.atMostOnce()
                .reconcile(attempt -> {
                    Thread.currentThread().interrupt();
                    return attempt.number() == 2 ? Reconciliation.unknown() : Reconciliation.landed("landed");
                })
                .build();

        for (int i = 0; i < 2; i++) {
            var caller = scene.start(() -> executor.execute(KEY, INPUT, () -> "never"));
            assertThat(caller.wasInterruptedAtEnd()).isTrue();
        }

        assertThat(flags).containsExactly(false, false);
        Expect.record(scene, RecordState.COMPLETED, 3);
    }
}
