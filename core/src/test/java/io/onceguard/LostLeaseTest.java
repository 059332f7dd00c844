package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static io.onceguard.Scene.OTHER_INPUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.LeaseLost.Loss;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An owner that comes too late: what it may still change, what it is told, and what its caller gets. */
class LostLeaseTest {

    private static final Duration PAUSE = LEASE.plusMillis(1);

    private Scene scene;
    private ManualPlatform.Gate gate;

    /** Starts work that ends with the gate, and pauses the process for longer than its lease. */
    private ManualPlatform.Caller<Outcome<String>> pausedOwner(Scene.Kind kind, Guarantee guarantee) {
        return pausedOwner(kind, guarantee, attempt -> "late");
    }

    private ManualPlatform.Caller<Outcome<String>> pausedOwner(
            Scene.Kind kind, Guarantee guarantee, AttemptWork<String, Exception> work) {
        scene = new Scene(kind);
        gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.with(guarantee).build();
        ManualPlatform.Caller<Outcome<String>> owner = scene.start(() -> executor.execute(
                IdempotentCall.of(KEY, INPUT).originId("late-owner"), (AttemptWork<String, Exception>) attempt -> {
                    gate.awaitUninterruptibly();
                    return work.run(attempt);
                }));
        scene.platform.advance(PAUSE);
        return owner;
    }

