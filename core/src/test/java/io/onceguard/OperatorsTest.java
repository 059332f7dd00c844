package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.LeaseLost.Loss;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** find, forget and resolve, and whom they disturb. */
@Timeout(30)
class OperatorsTest {

    private static final IdempotencyKey OTHER = IdempotencyKey.of("tenant-7", "order-43");

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Scene.Counted work = new Scene.Counted();

    private void held(IdempotencyExecutor<String> executor) {
        var failing = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            throw new IllegalStateException("who knows");
        }));
        assertThat(failing.failure()).isInstanceOf(IllegalStateException.class);
        Expect.record(scene, RecordState.HELD, 1);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A38_forgetFreesAKeyAndNoOther(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        IdempotencyExecutor<String> executor = here.with(guarantee).build();
        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.RECORDED);
        Expect.executed(executor.execute(OTHER, INPUT, work), "value-2", Recording.RECORDED);

        assertThat(executor.forget(KEY)).isTrue();

        assertThat(executor.find(KEY)).isEmpty();
        assertThat(executor.forget(KEY)).isFalse();
        Expect.executed(executor.execute(KEY, INPUT, work), "value-3", Recording.RECORDED);
        Expect.replayed(executor.execute(OTHER, INPUT, work), "value-2");
    }

    @Test
    void A38_findShowsStateAttemptAndAges() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        assertThat(executor.find(KEY)).isEmpty();
        ManualPlatform.Gate gate = scene.platform.gate();
        var running = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        scene.platform.pass(Duration.ofSeconds(7));

        StoredRecord record = executor.find(KEY).orElseThrow();
        assertThat(record.state()).isEqualTo(RecordState.IN_PROGRESS);
        assertThat(record.number()).isEqualTo(1);
        assertThat(record.age()).isEqualTo(Duration.ofSeconds(7));
        assertThat(record.leaseLeft()).isEqualTo(Duration.ofSeconds(23));
        gate.openAndSettle();
        Expect.executed(running.result(), "value-1", Recording.RECORDED);
        scene.platform.pass(Duration.ofHours(1));

        record = executor.find(KEY).orElseThrow();
        assertThat(record.state()).isEqualTo(RecordState.COMPLETED);
        assertThat(record.age()).isEqualTo(Duration.ofHours(1));
        assertThat(record.retentionLeft().duration()).contains(Duration.ofHours(23));
    }

    @Test
    void A38_resolveTurnsUnresolvedIntoAReplay() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        held(executor);
        Expect.unresolved(executor.execute(KEY, INPUT, work), UnresolvedReason.HELD);

        assertThat(executor.resolve(KEY, "resolved")).isTrue();

        Expect.replayed(executor.execute(KEY, INPUT, work), "resolved");
        assertThat(executor.resolve(KEY, "again")).isFalse();
        Expect.replayed(executor.execute(KEY, INPUT, work), "resolved");
        assertThat(work.runs()).isZero();
    }

    /** The deferred write of the attempt that was resolved stands in nobody's way any more. */
    @Test
    void A38_resolvedValueIsReplayedAlthoughAnOlderWriteIsStillDeferred() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        scene.store.always(Verb.RENEW_ALL, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.DEFERRED);
        scene.platform.pass(LEASE);
        Expect.inProgress(executor.execute(KEY, INPUT, work));

        assertThat(executor.resolve(KEY, "resolved")).isTrue();

        Expect.replayed(executor.execute(KEY, INPUT, work), "resolved");
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));
        Expect.replayed(executor.execute(KEY, INPUT, work), "resolved");
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void A38_resolveRefusesWhatIsNotUnresolved() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        assertThat(executor.resolve(KEY, "nothing there")).isFalse();
        ManualPlatform.Gate gate = scene.platform.gate();
        var running = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        assertThat(executor.resolve(KEY, "it runs")).isFalse();

        gate.openAndSettle();

        Expect.executed(running.result(), "value-1", Recording.RECORDED);
        assertThat(executor.resolve(KEY, "it is done")).isFalse();
        Expect.replayed(executor.execute(KEY, INPUT, work), "value-1");
        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
    }

    @Test
    void A38_valueThatCannotBeKeptIsRefusedBeforeAnythingIsTouched() {
        IdempotencyExecutor<String> executor =
                scene.atMostOnce().maxResultBytes(3).build();
        held(executor);
        scene.store.clearCalls();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> executor.resolve(KEY, "too large", 1))
                .withMessageContaining("too large")
                .withMessageNotContaining("order-42");
        assertThatIllegalArgumentException().isThrownBy(() -> executor.resolve(KEY, "\uD800", 1));

        assertThat(scene.store.calls()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A38_staleTokenChangesNothing(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        IdempotencyExecutor<String> executor = here.with(guarantee)
                .onFailure(IllegalStateException.class, FailurePolicy.HOLD)
                .build();
        var failing = here.start(() -> executor.execute(KEY, INPUT, () -> {
            throw new IllegalStateException("who knows");
        }));
        assertThat(failing.failure()).isInstanceOf(IllegalStateException.class);
        StoredRecord seen = executor.find(KEY).orElseThrow();
        ModelStore.Row before = here.row();

        assertThat(executor.forget(KEY, seen.token() - 1)).isFalse();
        assertThat(executor.forget(KEY, seen.token() + 1)).isFalse();
        assertThat(executor.resolve(KEY, "stale", seen.token() - 1)).isFalse();
        assertThat(executor.resolve(KEY, "stale", seen.token() + 1)).isFalse();

        assertThat(here.row()).isEqualTo(before);
    }

    @Test
    void A38_staleTokenDoesNotDisturbTheRunningAttempt() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        AtomicReference<Attempt> running = new AtomicReference<>();
        ManualPlatform.Gate gate = scene.platform.gate();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            running.set(attempt);
            gate.await();
            return "value";
        }));

        assertThat(executor.forget(KEY, 99)).isFalse();

        assertThat(running.get().leaseHeld()).isTrue();
        gate.openAndSettle();
        Expect.executed(owner.result(), "value", Recording.RECORDED);
    }

    // ---- in the operator's own JVM

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A38_runningOwnerLearnsAtOnceThatItWasForgotten(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        IdempotencyExecutor<String> executor = here.with(guarantee).build();
        AtomicReference<Attempt> running = new AtomicReference<>();
        AtomicInteger called = new AtomicInteger();
        ManualPlatform.Gate gate = here.platform.gate();
        var owner = here.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.onLeaseLost(called::incrementAndGet);
            running.set(attempt);
            gate.await();
            return "late";
        }));

        assertThat(executor.forget(KEY)).isTrue();
        here.platform.settle();

        assertThat(running.get().leaseHeld()).isFalse();
        assertThat(called).hasValue(1);
        assertThat(here.listener.of(LeaseLost.class))
                .extracting(LeaseLost::loss)
                .containsExactly(Loss.TAKEN);
        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.RECORDED);
        gate.openAndSettle();
        Expect.replayed(owner.result(), "value-1");
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A38_followersOfAForgottenOwnerAskTheStoreAtOnce(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        IdempotencyExecutor<String> executor = here.with(guarantee).build();
        ManualPlatform.Gate gate = here.platform.gate();
        var owner = here.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        var first = here.start(() -> executor.execute(Scene.waiting(LEASE), work));
        var second = here.start(() -> executor.execute(Scene.waiting(LEASE), work));
        assertThat(first.isDone()).isFalse();

        assertThat(executor.forget(KEY)).isTrue();
        here.platform.pass(Duration.ofMillis(2));

        List<Outcome<String>> outcomes = List.of(first.result(), second.result());
        assertThat(outcomes).anySatisfy(each -> Expect.executed(each, "value-1", Recording.RECORDED));
        assertThat(outcomes).anySatisfy(each -> Expect.replayed(each, "value-1"));
        assertThat(work.runs()).isEqualTo(1);
        gate.openAndSettle();
        assertThat(owner.result().isReplay()).isTrue();
    }

    /** The news comes just before the follower goes to sleep. */
    @Test
    void A38_followerDoesNotMissTheNewsThatItsLeaderWasForgotten() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        ManualPlatform.Gate gate = scene.platform.gate();
        var owner = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        Meeting meeting = StoreNode.of(scene.store, scene.platform).meetings.get(Scene.id(KEY));
        assertThat(executor.forget(KEY)).isTrue();
        assertThat(meeting.phase()).isEqualTo(Meeting.Phase.RUNNING);

        var follower = scene.start(() -> {
            meeting.await(scene.platform, Meeting.Phase.RUNNING, false, Long.MAX_VALUE);
            return "awake";
        });

        assertThat(follower.isDone()).isTrue();
        gate.openAndSettle();
        Expect.executed(owner.result(), "value-1", Recording.LEASE_LOST);
    }

    @Test
    void A38_forgetWhileALeaderPollsForAnotherNode() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> there =
                scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode()).build();
        var remote = scene.start(() -> there.execute(KEY, INPUT, new Scene.Gated(gate)));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var poller = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));
        var follower = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));

        assertThat(executor.forget(KEY)).isTrue();
        scene.platform.pass(Duration.ofMillis(300));

        assertThat(List.of(poller.result(), follower.result()))
                .anySatisfy(each -> Expect.executed(each, "value-1", Recording.RECORDED))
                .anySatisfy(each -> Expect.replayed(each, "value-1"));
        gate.openAndSettle();
        Expect.replayed(remote.result(), "value-1");
    }

    @Test
    void A38_storeFailureOfAnOperatorsVerbIsTypedAndTold() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        held(executor);
        scene.store.always(Fault.lostRequest());

        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> executor.find(KEY));
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> executor.forget(KEY, 1));
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> executor.resolve(KEY, "x", 1));

        assertThat(scene.listener.of(StoreFailed.class))
                .extracting(StoreFailed::step)
                .containsExactly(Step.OPERATOR, Step.OPERATOR, Step.OPERATOR);
        scene.store.heal();
        Expect.unresolved(executor.execute(KEY, INPUT, work), UnresolvedReason.HELD);
    }

    // ---- keys that an operation refuses

    @Test
    void A40_keyThatTheOperationRefusesTouchesNothingAndIsNotEchoed() {
        IdempotencyExecutor<String> executor =
                scene.atMostOnce().keyPolicy(KeyPolicy.uuid()).build();
        IdempotencyKey refused = IdempotencyKey.unscoped("order-42");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> executor.execute(refused, INPUT, work).isReplay())
                .withMessageContaining("UUID")
                .withMessageContaining(Scene.OPERATION)
                .withMessageNotContaining("order-42");
        assertThatIllegalArgumentException().isThrownBy(() -> executor.find(refused));
        assertThatIllegalArgumentException().isThrownBy(() -> executor.forget(refused));
        assertThatIllegalArgumentException().isThrownBy(() -> executor.resolve(refused, "value"));

        assertThat(scene.store.calls()).isEmpty();
        assertThat(work.runs()).isZero();
        assertThat(scene.platform.threads()).isEmpty();
        IdempotencyKey accepted = IdempotencyKey.unscoped("8d4f925b-7f85-8409-a5e1-53d08029e3c9");
        Expect.executed(executor.execute(accepted, INPUT, work), "value-1", Recording.RECORDED);
    }

    @Test
    void A38_operatorsVerbsLeaveTheMeetingPlaceOfOtherKeysAlone() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        ManualPlatform.Gate gate = scene.platform.gate();
        var running = scene.start(() -> executor.execute(OTHER, INPUT, new Scene.Gated(gate)));
        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.RECORDED);

        assertThat(executor.forget(KEY)).isTrue();

        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
        Expect.inProgress(executor.execute(OTHER, INPUT, work));
        gate.openAndSettle();
        Expect.executed(running.result(), "value-1", Recording.RECORDED);
        assertThat(scene.store.count(Verb.DELETE)).isEqualTo(1);
    }
}
