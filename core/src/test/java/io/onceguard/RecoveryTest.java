package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.Recovered;
import io.onceguard.IdempotencyListener.Recovered.Decision;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a key whose attempt died or was put on hold. */
@Timeout(30)
class RecoveryTest {

    private static final Retention DAY = Retention.of(Duration.ofHours(24));

    /** How an earlier attempt ended. */
    enum Earlier {
        DIED(PreviousAttempt.ABANDONED),
        HELD(PreviousAttempt.HELD);

        private final PreviousAttempt previous;

        Earlier(PreviousAttempt previous) {
            this.previous = previous;
        }

        /** A process on another node acquires and is gone, or puts the record on hold. */
        void happen(Scene scene) {
            AcquireRequest request =
                    new AcquireRequest(Scene.id(KEY), INPUT.stored(), AttemptIds.next(), LEASE, DAY, Takeover.NEVER);
            Lease lease = ((AcquireResult.Acquired) scene.model.acquire(request)).lease();
            if (this == HELD) {
                assertThat(scene.model.hold(lease)).isTrue();
            } else {
                scene.platform.advance(LEASE);
            }
        }
    }

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Scene.Counted work = new Scene.Counted();

    static Stream<Arguments> guaranteesAndEnds() {
        return Stream.of(Guarantee.values())
                .flatMap(guarantee -> Stream.of(Earlier.values()).map(end -> Arguments.of(guarantee, end)));
    }

    private List<Decision> decisions() {
        return scene.listener.of(Recovered.class).stream()
                .map(Recovered::decision)
                .toList();
    }

