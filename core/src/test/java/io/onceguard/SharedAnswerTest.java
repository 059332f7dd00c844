package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.FingerprintMismatch;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.Lease;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Followers of a leader that is still asking a remote store, or polls it: they share its answer. And callers of a local
 * store, who share nothing before somebody has the lease.
 */
@ParameterizedClass
@EnumSource
@Timeout(60)
class SharedAnswerTest {

    private static final Duration BUDGET = Duration.ofSeconds(100);

    private final Guarantee guarantee;
    private final Scene scene = new Scene(Kind.REMOTE);
    private final ManualPlatform.Gate gate = scene.platform.gate();
    private final Counted work = new Counted();

    SharedAnswerTest(Guarantee guarantee) {
        this.guarantee = guarantee;
    }

    private IdempotencyExecutor<String> executor(UnaryOperator<IdempotencyExecutorBuilder<String>> policies) {
        return policies.apply(scene.with(guarantee)).build();
    }

    private Caller<Outcome<String>> start(IdempotencyExecutor<String> executor, IdempotentCall call) {
        return scene.start(() -> executor.execute(call, work));
    }

    // ---- the store failed before the work

    @Test
    void storeFailed_rejectingCallerAsksItselfAndWaiterGetsTheSameErrorAnew() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        StoreException failure = new StoreException("down", false, null);
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsBefore(gate).then(Fault.throwing(failure)));
        Caller<Outcome<String>> leader = start(executor, Scene.rejecting());
        Caller<Outcome<String>> rejecting = start(executor, Scene.rejecting());
        Caller<Outcome<String>> waiting = start(executor, Scene.waiting(BUDGET));
        assertThat(List.of(rejecting, waiting)).noneMatch(Caller::isDone);
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(1);

        gate.openAndSettle();

        for (Caller<Outcome<String>> each : List.of(leader, waiting)) {
            assertThat(each.failure())
                    .isInstanceOfSatisfying(
                            IdempotencyStoreException.class,
                            it -> assertThat(it.ambiguous()).isFalse())
                    .hasCause(failure);
        }
        assertThat(waiting.failure()).isNotSameAs(leader.failure());
        assertThat(rejecting.result()).isInstanceOf(Executed.class);
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void storeFailed_waiterOfAFailOpenOperationAsksItself() {
        IdempotencyExecutor<String> closed = executor(it -> it);
        IdempotencyExecutor<String> open = executor(IdempotencyExecutorBuilder::failOpen);
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsBefore(gate).then(Fault.refused()));
        Caller<Outcome<String>> leader = start(closed, Scene.rejecting());
        Caller<Outcome<String>> waiting = start(open, Scene.waiting(BUDGET));
        gate.openAndSettle();

        assertThat(leader.failure()).isInstanceOf(IdempotencyStoreException.class);
        assertThat(waiting.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
    }

    // ---- the store's answers, while the leader asks

    @Test
    void leaderAsks_rejectingFollowersShareTheAnswerThatAnotherNodeHoldsTheLease() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Lease unused = scene.held(KEY, INPUT);
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsAfter(gate));
        List<Caller<Outcome<String>>> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            callers.add(start(executor, Scene.rejecting()));
        }
        assertThat(callers).noneMatch(Caller::isDone);
        gate.open();

        assertThat(callers).allMatch(each -> each.result() instanceof InProgress);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
    }

    @Test
    void leaderAsks_followersAskThemselvesWhetherTheRecordIsStillAbandoned() {
        ModelStore.Row before = scene.abandoned(KEY, INPUT);
        IdempotencyExecutor<String> executor = executor(it -> it);
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsAfter(gate));
        List<Caller<Outcome<String>>> callers = List.of(
                start(executor, Scene.rejecting()),
                start(executor, Scene.rejecting()),
                start(executor, Scene.waiting(BUDGET)));
        gate.openAndSettle();

        if (guarantee == Guarantee.AT_MOST_ONCE) {
            assertThat(callers)
                    .allMatch(each ->
                            each.result().equals(new Unresolved<>(Scene.id(KEY), UnresolvedReason.INTERRUPTED)));
            // Its owner may have completed it after the leader was answered and before they came.
            assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.ACQUIRE, Verb.ACQUIRE);
            assertThat(scene.row()).isSameAs(before);
        } else {
            assertThat(callers)
                    .filteredOn(each -> each.result() instanceof Executed)
                    .hasSize(1);
            assertThat(work.runs()).isEqualTo(1);
            assertThat(callers.get(2).result().hasValue()).isTrue();
        }
    }

    @Test
    void leaderAsks_followerRejectsOnceTheLeaderHasTheLease() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        ManualPlatform.Gate second = scene.platform.gate();
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsAfter(gate));
        Caller<Outcome<String>> leader = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            second.await();
            return "result";
        }));
        Caller<Outcome<String>> rejecting = start(executor, Scene.rejecting());
        Caller<Outcome<String>> waiting = start(executor, Scene.waiting(BUDGET));
        assertThat(rejecting.isDone()).isFalse();
        gate.openAndSettle();

        assertThat(rejecting.isDone()).isTrue();
        assertThat(rejecting.result()).isInstanceOf(InProgress.class);
        assertThat(waiting.isDone()).isFalse();
        second.open();
        assertThat(leader.result().hasValue()).isTrue();
        assertThat(waiting.result().isReplay()).isTrue();
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.COMPLETE);
    }

    @Test
    void leaderAsks_waiterWhoseBudgetIsOverDoesNotWaitForTheStore() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsBefore(gate));
        Caller<Outcome<String>> leader = start(executor, Scene.rejecting());
        Caller<Outcome<String>> waiting = start(executor, Scene.waiting(Duration.ofSeconds(5)));
        scene.platform.pass(Duration.ofSeconds(5));

        assertThat(waiting.isDone()).isTrue();
        assertThat(waiting.result()).isInstanceOf(InProgress.class);
        gate.open();
        assertThat(leader.result()).isInstanceOf(Executed.class);
    }

    @Test
    void leaderAsks_itsFingerprintProvesNothing() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsBefore(gate));
        Caller<Outcome<String>> leader = start(executor, Scene.rejecting());

        Caller<Outcome<String>> other = scene.start(() -> executor.execute(KEY, Scene.OTHER_INPUT, work));
        assertThat(other.result()).isInstanceOf(Executed.class);

        gate.open();
        assertThat(leader.result()).isInstanceOf(FingerprintMismatch.class);
        assertThat(work.runs()).isEqualTo(1);
    }

    // ---- a remote holder

    @Test
    void remoteHolder_rejectingCallersAreInProgressWhileOnePolls() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Lease holder = scene.held(KEY, INPUT);
        Caller<Outcome<String>> poller = start(executor, Scene.waiting(BUDGET));
        scene.platform.pass(Duration.ofSeconds(1));
        scene.store.clearCalls();

        assertThat(start(executor, Scene.rejecting()).result()).isInstanceOf(InProgress.class);
        assertThat(scene.store.calls()).isEmpty();
        assertThat(start(executor, IdempotentCall.of(KEY, Scene.OTHER_INPUT)).result())
                .isInstanceOf(FingerprintMismatch.class); // by the store
        assertThat(poller.isDone()).isFalse();
        complete(holder);
        scene.platform.pass(Duration.ofMillis(250));
        assertThat(poller.result().isReplay()).isTrue();
    }

    @Test
    void remoteHolder_onePollerForAllWaiters() {
        List<Integer> polls = new ArrayList<>();
        for (int waiters : new int[] {1, 6}) {
            Scene own = new Scene(Kind.REMOTE);
            Lease unused = own.held(KEY, INPUT);
            IdempotencyExecutor<String> executor = own.with(guarantee).build();
            for (int i = 0; i < waiters; i++) {
                Caller<Outcome<String>> waiting = own.start(() -> executor.execute(Scene.waiting(BUDGET), work));
                assertThat(waiting.isDone()).isFalse();
            }
            own.platform.pass(Duration.ofSeconds(5));
            polls.add(own.store.count(Verb.ACQUIRE));
            assertThat(own.store.verbs()).containsOnly(Verb.ACQUIRE);
        }
        assertThat(polls.get(1)).isEqualTo(polls.get(0));
        assertThat(polls.get(0)).isBetween(20, 50); // pauses grow to a quarter of a second, with jitter
    }

    @Test
    void remoteHolder_pollingIsHandedOnWhenThePollersBudgetEnds() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Lease holder = scene.held(KEY, INPUT);
        Caller<Outcome<String>> poller = start(executor, Scene.waiting(Duration.ofSeconds(2)));
        Caller<Outcome<String>> next = start(executor, Scene.waiting(Duration.ofSeconds(10)));
        Caller<Outcome<String>> third = start(executor, Scene.waiting(Duration.ofSeconds(10)));

        scene.platform.pass(Duration.ofSeconds(2));
        assertThat(poller.result()).isInstanceOf(InProgress.class);
        scene.platform.pass(Duration.ofSeconds(2));
        assertThat(List.of(next, third)).noneMatch(Caller::isDone);
        complete(holder);
        scene.platform.pass(Duration.ofMillis(250));

        for (Caller<Outcome<String>> each : List.of(next, third)) {
            assertThat(each.isDone()).isTrue();
            assertThat(each.result().isReplay()).isTrue();
        }
        assertThat(work.runs()).isZero();
    }

    @Test
    void remoteHolder_pollingIsHandedOnWhenThePollerIsInterrupted() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Lease holder = scene.held(KEY, INPUT);
        Caller<Outcome<String>> poller = start(executor, Scene.waiting(BUDGET));
        Caller<Outcome<String>> next = start(executor, Scene.waiting(BUDGET));

        poller.interrupt();
        assertThat(poller.result()).isInstanceOf(InProgress.class);
        assertThat(poller.wasInterruptedAtEnd()).isTrue();
        complete(holder);
        scene.platform.pass(Duration.ofMillis(250));

        assertThat(next.result().isReplay()).isTrue();
    }

    @Test
    void remoteHolder_thatDiesIsDecidedByTheGuaranteeForAll() {
        IdempotencyExecutor<String> executor = executor(it -> it);
        Lease unused = scene.held(KEY, INPUT);
        List<Caller<Outcome<String>>> waiters = List.of(
                start(executor, Scene.waiting(BUDGET)),
                start(executor, Scene.waiting(BUDGET)),
                start(executor, Scene.waiting(BUDGET)));
        scene.platform.pass(Scene.LEASE);
        scene.platform.pass(Duration.ofMillis(250));

        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            assertThat(waiters)
                    .filteredOn(each -> each.result() instanceof Executed)
                    .hasSize(1);
            assertThat(waiters).filteredOn(each -> each.result().isReplay()).hasSize(2);
            assertThat(work.runs()).isEqualTo(1);
        } else {
            assertThat(waiters)
                    .allMatch(each ->
                            each.result().equals(new Unresolved<>(Scene.id(KEY), UnresolvedReason.INTERRUPTED)));
        }
    }

    private void complete(Lease holder) {
        byte[] bytes = EnvelopeFormat.sealPlain(new Content(Content.Kind.NULL, "utf8", "stranger", new byte[0]));
        assertThat(scene.model.complete(holder, StoredResult.of(bytes), Retention.of(Duration.ofHours(1))))
                .isTrue();
    }

    // ---- local stores

    @Test
    void localStore_replaysOfAHotKeyNeverQueueBehindALeader() {
        Scene local = new Scene(Kind.LOCAL);
        IdempotencyExecutor<String> executor = local.with(guarantee).build();
        ManualPlatform.Gate slow = local.platform.gate();
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();
        local.store.on(Verb.ACQUIRE, 2, Fault.hangsBefore(slow));
        Caller<Outcome<String>> stuck = local.start(() -> executor.execute(KEY, INPUT, work));

        for (int i = 0; i < 3; i++) {
            Caller<Outcome<String>> replay = local.start(() -> executor.execute(KEY, INPUT, work));
            assertThat(replay.isDone()).isTrue();
            assertThat(replay.result().isReplay()).isTrue();
        }
        assertThat(stuck.isDone()).isFalse();
        slow.open();
        assertThat(stuck.result().isReplay()).isTrue();
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void localStore_callersMeetOnceSomebodyHasTheLease() {
        Scene local = new Scene(Kind.LOCAL);
        IdempotencyExecutor<String> executor = local.with(guarantee).build();
        ManualPlatform.Gate slow = local.platform.gate();
        Caller<Outcome<String>> leader = local.start(() -> executor.execute(KEY, INPUT, () -> {
            slow.await();
            return "result";
        }));
        Caller<Outcome<String>> follower = local.start(() -> executor.execute(Scene.waiting(BUDGET), work));
        local.platform.pass(Duration.ofSeconds(9)); // a poller would have asked many times
        slow.openAndSettle();

        assertThat(follower.isDone()).isTrue();
        assertThat(follower.result().isReplay()).isTrue();
        assertThat(leader.result().hasValue()).isTrue();
        assertThat(local.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.COMPLETE);
    }
}
