package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.RecordState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * How the leader of a meeting place ended, and what that means for those who follow: each row of the table, for a
 * follower that rejects and for one that waits.
 */
@EachVariant
class FollowerTableTest {

    private static final Duration BUDGET = Duration.ofSeconds(100);

    private final Guarantee guarantee;
    private final Scene scene;
    private final boolean remote;
    private final ManualPlatform.Gate gate;
    private final Counted work = new Counted();

    FollowerTableTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
        this.remote = kind == Kind.REMOTE;
        this.gate = scene.platform.gate();
    }

    private IdempotencyExecutor<String> executor(UnaryOperator<IdempotencyExecutorBuilder<String>> policies) {
        return policies.apply(scene.with(guarantee)).build();
    }

    private Caller<Outcome<String>> startWaiting(IdempotencyExecutor<String> executor) {
        return startWaiting(executor, BUDGET);
    }

    private Caller<Outcome<String>> startWaiting(IdempotencyExecutor<String> executor, Duration budget) {
        return scene.start(() -> executor.execute(Scene.waiting(budget), work));
    }

    private Outcome<String> reject(IdempotencyExecutor<String> executor) {
        Caller<Outcome<String>> caller = scene.start(() -> executor.execute(Scene.rejecting(), work));
        assertThat(caller.isDone()).as("a rejecting caller waits for nobody").isTrue();
        return caller.result();
    }

    private <X extends Exception> Caller<Outcome<String>> startLeader(
            IdempotencyExecutor<String> executor, AttemptWork<String, X> ending) {
        return scene.start(() -> executor.execute(KEY, INPUT, attempt -> {
            gate.await();
            return ending.run(attempt);
        }));
    }

    private static void assertExecuted(Caller<Outcome<String>> caller, Recording recording) {
        assertThat(caller.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(recording));
    }

    private static Unresolved<String> unresolved(UnresolvedReason reason) {
        return new Unresolved<>(Scene.id(KEY), reason);
    }

    // ---- recorded result or failure

    @Test
    void recordedResult_rejectedUntilThenAndReplayedToWaiters() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "result");
        Caller<Outcome<String>> follower = startWaiting(executor);
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        scene.store.clearCalls();

        gate.openAndSettle();

        assertExecuted(leader, Recording.RECORDED);
        assertThat(follower.result()).isInstanceOf(Replayed.class);
        assertThat(follower.result().orElseThrow()).isEqualTo("result");
        assertThat(scene.store.verbs()).containsExactly(Verb.COMPLETE); // no call of the follower
        assertThat(reject(executor).isReplay()).isTrue();
    }

    @Test
    void recordedFailure_rejectedUntilThenAndThrownAfreshToWaiters() {
        ResultCodec<Throwable> codec = ResultCodec.of(
                "failures",
                failure -> failure.getMessage().getBytes(StandardCharsets.UTF_8),
                bytes -> new IOException(new String(bytes, StandardCharsets.UTF_8)));
        IdempotencyExecutor<String> executor = executor(
                it -> it.onFailure(IOException.class, FailurePolicy.RECORD).failureCodec(codec));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> {
            throw new IOException("declined");
        });
        Caller<Outcome<String>> follower = startWaiting(executor);
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        scene.store.clearCalls();

        gate.openAndSettle();

        assertThat(follower.failure())
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("declined")
                .isNotSameAs(leader.failure());
        assertThat(scene.store.verbs()).containsExactly(Verb.COMPLETE);
        assertThat(work.runs()).isZero();
    }

    // ---- released, not recorded

    @Test
    void released_rejectedUntilThenAndOneWaiterAcquires() {
        IdempotencyExecutor<String> executor = executor(it -> it.onFailure(Exception.class, FailurePolicy.RELEASE));
        assertOneWaiterAcquires(executor, startLeader(executor, attempt -> {
            throw new IOException("no");
        }));
    }

    @Test
    void notRecorded_rejectedUntilThenAndOneWaiterAcquires() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        assertOneWaiterAcquires(executor, startLeader(executor, attempt -> {
            attempt.doNotRecord();
            return "dropped";
        }));
    }

    private void assertOneWaiterAcquires(IdempotencyExecutor<String> executor, Caller<Outcome<String>> leader) {
        List<Caller<Outcome<String>>> followers =
                List.of(startWaiting(executor), startWaiting(executor), startWaiting(executor));
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        scene.store.clearCalls();

        gate.openAndSettle();
        scene.platform.pass(Duration.ofMillis(250));

        assertThat(leader.isDone()).isTrue();
        assertThat(followers)
                .filteredOn(each -> each.result() instanceof Executed)
                .hasSize(1);
        assertThat(followers).filteredOn(each -> each.result().isReplay()).hasSize(2);
        assertThat(followers).allMatch(each -> each.result().orElseThrow().equals("value-1"));
        assertThat(work.runs()).isEqualTo(1);
        assertThat(scene.store.verbs()).startsWith(Verb.RELEASE, Verb.ACQUIRE);
        assertThat(scene.store.count(Verb.COMPLETE)).isEqualTo(1);
    }

    @Test
    void released_remoteWaitersShareTheNextAcquire() {
        IdempotencyExecutor<String> executor = executor(it -> it.onFailure(Exception.class, FailurePolicy.RELEASE));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> {
            throw new IOException("no");
        });
        ManualPlatform.Gate second = scene.platform.gate();
        Work<String, InterruptedException> slow = () -> {
            second.await();
            return work.run();
        };
        List<Caller<Outcome<String>>> followers = List.of(
                scene.start(() -> executor.execute(Scene.waiting(BUDGET), slow)),
                scene.start(() -> executor.execute(Scene.waiting(BUDGET), slow)),
                scene.start(() -> executor.execute(Scene.waiting(BUDGET), slow)));
        gate.openAndSettle();
        assertThat(leader.failure()).isInstanceOf(IOException.class);
        scene.platform.pass(Duration.ofSeconds(1));
        second.openAndSettle();

        assertThat(followers).allMatch(each -> each.result().hasValue());
        if (remote) {
            assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.RELEASE, Verb.ACQUIRE, Verb.COMPLETE);
        }
    }

    // ---- no result kept, hold

    @Test
    void noResultKept_rejectedUntilThenAndUnresolvedForWaiters() {
        IdempotencyExecutor<String> executor = executor(it -> it.maxResultBytes(1));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "too large");
        Caller<Outcome<String>> follower = startWaiting(executor);
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        scene.store.clearCalls();

        gate.openAndSettle();

        assertExecuted(leader, Recording.RESULT_NOT_KEPT);
        assertThat(follower.result()).isEqualTo(unresolved(UnresolvedReason.RESULT_NOT_KEPT));
        assertThat(scene.store.verbs()).containsExactly(Verb.COMPLETE);
    }

    @Test
    void hold_rejectedUntilThenAndForWaitersWhatTheNextCallWouldGet() {
        IdempotencyExecutor<String> executor = executor(it -> it.onFailure(Exception.class, FailurePolicy.HOLD));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> {
            throw new IOException("timeout");
        });
        Caller<Outcome<String>> follower = startWaiting(executor);
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        scene.store.clearCalls();

        gate.openAndSettle();

        assertThat(leader.failure()).hasMessage("timeout");
        if (guarantee == Guarantee.AT_MOST_ONCE) {
            assertThat(follower.result()).isEqualTo(unresolved(UnresolvedReason.HELD));
            assertThat(scene.store.verbs()).containsExactly(Verb.HOLD);
            assertThat(work.runs()).isZero();
        } else {
            assertExecuted(follower, Recording.RECORDED);
            assertThat(scene.store.verbs()).containsExactly(Verb.HOLD, Verb.ACQUIRE, Verb.COMPLETE);
            assertThat(scene.row().number()).isEqualTo(2);
        }
    }

    // ---- deferred

    private IdempotencyExecutor<String> deferring(Duration longest) {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        return executor(it -> it.deferWrites(longest, 1 << 20));
    }

    @Test
    void deferred_rejectedMeanwhileAndReplayedToWaitersOnceRecorded() {
        IdempotencyExecutor<String> executor = deferring(Duration.ofMinutes(10));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "result");
        Caller<Outcome<String>> early = startWaiting(executor);
        gate.openAndSettle();
        assertExecuted(leader, Recording.DEFERRED);
        Caller<Outcome<String>> late = startWaiting(executor);

        scene.platform.pass(Duration.ofSeconds(60)); // longer than a lease, which is renewed on
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        assertThat(List.of(early, late)).noneMatch(Caller::isDone);
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));

        for (Caller<Outcome<String>> each : List.of(early, late)) {
            assertThat(each.result()).isInstanceOf(Replayed.class);
            assertThat(each.result().orElseThrow()).isEqualTo("result");
        }
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(1);
        assertThat(work.runs()).isZero();
        assertThat(reject(executor).isReplay()).isTrue();
    }

    @Test
    void deferred_theSameThreadMayAskAgain() {
        IdempotencyExecutor<String> executor = deferring(Duration.ofMinutes(10));
        Caller<Outcome<String>> caller = scene.start(() -> {
            assertThat(executor.execute(KEY, INPUT, () -> "result").hasValue()).isTrue();
            return executor.execute(Scene.waiting(BUDGET), work);
        });
        assertThat(caller.isDone()).isFalse();
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));

        assertThat(caller.result().isReplay()).isTrue();
        assertThat(work.runs()).isZero();
    }

    @Test
    void deferred_waiterWhoseBudgetIsOverIsInProgress() {
        IdempotencyExecutor<String> executor = deferring(Duration.ofMinutes(10));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "result");
        Caller<Outcome<String>> early = startWaiting(executor, Duration.ofSeconds(5));
        gate.openAndSettle();
        assertExecuted(leader, Recording.DEFERRED);
        Caller<Outcome<String>> late = startWaiting(executor, Duration.ofSeconds(5));

        scene.platform.pass(Duration.ofSeconds(5));

        assertThat(early.result()).isInstanceOf(InProgress.class);
        assertThat(late.result()).isInstanceOf(InProgress.class);
        assertThat(work.runs()).isZero();
    }

    @Test
    void deferred_waitersAskTheStoreOnceTheWriteIsDropped() {
        IdempotencyExecutor<String> executor = deferring(Duration.ofSeconds(5));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "result");
        gate.openAndSettle();
        assertExecuted(leader, Recording.DEFERRED);
        Caller<Outcome<String>> follower = startWaiting(executor);
        scene.platform.pass(Duration.ofSeconds(10));
        assertThat(scene.listener.of(WriteDeferred.class))
                .extracting(WriteDeferred::phase)
                .containsExactly(WriteDeferred.Phase.DEFERRED, WriteDeferred.Phase.DROPPED);
        assertThat(follower.isDone()).isFalse(); // the lost attempt still has its lease
        scene.store.heal();
        assertThat(reject(executor)).isInstanceOf(InProgress.class);

        scene.platform.pass(Duration.ofSeconds(40)); // nobody renews it any more

        assertDecidedByGuarantee(follower.result());
    }

    /** What the store says of an attempt that was never heard of again. */
    private void assertDecidedByGuarantee(Outcome<String> outcome) {
        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            assertThat(outcome).isInstanceOf(Executed.class);
            assertThat(outcome.orElseThrow()).isEqualTo("value-1");
        } else {
            assertThat(outcome).isEqualTo(unresolved(UnresolvedReason.INTERRUPTED));
            assertThat(work.runs()).isZero();
        }
    }

    @Test
    void deferred_waitersAskTheStoreIfItRefusesTheWrite() {
        IdempotencyExecutor<String> executor = deferring(Duration.ofMinutes(10));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "result");
        gate.openAndSettle();
        assertExecuted(leader, Recording.DEFERRED);
        Caller<Outcome<String>> follower = startWaiting(executor);
        assertThat(follower.isDone()).isFalse();

        assertThat(scene.model.delete(Scene.id(KEY), scene.row().token())).isTrue();
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));

        assertExecuted(follower, Recording.RECORDED);
        assertThat(follower.result().orElseThrow()).isEqualTo("value-1");
    }

    @Test
    void deferred_noRoomMeansAskTheStoreAtOnce() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = executor(it -> it.deferWrites(Duration.ofMinutes(10), 0));
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "result");
        Caller<Outcome<String>> follower = startWaiting(executor);
        gate.openAndSettle();
        assertExecuted(leader, Recording.DEFERRED);
        scene.store.heal();

        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        scene.platform.pass(Duration.ofSeconds(40));

        assertDecidedByGuarantee(follower.result());
    }

    // ---- lease lost

    @Test
    void leaseLost_bothAskTheStore() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "late");
        Caller<Outcome<String>> early = startWaiting(executor);
        assertThat(scene.model.delete(Scene.id(KEY), scene.row().token())).isTrue();
        assertThat(reject(executor)).isInstanceOf(InProgress.class); // nobody on this node knows

        scene.platform.pass(Duration.ofSeconds(10)); // the renewal is refused

        assertExecuted(early, Recording.RECORDED);
        assertThat(reject(executor).isReplay()).isTrue();
        Caller<Outcome<String>> late = startWaiting(executor);
        assertThat(late.isDone()).isTrue();
        assertThat(late.result().isReplay()).isTrue();
        gate.open();
        assertThat(leader.result().isReplay()).isTrue(); // the answer that everybody else got
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void leaseLost_aRejectingCallerCanBeTheOneThatRuns() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "late");
        assertThat(scene.model.delete(Scene.id(KEY), scene.row().token())).isTrue();
        scene.platform.pass(Duration.ofSeconds(10));

        assertThat(reject(executor)).isInstanceOf(Executed.class);
        gate.open();
        assertThat(leader.result().isReplay()).isTrue();
    }

    // ---- lease over

    @Test
    void leaseOver_bothAskTheStore() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "late");
        Caller<Outcome<String>> early = startWaiting(executor);
        ManualPlatform.Gate renewals = scene.platform.gate();
        scene.store.always(Verb.RENEW_ALL, Fault.hangsBefore(renewals).then(Fault.refused()));
        scene.platform.pass(Duration.ofSeconds(30).minusNanos(1));
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        assertThat(early.isDone()).isFalse();

        scene.platform.pass(Duration.ofNanos(1));

        assertDecidedByGuarantee(early.result());
        Outcome<String> rejecting = reject(executor);
        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            assertThat(rejecting.isReplay()).isTrue();
        } else {
            assertThat(rejecting).isEqualTo(unresolved(UnresolvedReason.INTERRUPTED));
        }
        gate.open();
        assertThat(leader.result().hasValue()).isTrue();
        renewals.open();
    }

    @Test
    void leaseOver_waiterFindsOutByItselfWhenNobodyCanTellIt() {
        ManualPlatform.Gate stuck = scene.platform.gate();
        IdempotencyExecutor<String> executor = executor(it -> it.listener(new IdempotencyListener() {
            @Override
            public void onStoreFailed(StoreFailed event) {
                stuck.awaitUninterruptibly(); // the thread that would bring the news
            }
        }));
        scene.store.on(Verb.RENEW_ALL, 1, Fault.refused());
        scene.store.on(Verb.RENEW_ALL, 2, Fault.hangsBefore(stuck)); // the thread that would see it
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "late");
        Caller<Outcome<String>> follower = startWaiting(executor);

        scene.platform.pass(Duration.ofSeconds(30));

        assertThat(stuck.arrived()).isEqualTo(2);
        assertThat(follower.isDone()).isTrue();
        assertDecidedByGuarantee(follower.result());
        stuck.open();
        gate.open();
        assertThat(leader.result().hasValue()).isTrue();
    }

    @Test
    void leaseOver_aRejectingCallerIsDecidedByTheStoreToo() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "late");
        scene.platform.advance(Duration.ofSeconds(30));

        assertDecidedByGuarantee(reject(executor));

        gate.open();
        Outcome<String> late = leader.result();
        assertThat(late.isReplay()).isEqualTo(guarantee == Guarantee.AT_LEAST_ONCE);
        assertThat(late.orElseThrow()).isEqualTo(guarantee == Guarantee.AT_LEAST_ONCE ? "value-1" : "late");
    }

    // ---- unguarded

    @Test
    void unguarded_bothAskTheStore() {
        IdempotencyExecutor<String> executor = executor(IdempotencyExecutorBuilder::failOpen);
        scene.store.on(Verb.ACQUIRE, 1, Fault.refused());
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "unguarded");

        ManualPlatform.Gate second = scene.platform.gate();
        Caller<Outcome<String>> guarded = scene.start(() -> executor.execute(Scene.rejecting(), () -> {
            second.await();
            return work.run();
        }));
        assertThat(guarded.isDone()).isFalse(); // it has the lease and works
        assertThat(reject(executor)).isInstanceOf(InProgress.class);
        Caller<Outcome<String>> waiting = startWaiting(executor);
        second.openAndSettle();

        assertExecuted(guarded, Recording.RECORDED);
        assertThat(waiting.result().isReplay()).isTrue();
        gate.open();
        assertExecuted(leader, Recording.UNGUARDED);
        assertThat(scene.row().state()).isEqualTo(RecordState.COMPLETED);
        assertThat(reject(executor).orElseThrow()).isEqualTo("value-1");
    }

    @Test
    void unguarded_aWaitingCallerAsksAtOnce() {
        IdempotencyExecutor<String> executor = executor(IdempotencyExecutorBuilder::failOpen);
        scene.store.on(Verb.ACQUIRE, 1, Fault.refused());
        Caller<Outcome<String>> leader = startLeader(executor, attempt -> "unguarded");

        Caller<Outcome<String>> waiting = startWaiting(executor);

        assertThat(waiting.isDone()).isTrue();
        assertExecuted(waiting, Recording.RECORDED);
        gate.open();
        assertExecuted(leader, Recording.UNGUARDED);
    }
}