    // ---- without a reconciler

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A30_deadOwnersKeyIsFreeAfterTheLeaseNotAfterTheRetention(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        AcquireRequest dead =
                new AcquireRequest(Scene.id(KEY), INPUT.stored(), AttemptIds.next(), LEASE, DAY, Takeover.NEVER);
        assertThat(here.model.acquire(dead)).isInstanceOf(AcquireResult.Acquired.class);
        IdempotencyExecutor<String> executor = here.with(guarantee).build();

        here.platform.advance(LEASE.minusNanos(1));
        Expect.inProgress(executor.execute(KEY, INPUT, work));
        here.platform.advance(Duration.ofNanos(1));
        Outcome<String> outcome = executor.execute(KEY, INPUT, work);

        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            Expect.executed(outcome, "value-1", Recording.RECORDED);
        } else {
            Expect.unresolved(outcome, UnresolvedReason.INTERRUPTED);
            assertThat(work.runs()).isZero();
        }
    }

    @Test
    void A30_waiterTakesOverAsSoonAsTheLeaseIsOver() {
        AcquireRequest dead =
                new AcquireRequest(Scene.id(KEY), INPUT.stored(), AttemptIds.next(), LEASE, DAY, Takeover.NEVER);
        assertThat(scene.model.acquire(dead)).isInstanceOf(AcquireResult.Acquired.class);
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var waiter = scene.start(() -> executor.execute(Scene.waiting(Duration.ofMinutes(5)), work));

        scene.platform.pass(LEASE.minusNanos(1));
        assertThat(waiter.isDone()).isFalse();
        scene.platform.pass(Duration.ofMillis(251));

        Expect.executed(waiter.result(), "value-1", Recording.RECORDED);
    }

    @ParameterizedTest
    @EnumSource
    void A31_reExecutionSeesTheSecondAttempt(Earlier earlier) {
        earlier.happen(scene);
        AtomicReference<Attempt> seen = new AtomicReference<>();

        Outcome<String> outcome = scene.atLeastOnce()
                .build()
                .execute(KEY, INPUT, (AttemptWork<String, RuntimeException>) attempt -> {
                    seen.set(attempt);
                    return "again";
                });

        Expect.executed(outcome, "again", Recording.RECORDED);
        assertThat(seen.get().number()).isEqualTo(2);
        assertThat(seen.get().previous()).isEqualTo(earlier.previous);
        assertThat(seen.get().fencingToken()).isEqualTo(2);
        assertThat(decisions()).containsExactly(Decision.RUN_AGAIN);
    }

    @ParameterizedTest
    @EnumSource
    void A31_atMostOnceNeverRunsAgain(Earlier earlier) {
        earlier.happen(scene);
        ModelStore.Row before = scene.row();
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        UnresolvedReason reason = earlier == Earlier.HELD ? UnresolvedReason.HELD : UnresolvedReason.INTERRUPTED;

        for (int hour = 0; hour < 24; hour++) {
            Expect.unresolved(executor.execute(KEY, INPUT, work), reason);
            Expect.unresolved(executor.execute(Scene.waiting(Duration.ofSeconds(1)), work), reason);
            scene.platform.advance(Duration.ofMinutes(50));
        }

        assertThat(work.runs()).isZero();
        assertThat(scene.row()).isEqualTo(before);
        assertThat(decisions()).isEmpty();
    }

    @Test
    void A31_unresolvedRecordThatExpiresIsAFreshKey() {
        Earlier.HELD.happen(scene);
        scene.platform.advance(Duration.ofHours(24));

        Expect.executed(scene.atMostOnce().build().execute(KEY, INPUT, work), "value-1", Recording.RECORDED);
        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    // ---- with one

    @ParameterizedTest
    @MethodSource("guaranteesAndEnds")
    void A31_landedIsRecordedAndTheWorkIsNotRun(Guarantee guarantee, Earlier earlier) {
        earlier.happen(scene);
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .reconcile(attempt -> Reconciliation.landed("landed"))
                .build();

        Outcome<String> first = executor.execute(IdempotentCall.of(KEY, INPUT).originId("finder"), work);

        Expect.replayed(first, "landed", "finder");
        Expect.replayed(executor.execute(KEY, INPUT, work), "landed", "finder");
        assertThat(work.runs()).isZero();
        assertThat(decisions()).containsExactly(Decision.LANDED);
        Expect.record(scene, RecordState.COMPLETED, 2);
    }

    @ParameterizedTest
    @MethodSource("guaranteesAndEnds")
    void A31_landedIsRecordedWhateverTheOperationDoesNotRecord(Guarantee guarantee, Earlier earlier) {
        earlier.happen(scene);
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .recordWhen(value -> false)
                .reconcile(attempt -> {
                    attempt.doNotRecord();
                    return Reconciliation.landed("landed");
                })
                .build();

        Expect.replayed(executor.execute(KEY, INPUT, work), "landed");
        Expect.replayed(executor.execute(KEY, INPUT, work), "landed");
        assertThat(work.runs()).isZero();
    }

    @ParameterizedTest
    @MethodSource("guaranteesAndEnds")
    void A31_landedValueThatCannotBeKeptIsNeverReleased(Guarantee guarantee, Earlier earlier) {
        earlier.happen(scene);
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .maxResultBytes(3)
                .releaseUnkeptResults()
                .reconcile(attempt -> Reconciliation.landed("landed"))
                .build();

        Expect.executed(executor.execute(KEY, INPUT, work), "landed", Recording.RESULT_NOT_KEPT);
        Expect.unresolved(executor.execute(KEY, INPUT, work), UnresolvedReason.RESULT_NOT_KEPT);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A31_landedNullIsAValue() {
        Earlier.DIED.happen(scene);
        IdempotencyExecutor<String> executor = scene.atMostOnce()
                .reconcile(attempt -> Reconciliation.landed(null))
                .build();

        Expect.replayed(executor.execute(KEY, INPUT, work), null);
        Expect.replayed(executor.execute(KEY, INPUT, work), null);
    }

    @ParameterizedTest
    @MethodSource("guaranteesAndEnds")
    void A31_notLandedRunsTheWork(Guarantee guarantee, Earlier earlier) {
        earlier.happen(scene);
        List<Integer> asked = new ArrayList<>();
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .reconcile(attempt -> {
                    asked.add(attempt.number());
                    return Reconciliation.notLanded();
                })
                .build();

        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.RECORDED);
        Expect.replayed(executor.execute(KEY, INPUT, work), "value-1");
        assertThat(asked).containsExactly(2);
        assertThat(decisions()).containsExactly(Decision.NOT_LANDED);
    }

    @ParameterizedTest
    @MethodSource("guaranteesAndEnds")
    void A31_reconcilerIsNotAskedAboutAReleasedOrFreshRecord(Guarantee guarantee, Earlier unused) {
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .onFailure(IllegalStateException.class, FailurePolicy.RELEASE)
                .reconcile(attempt -> {
                    throw new AssertionError("asked");
                })
                .build();
        var failing = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            throw new IllegalStateException("nothing happened");
        }));
        assertThat(failing.failure()).isInstanceOf(IllegalStateException.class);

        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.RECORDED);
        Expect.record(scene, RecordState.COMPLETED, 2);
    }

    /** What a reconciler does when it does not know. */
    @SuppressWarnings("ImmutableEnumChecker") // a test changes none of it
    enum Ignorance {
        UNKNOWN(attempt -> Reconciliation.unknown()),
        NULL(attempt -> null),
        THROWS(attempt -> {
            throw new IllegalStateException("planted");
        }),
        CHECKED(attempt -> {
            throw new Exception("planted");
        }),
        INTERRUPTED(attempt -> {
            throw new InterruptedException("planted");
        }),
        ERROR(attempt -> {
            throw new NoClassDefFoundError("planted");
        });

        private final Reconciler<String> check;

        Ignorance(Reconciler<String> check) {
            this.check = check;
        }
    }

    static Stream<Arguments> ignorance() {
        return Stream.of(Ignorance.values())
                .flatMap(each -> guaranteesAndEnds().map(ends -> Arguments.of(each, ends.get()[0], ends.get()[1])));
    }

    @ParameterizedTest
    @MethodSource("ignorance")
    void A31_whoDoesNotKnowHoldsAndNeverReleases(Ignorance ignorance, Guarantee guarantee, Earlier earlier) {
        earlier.happen(scene);
        IdempotencyExecutor<String> ignorant =
                scene.with(guarantee).reconcile(ignorance.check).build();

        for (int attempt = 2; attempt < 5; attempt++) {
            var caller = scene.start(() -> ignorant.execute(KEY, INPUT, work));
            if (ignorance == Ignorance.ERROR) {
                assertThat(caller.failure()).isInstanceOf(NoClassDefFoundError.class);
            } else {
                Expect.unresolved(caller.result(), UnresolvedReason.HELD);
            }
            assertThat(caller.wasInterruptedAtEnd()).isEqualTo(ignorance == Ignorance.INTERRUPTED);
            Expect.record(scene, RecordState.HELD, attempt);
        }
        assertThat(work.runs()).isZero();
        assertThat(scene.store.count(Verb.RELEASE)).isZero();
        boolean knows = ignorance == Ignorance.UNKNOWN || ignorance == Ignorance.NULL;
        assertThat(decisions()).hasSize(3).containsOnly(knows ? Decision.UNKNOWN : Decision.CHECK_FAILED);

        IdempotencyExecutor<String> knowing = scene.with(guarantee)
                .reconcile(attempt -> Reconciliation.landed("landed"))
                .build();
        Expect.replayed(knowing.execute(KEY, INPUT, work), "landed");
    }

    @Test
    void A31_reconcilerRunsUnderARenewedLeaseAndKnowsTheKeysOfTheDead() {
        AtomicReference<String> used = new AtomicReference<>();
        IdempotencyExecutor<String> dying =
                scene.with(Guarantee.AT_MOST_ONCE, scene.anotherNode()).build();
        ManualPlatform.Gate never = scene.platform.gate();
        var dead = scene.start(() -> dying.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            used.set(attempt.deriveKey("charge"));
            never.await();
            return "late";
        }));
        scene.platform.advance(LEASE);
        ManualPlatform.Gate gate = scene.platform.gate();
        AtomicReference<Attempt> checking = new AtomicReference<>();
        IdempotencyExecutor<String> executor = scene.atMostOnce()
                .reconcile(attempt -> {
                    checking.set(attempt);
                    gate.await();
                    return Reconciliation.landed("landed");
                })
                .build();
        var finder = scene.start(() -> executor.execute(KEY, INPUT, work));

        scene.platform.pass(LEASE.multipliedBy(3));

        assertThat(checking.get().leaseHeld()).isTrue();
        assertThat(checking.get().deriveKey("charge")).isEqualTo(used.get());
        gate.openAndSettle();
        Expect.replayed(finder.result(), "landed");
        assertThat(checking.get().leaseHeld()).isFalse();
        never.openAndSettle();
        Expect.replayed(dead.result(), "landed");
    }

    // ---- and the store fails, too

    @SuppressWarnings("ImmutableEnumChecker") // a test changes none of it
    enum Write {
        REFUSED(Fault.refused()),
        LOST_REQUEST(Fault.lostRequest()),
        LOST_REPLY(Fault.lostReply()),
        FOREIGN(Fault.foreign());

        private final Fault fault;

        Write(Fault fault) {
            this.fault = fault;
        }
    }

    @ParameterizedTest
    @EnumSource
    void A31_holdThatFailsIsRetriedAndNeverBecomesARelease(Write write) {
        Earlier.DIED.happen(scene);
        scene.store.always(Verb.HOLD, write.fault);
        IdempotencyExecutor<String> ignorant = scene.atMostOnce()
                .reconcile(attempt -> Reconciliation.unknown())
                .build();

        Expect.unresolved(ignorant.execute(KEY, INPUT, work), UnresolvedReason.HELD);
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));

        Expect.record(scene, RecordState.HELD, 2);
        assertThat(scene.store.count(Verb.RELEASE)).isZero();
        Expect.unresolved(ignorant.execute(KEY, INPUT, work), UnresolvedReason.HELD);
        assertThat(work.runs()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void A31_errorOfTheCheckCarriesTheFailureOfTheHold(Write write) {
        Earlier.DIED.happen(scene);
        scene.store.always(Verb.HOLD, write.fault);
        IdempotencyExecutor<String> ignorant =
                scene.atMostOnce().reconcile(Ignorance.ERROR.check).build();

        var caller = scene.start(() -> ignorant.execute(KEY, INPUT, work));

        assertThat(caller.failure()).isInstanceOf(NoClassDefFoundError.class);
        assertThat(caller.failure().getSuppressed()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void A31_landedThatCannotBeWrittenIsDeferredThenReplayed(Write write) {
        Earlier.HELD.happen(scene);
        scene.store.always(Verb.COMPLETE, write.fault);
        IdempotencyExecutor<String> executor = scene.atMostOnce()
                .reconcile(attempt -> Reconciliation.landed("landed"))
                .build();

        Expect.executed(executor.execute(KEY, INPUT, work), "landed", Recording.DEFERRED);
        Expect.inProgress(executor.execute(KEY, INPUT, work));
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));

        Expect.replayed(executor.execute(KEY, INPUT, work), "landed");
        assertThat(work.runs()).isZero();
    }

    /**
     * The takeover was applied, its reply lost, and asking again failed. A release would make the next attempt believe
     * that nothing is known to have happened.
     */
    @ParameterizedTest
    @MethodSource("guaranteesAndEnds")
    void A31_takeoverWhoseReplyNeverCameDoesNotHideTheDeadAttempt(Guarantee guarantee, Earlier earlier) {
        earlier.happen(scene);
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .reconcile(attempt -> Reconciliation.landed("landed"))
                .build();
        scene.store.always(Verb.ACQUIRE, Fault.lostReply());
        var failing = scene.start(() -> executor.execute(KEY, INPUT, work));
        assertThat(failing.failure()).isInstanceOf(IdempotencyStoreException.class);
        scene.store.heal();

        Expect.replayed(executor.execute(KEY, INPUT, work), "landed");
        assertThat(work.runs()).isZero();
    }

    // ---- failures of the work under at most once

    @Test
    void A31_atMostOnceWorkThatThrewIsHeldUnlessItsTypeSaysOtherwise() {
        IdempotencyExecutor<String> executor = scene.atMostOnce()
                .onFailure(IllegalArgumentException.class, FailurePolicy.RELEASE)
                .build();
        var refusedInput = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            throw new NumberFormatException("nothing happened");
        }));
        assertThat(refusedInput.failure()).isInstanceOf(NumberFormatException.class);
        Expect.record(scene, RecordState.RELEASED, 1);
        var timeout = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            throw new IllegalStateException("who knows");
        }));
        assertThat(timeout.failure()).isInstanceOf(IllegalStateException.class);

        Expect.unresolved(executor.execute(KEY, INPUT, work), UnresolvedReason.HELD);
        Expect.record(scene, RecordState.HELD, 2);
        assertThat(work.runs()).isZero();
    }

    /** The next call of an at-least-once operation runs held work again, and one that waited is a next call. */
    @Test
    void A31_waitingFollowerOfHeldWorkFollowsItsOwnGuarantee() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> again = scene.atLeastOnce()
                .onFailure(IllegalStateException.class, FailurePolicy.HOLD)
                .build();
        IdempotencyExecutor<String> once = scene.atMostOnce().build();
        var leader = scene.start(() -> again.execute(KEY, INPUT, () -> {
            gate.awaitUninterruptibly();
            throw new IllegalStateException("who knows");
        }));
        var careful = scene.start(() -> once.execute(Scene.waiting(LEASE), work));
        ManualPlatform.Gate second = scene.platform.gate();
        Scene.Gated retried = new Scene.Gated(second);
        var eager = scene.start(() -> again.execute(Scene.waiting(LEASE), retried));

        gate.openAndSettle();

        assertThat(leader.failure()).isInstanceOf(IllegalStateException.class);
        Expect.unresolved(careful.result(), UnresolvedReason.HELD);
        second.openAndSettle();
        Expect.executed(eager.result(), "value-1", Recording.RECORDED);
        assertThat(work.runs()).isZero();
    }
}