    private IdempotencyExecutor<String> otherNode() {
        return scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode()).build();
    }

    private List<Loss> losses() {
        scene.platform.settle();
        return scene.listener.of(LeaseLost.class).stream().map(LeaseLost::loss).toList();
    }

    @ParameterizedTest
    @EnumSource
    void A27_lateCompletionChangesNothingAndReplaysTheWinner(Scene.Kind kind) {
        var owner = pausedOwner(kind, Guarantee.AT_LEAST_ONCE);
        Outcome<String> winner =
                otherNode().execute(IdempotentCall.of(KEY, INPUT).originId("winner"), () -> "theirs");
        ModelStore.Row before = scene.row();

        gate.openAndSettle();

        Expect.executed(winner, "theirs", Recording.RECORDED);
        Expect.replayed(owner.result(), "theirs", "winner");
        assertThat(scene.row()).isEqualTo(before);
        assertThat(losses()).containsExactly(Loss.EXPIRED, Loss.WRITE_REFUSED);
        assertThat(scene.store.count(Verb.FIND)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void A27_lateCompletionWhileTheWinnerRunsIsProvisional(Scene.Kind kind) {
        var owner = pausedOwner(kind, Guarantee.AT_LEAST_ONCE);
        ManualPlatform.Gate theirs = scene.platform.gate();
        var winner = scene.start(() -> otherNode().execute(KEY, INPUT, new Scene.Gated(theirs)));
        ModelStore.Row before = scene.row();

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
        assertThat(scene.row()).isEqualTo(before);
        theirs.openAndSettle();
        Expect.executed(winner.result(), "value-1", Recording.RECORDED);
        assertThat(losses()).contains(Loss.WRITE_REFUSED);
    }

    @ParameterizedTest
    @EnumSource
    void A27_lateReleaseChangesNothing(Scene.Kind kind) {
        IllegalStateException failure = new IllegalStateException("late");
        var owner = pausedOwner(kind, Guarantee.AT_LEAST_ONCE, attempt -> {
            throw failure;
        });
        Expect.executed(otherNode().execute(KEY, INPUT, () -> "theirs"), "theirs", Recording.RECORDED);
        ModelStore.Row before = scene.row();

        gate.openAndSettle();

        assertThat(owner.failure()).isSameAs(failure);
        assertThat(scene.row()).isEqualTo(before);
        assertThat(losses()).contains(Loss.WRITE_REFUSED);
    }

    @ParameterizedTest
    @EnumSource
    void A27_lateCompletionThatNobodyOvertookIsAccepted(Scene.Kind kind) {
        var owner = pausedOwner(kind, Guarantee.AT_MOST_ONCE);

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.RECORDED);
        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    @ParameterizedTest
    @EnumSource
    void A27_atMostOnceTheLateOwnerGetsTheOperatorsValue(Scene.Kind kind) {
        var owner = pausedOwner(kind, Guarantee.AT_MOST_ONCE);
        IdempotencyExecutor<String> operator =
                scene.with(Guarantee.AT_MOST_ONCE, scene.anotherNode()).build();
        assertThat(operator.resolve(KEY, "resolved")).isTrue();
        ModelStore.Row before = scene.row();

        gate.openAndSettle();

        Expect.replayed(owner.result(), "resolved");
        assertThat(scene.row()).isEqualTo(before);
        assertThat(losses()).contains(Loss.WRITE_REFUSED);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A27_lateCompletionOfAForgottenRecordIsProvisional(Scene.Kind kind, Guarantee guarantee) {
        var owner = pausedOwner(kind, guarantee);
        assertThat(otherNode().forget(KEY)).isTrue();

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
        assertThat(scene.model.find(Scene.id(KEY))).isEmpty();
        assertThat(losses()).contains(Loss.WRITE_REFUSED);
    }

    @ParameterizedTest
    @EnumSource
    void A27_winnerWithAnotherInputIsNoAnswer(Scene.Kind kind) {
        var owner = pausedOwner(kind, Guarantee.AT_MOST_ONCE);
        assertThat(otherNode().forget(KEY)).isTrue();
        Expect.executed(otherNode().execute(KEY, OTHER_INPUT, () -> "theirs"), "theirs", Recording.RECORDED);

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
    }

    @Test
    void A27_winnersRecordedFailureIsEverybodysAnswer() {
        var owner = pausedOwner(Scene.Kind.REMOTE, Guarantee.AT_LEAST_ONCE);
        IdempotencyExecutor<String> recording = scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode())
                .onFailure(IllegalStateException.class, FailurePolicy.RECORD)
                .build();
        var winner = scene.start(() -> recording.execute(KEY, INPUT, () -> {
            throw new IllegalStateException("declined");
        }));
        assertThat(winner.failure()).isInstanceOf(IllegalStateException.class);

        gate.openAndSettle();

        assertThat(owner.failure()).isInstanceOf(RecordedFailureException.class);
    }

    @Test
    void A27_winnersEvictedResultLeavesTheValueProvisional() {
        var owner = pausedOwner(Scene.Kind.REMOTE, Guarantee.AT_LEAST_ONCE);
        assertThat(scene.model.resolve(Scene.id(KEY), 1, StoredResult.EVICTED, Retention.forever()))
                .isTrue();

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
    }

    @Test
    void A27_winnersUnreadableResultLeavesTheValueProvisional() {
        var owner = pausedOwner(Scene.Kind.REMOTE, Guarantee.AT_LEAST_ONCE);
        assertThat(scene.model.resolve(Scene.id(KEY), 1, StoredResult.of(new byte[] {99}), Retention.forever()))
                .isTrue();

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
    }

    @Test
    void A27_codecThatBreaksOnTheWinnersResultLeavesTheValueProvisional() {
        scene = new Scene(Scene.Kind.REMOTE);
        gate = scene.platform.gate();
        ResultCodec<String> breaking = ResultCodec.of("utf8", text -> text.getBytes(StandardCharsets.UTF_8), bytes -> {
            throw new StackOverflowError("planted");
        });
        IdempotencyExecutor<String> executor =
                scene.with(Guarantee.AT_LEAST_ONCE, scene.store, breaking).build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        scene.platform.advance(PAUSE);
        Expect.executed(otherNode().execute(KEY, INPUT, () -> "theirs"), "theirs", Recording.RECORDED);

        gate.openAndSettle();

        Expect.executed(owner.result(), "value-1", Recording.LEASE_LOST);
    }

    @Test
    void A27_storeThatFailsToShowTheWinnerLeavesTheValueProvisional() {
        var owner = pausedOwner(Scene.Kind.REMOTE, Guarantee.AT_LEAST_ONCE);
        Expect.executed(otherNode().execute(KEY, INPUT, () -> "theirs"), "theirs", Recording.RECORDED);
        scene.store.always(Verb.FIND, Fault.refused());

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
        assertThat(scene.listener.of(StoreFailed.class))
                .extracting(StoreFailed::step)
                .containsExactly(Step.FIND);
    }

    @Test
    void A27_orElseThrowOfALostLeaseCarriesTheValue() {
        var owner = pausedOwner(Scene.Kind.REMOTE, Guarantee.AT_LEAST_ONCE);
        assertThat(otherNode().forget(KEY)).isTrue();
        gate.openAndSettle();
        Outcome<String> outcome = owner.result();

        LeaseLostException thrown =
                org.junit.jupiter.api.Assertions.assertThrows(LeaseLostException.class, outcome::orElseThrow);

        assertThat(thrown.value()).isEqualTo("late");
    }

    /** In one JVM: a follower of the paused owner asks the store, takes over, and becomes the one that callers find. */
    @ParameterizedTest
    @EnumSource
    void A27_ownerIsOvertakenByAnotherCallerOfItsOwnNode(Scene.Kind kind) {
        var owner = pausedOwner(kind, Guarantee.AT_LEAST_ONCE);
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        ManualPlatform.Gate theirs = scene.platform.gate();
        var next = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(theirs)));
        var follower = scene.start(() -> executor.execute(Scene.waiting(LEASE), () -> "never"));

        gate.openAndSettle();
        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
        assertThat(follower.isDone()).isFalse();
        theirs.openAndSettle();

        Expect.executed(next.result(), "value-1", Recording.RECORDED);
        Expect.replayed(follower.result(), "value-1");
    }

    // ---- the running work is told

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A29_lossByTakeoverReachesTheRunningWork(Scene.Kind kind, Guarantee guarantee) {
        scene = new Scene(kind);
        gate = scene.platform.gate();
        AtomicReference<Attempt> running = new AtomicReference<>();
        List<String> called = new CopyOnWriteArrayList<>();
        IdempotencyExecutor<String> executor = scene.with(guarantee).build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.onLeaseLost(() -> called.add(Thread.currentThread().getName()));
            running.set(attempt);
            gate.await();
            return "late";
        }));
        assertThat(running.get().leaseHeld()).isTrue();
        assertThat(otherNode().forget(KEY)).isTrue();
        assertThat(running.get().leaseHeld()).isTrue();

        scene.platform.pass(LEASE.dividedBy(3));

        assertThat(running.get().leaseHeld()).isFalse();
        assertThat(called).containsExactly("onceguard-callbacks");
        assertThat(losses()).containsExactly(Loss.TAKEN);
        scene.platform.pass(LEASE);
        assertThat(called).hasSize(1);
        gate.openAndSettle();
        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
    }

    @Test
    void A29_callbackGivenAfterTheLossIsCalledAtOnceAndMayThrow() {
        AtomicBoolean called = new AtomicBoolean();
        AtomicBoolean survived = new AtomicBoolean();
        var owner = pausedOwner(Scene.Kind.REMOTE, Guarantee.AT_LEAST_ONCE, attempt -> {
            attempt.onLeaseLost(() -> called.set(true));
            attempt.onLeaseLost(() -> {
                throw new IllegalStateException("planted");
            });
            survived.set(true);
            return "late";
        });

        gate.openAndSettle();

        Expect.executed(owner.result(), "late", Recording.RECORDED);
        assertThat(called).isTrue();
        assertThat(survived).isTrue();
    }

    @Test
    void A29_callbackThatThrowsDoesNotKeepTheNextFromBeingCalled() {
        scene = new Scene(Scene.Kind.REMOTE);
        gate = scene.platform.gate();
        AtomicInteger called = new AtomicInteger();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.onLeaseLost(() -> {
                throw new AssertionError("planted");
            });
            attempt.onLeaseLost(called::incrementAndGet);
            gate.await();
            return "late";
        }));

        scene.platform.advance(PAUSE);

        assertThat(called).hasValue(1);
        gate.openAndSettle();
        assertThat(owner.result().hasValue()).isTrue();
    }

    /** A callback that interrupts the worker must not hit whatever the thread does after the work. */
    @Test
    void A29_callbackIsNotCalledOnceTheWorkHasReturned() {
        scene = new Scene(Scene.Kind.REMOTE);
        gate = scene.platform.gate();
        ManualPlatform.Gate busy = scene.platform.gate();
        List<String> called = new ArrayList<>();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.onLeaseLost(busy::awaitUninterruptibly); // keeps the thread of callbacks busy
            attempt.onLeaseLost(() -> called.add("late"));
            gate.await();
            return "value";
        }));
        scene.platform.advance(PAUSE);
        gate.openAndSettle();
        assertThat(owner.result().hasValue()).isTrue();

        busy.openAndSettle();

        assertThat(called).isEmpty();
    }

    @Test
    void A29_longestRunEndsRenewalInTimeAndIsTold() {
        scene = new Scene(Scene.Kind.REMOTE);
        gate = scene.platform.gate();
        AtomicReference<Attempt> running = new AtomicReference<>();
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().longestRun(Duration.ofSeconds(75)).build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            running.set(attempt);
            gate.await();
            return "value";
        }));

        scene.platform.pass(Duration.ofSeconds(75).minusNanos(1));
        assertThat(running.get().leaseHeld()).isTrue();
        assertThat(losses()).isEmpty();
        scene.platform.pass(Duration.ofNanos(1));

        assertThat(running.get().leaseHeld()).isFalse();
        assertThat(losses()).containsExactly(Loss.TOO_LONG);
        int renewals = scene.store.count(Verb.RENEW);
        scene.platform.pass(LEASE);
        assertThat(scene.store.count(Verb.RENEW)).isEqualTo(renewals);
        Expect.record(scene, RecordState.ABANDONED, 1);
        gate.openAndSettle();
        Expect.executed(owner.result(), "value", Recording.RECORDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 6, 9})
    void A29_longestRunBelowTheRenewalIntervalIsKeptToo(int seconds) {
        scene = new Scene(Scene.Kind.REMOTE);
        gate = scene.platform.gate();
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().longestRun(Duration.ofSeconds(seconds)).build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));

        scene.platform.pass(Duration.ofSeconds(seconds));

        assertThat(losses()).containsExactly(Loss.TOO_LONG);
        gate.openAndSettle();
        Expect.executed(owner.result(), "value-1", Recording.RECORDED);
    }

    @Test
    void A29_lossIsToldOnceAndTheFirstReasonStands() {
        AtomicInteger called = new AtomicInteger();
        scene = new Scene(Scene.Kind.REMOTE);
        gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.onLeaseLost(called::incrementAndGet);
            gate.await();
            return "late";
        }));
        scene.platform.advance(PAUSE);

        assertThat(executor.forget(KEY)).isTrue();

        assertThat(losses()).containsExactly(Loss.EXPIRED);
        assertThat(called).hasValue(1);
        gate.openAndSettle();
        Expect.executed(owner.result(), "late", Recording.LEASE_LOST);
    }

    /** The last write may have given the key to whoever has it now; its answer decides whether that is a loss. */
    @Test
    void A29_keyThatWasGivenBackAndTakenAtOnceIsNoLoss() {
        scene = new Scene(Scene.Kind.REMOTE);
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.RELEASE, Fault.hangsAfter(reply));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.doNotRecord();
            return "value";
        }));
        StoreNode node = StoreNode.of(scene.store, scene.platform);

        node.lose(node.meetings.get(Scene.id(KEY)), Loss.TAKEN);
        reply.openAndSettle();

        Expect.executed(owner.result(), "value", Recording.NOT_RECORDED);
        assertThat(losses()).isEmpty();
    }

    /** The same if the answers were lost and the write is deferred: the release may be what let the other one in. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void A29_keyWhoseReleaseWasDeferredAndIsTakenIsALossOnlyIfItWasNotReleased(boolean replyLost) {
        scene = new Scene(Scene.Kind.REMOTE);
        scene.store.always(Verb.RELEASE, replyLost ? Fault.lostReply() : Fault.refused());
        StoreNode node = StoreNode.of(scene.store, scene.platform);
        List<Loss> told = new CopyOnWriteArrayList<>();
        IdempotencyListener listener = new IdempotencyListener() {
            @Override
            public void onWriteDeferred(WriteDeferred event) {
                node.lose(node.meetings.get(event.record()), Loss.TAKEN);
            }

            @Override
            public void onLeaseLost(LeaseLost event) {
                told.add(event.loss());
            }
        };
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().listener(listener).build();

        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.doNotRecord();
            return "value";
        }));

        Expect.executed(owner.result(), "value", Recording.NOT_RECORDED);
        assertThat(told).isEqualTo(replyLost ? List.of() : List.of(Loss.TAKEN));
    }
}
