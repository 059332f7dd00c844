package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.IdempotencyListener.WriteDeferred.Phase;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The last writes that go on in the background: how long, how many, and what everybody is told meanwhile. */
@Timeout(60)
class DeferredWritesTest {

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Scene.Counted work = new Scene.Counted();

    private List<Phase> phases() {
        scene.platform.settle();
        return scene.listener.of(WriteDeferred.class).stream()
                .map(WriteDeferred::phase)
                .toList();
    }

    private Outcome<String> deferred(IdempotencyExecutor<String> executor, IdempotencyKey key) {
        Outcome<String> outcome = executor.execute(key, INPUT, work);
        assertThat(outcome).isInstanceOf(Outcome.Executed.class);
        assertThat(((Outcome.Executed<String>) outcome).recording()).isEqualTo(Recording.DEFERRED);
        return outcome;
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A24_valueIsDeliveredNowAndRecordedWhenTheStoreIsBack(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        here.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = here.with(guarantee).build();
        Outcome<String> first = executor.execute(IdempotentCall.of(KEY, INPUT).originId("first"), work);
        Expect.executed(first, "value-1", Recording.DEFERRED);
        assertThat(first.orElseThrow()).isEqualTo("value-1");
        assertThat(((Outcome.Executed<String>) first).isProvisional()).isTrue();
        IdempotencyExecutor<String> other =
                here.with(guarantee, here.anotherNode()).build();
        int calls = here.store.calls().size();
        Expect.inProgress(executor.execute(KEY, INPUT, work));
        assertThat(here.store.calls()).hasSize(calls);
        Expect.inProgress(other.execute(KEY, INPUT, work));

        here.platform.pass(Duration.ofMinutes(5));
        Expect.inProgress(executor.execute(KEY, INPUT, work));
        Expect.inProgress(other.execute(KEY, INPUT, work)); // its lease is renewed
        here.store.heal();
        here.platform.pass(Duration.ofSeconds(2));

        Expect.replayed(executor.execute(KEY, INPUT, work), "value-1", "first");
        Expect.replayed(other.execute(KEY, INPUT, work), "value-1", "first");
        assertThat(work.runs()).isEqualTo(1);
        assertThat(here.listener.of(LeaseLost.class)).isEmpty();
        assertThat(here.store.count(Verb.COMPLETE)).isLessThan(5 * 60);
    }

    @Test
    void A24_mismatchIsToldWhileTheWriteIsDeferred() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        deferred(executor, KEY);

        Expect.mismatch(executor.execute(KEY, Scene.OTHER_INPUT, work));
    }

    @Test
    void A24_waitingCallersGetTheResultOnceItIsRecorded() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        var leader = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        var early = scene.start(() -> executor.execute(Scene.waiting(Duration.ofMinutes(1)), work));
        var impatient = scene.start(() -> executor.execute(Scene.waiting(Duration.ofSeconds(1)), work));
        gate.openAndSettle();
        Expect.executed(leader.result(), "value-1", Recording.DEFERRED);
        var late = scene.start(() -> executor.execute(Scene.waiting(Duration.ofMinutes(1)), work));

        scene.platform.pass(Duration.ofSeconds(1));
        Expect.inProgress(impatient.result());
        assertThat(early.isDone()).isFalse();
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));

        Expect.replayed(early.result(), "value-1");
        Expect.replayed(late.result(), "value-1");
        assertThat(work.runs()).isZero();
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(1); // from the bytes that were recorded
    }

    /** The thread that led may come back and wait like everybody else. */
    @Test
    void A24_sameThreadMayWaitForItsOwnDeferredWrite() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        var caller = scene.start(() -> {
            deferred(executor, KEY);
            return executor.execute(Scene.waiting(Duration.ofMinutes(1)), work);
        });
        assertThat(caller.isDone()).isFalse();
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));

        Expect.replayed(caller.result(), "value-1");
    }

    /** The bound is on the work, which is over. */
    @Test
    void A24_longestRunDoesNotEndTheRenewalsOfADeferredWrite() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().longestRun(Duration.ofMinutes(1)).build();
        var caller = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        scene.platform.pass(Duration.ofSeconds(59));
        gate.openAndSettle();
        Expect.executed(caller.result(), "value-1", Recording.DEFERRED);

        scene.platform.pass(Duration.ofMinutes(5));

        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
        Expect.record(scene, RecordState.IN_PROGRESS, 1);
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));
        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    // ---- the bounds

    @Test
    void A24_writeIsGivenUpAfterTenMinutesWithAnEvent() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        deferred(executor, KEY);
        var waiter = scene.start(() -> executor.execute(Scene.waiting(Duration.ofMinutes(20)), work));

        scene.platform.pass(Duration.ofMinutes(10).minusNanos(1));
        assertThat(phases()).containsExactly(Phase.DEFERRED);
        scene.platform.pass(Duration.ofSeconds(2)); // at most one pause later
        assertThat(phases()).containsExactly(Phase.DEFERRED, Phase.DROPPED);
        assertThat(executor.awaitDeferred(Duration.ZERO)).isTrue();
        assertThat(waiter.isDone()).isFalse();
        int tries = scene.store.count(Verb.COMPLETE);
        scene.platform.pass(LEASE.plusSeconds(1));

        Expect.unresolved(waiter.result(), UnresolvedReason.INTERRUPTED);
        assertThat(scene.store.count(Verb.COMPLETE)).isEqualTo(tries);
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void A24_timeOfEachWriteIsItsOwnHoweverManyWait() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> brief =
                scene.atMostOnce().deferWrites(Duration.ofSeconds(10), 1 << 20).build();
        IdempotencyExecutor<String> usual = scene.atMostOnce().build();
        for (int i = 0; i < 100; i++) {
            deferred(usual, IdempotencyKey.unscoped("usual-" + i));
        }
        for (int i = 0; i < 100; i++) {
            deferred(brief, IdempotencyKey.unscoped("brief-" + i));
        }

        scene.platform.pass(Duration.ofSeconds(12));

        assertThat(phases()).filteredOn(phase -> phase == Phase.DROPPED).hasSize(100);
    }

    @Test
    void A24_sixteenMebibytesAreKeptPerStoreOverAllOperations() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<byte[]> charges = scene.with(Guarantee.AT_MOST_ONCE, scene.store, ResultCodec.bytes())
                .build();
        IdempotencyExecutor<byte[]> refunds = IdempotencyExecutor.atMostOnce("refund", ResultCodec.bytes(), scene.store)
                .platform(scene.platform)
                .listener(scene.listener)
                .build();
        byte[] large = new byte[3 << 20];
        for (int i = 0; i < 5; i++) {
            IdempotencyExecutor<byte[]> executor = i % 2 == 0 ? charges : refunds;
            Expect.executed(
                    executor.execute(IdempotencyKey.unscoped("key-" + i), INPUT, () -> large),
                    large,
                    Recording.DEFERRED);
        }
        assertThat(phases()).hasSize(5).containsOnly(Phase.DEFERRED);

        IdempotencyKey sixth = IdempotencyKey.unscoped("sixth");
        Expect.executed(refunds.execute(sixth, INPUT, () -> large), large, Recording.DEFERRED);

        assertThat(phases()).hasSize(6).endsWith(Phase.DROPPED);
        Outcome<byte[]> next = refunds.execute(sixth, INPUT, () -> large);
        Expect.inProgress(next); // until its lease is over
        IdempotencyKey small = IdempotencyKey.unscoped("small");
        Expect.executed(refunds.execute(small, INPUT, () -> new byte[0]), new byte[0], Recording.DEFERRED);
        assertThat(phases()).hasSize(7).endsWith(Phase.DEFERRED);

        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(3));
        scene.store.always(Verb.COMPLETE, Fault.refused());
        for (int i = 0; i < 5; i++) { // the room is free again
            IdempotencyKey key = IdempotencyKey.unscoped("later-" + i);
            Expect.executed(refunds.execute(key, INPUT, () -> large), large, Recording.DEFERRED);
        }
        assertThat(phases()).filteredOn(phase -> phase == Phase.DROPPED).hasSize(1);
        assertThat(phases()).filteredOn(phase -> phase == Phase.WRITTEN).hasSize(6);
    }

    @Test
    void A24_operationWithoutRoomDropsAtOnceAndTheLeaseEndsByItself() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().deferWrites(Duration.ofMinutes(10), 0).build();
        deferred(executor, KEY);

        assertThat(phases()).containsExactly(Phase.DROPPED);
        assertThat(executor.awaitDeferred(Duration.ZERO)).isTrue();
        assertThat(StoreNode.of(scene.store, scene.platform).meetings).isEmpty();
        scene.store.heal();
        Expect.inProgress(executor.execute(KEY, INPUT, work));
        scene.platform.pass(LEASE);
        Expect.executed(executor.execute(KEY, INPUT, work), "value-2", Recording.RECORDED);
    }

    // ---- how it ends

    @Test
    void A24_deferredWriteIsRefusedWhenAnotherTookOver() {
        scene.store.always(Fault.refused());
        scene.store.always(Verb.ACQUIRE, Fault.before(() -> {}));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        deferred(executor, KEY);
        scene.platform.pass(LEASE.plusSeconds(1));
        IdempotencyExecutor<String> other =
                scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode()).build();
        Expect.executed(other.execute(KEY, INPUT, () -> "theirs"), "theirs", Recording.RECORDED);
        ModelStore.Row before = scene.row();
        Expect.inProgress(executor.execute(KEY, INPUT, work));

        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));

        assertThat(phases()).containsExactly(Phase.DEFERRED, Phase.REFUSED);
        assertThat(scene.row()).isEqualTo(before);
        Expect.replayed(executor.execute(KEY, INPUT, work), "theirs");
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void A24_forgottenRecordIsNotWrittenByADeferredWrite() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        deferred(executor, KEY);
        assertThat(executor.forget(KEY)).isTrue();
        Expect.executed(
                scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode()).build().execute(KEY, INPUT, () -> "fresh"),
                "fresh",
                Recording.RECORDED);
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));

        assertThat(phases()).containsExactly(Phase.DEFERRED, Phase.REFUSED);
        Expect.replayed(executor.execute(KEY, INPUT, work), "fresh");
    }

    /** A store that refuses some records for ever, as one whose packets are too large, or with a shard down. */
    @ParameterizedTest
    @ValueSource(ints = {1, 15, 40, 300})
    void A24_writesThatFailForEverDoNotBlockTheOthers(int poisoned) {
        DelegatingStore poisonous = new DelegatingStore(scene.store, false) {
            @Override
            public boolean complete(Lease lease, StoredResult result, Retention retention) {
                if (lease.id().key().startsWith("poison")) {
                    throw new StoreException("planted", false, null);
                }
                return super.complete(lease, result, retention);
            }
        };
        IdempotencyExecutor<String> executor =
                scene.with(Guarantee.AT_MOST_ONCE, poisonous).build();
        for (int i = 0; i < poisoned; i++) {
            deferred(executor, IdempotencyKey.unscoped("poison-" + i));
        }
        scene.store.next(Verb.COMPLETE, Fault.refused());
        deferred(executor, KEY);

        scene.platform.pass(Duration.ofSeconds(60));

        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    @Test
    void A24_allAreWrittenAtOnceWhenTheStoreIsBack() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        for (int i = 0; i < 200; i++) {
            deferred(executor, IdempotencyKey.unscoped("key-" + i));
        }
        scene.platform.pass(Duration.ofMinutes(1));
        int tries = scene.store.count(Verb.COMPLETE);
        assertThat(tries).isLessThan(200 + 16 * 40); // a store that is down is not hammered

        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));

        assertThat(executor.awaitDeferred(Duration.ZERO)).isTrue();
        assertThat(scene.store.count(Verb.COMPLETE)).isEqualTo(tries + 200);
    }

    // ---- shutdown

    @Test
    void awaitDeferredWaitsForTheWrites() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        assertThat(executor.awaitDeferred(Duration.ZERO)).isTrue();
        scene.store.always(Verb.COMPLETE, Fault.refused());
        deferred(executor, KEY);
        assertThat(executor.awaitDeferred(Duration.ZERO)).isFalse();
        var patient = scene.start(() -> executor.awaitDeferred(Duration.ofMinutes(1)));
        var impatient = scene.start(() -> executor.awaitDeferred(Duration.ofSeconds(1)));
        var interrupted = scene.start(() -> executor.awaitDeferred(Duration.ofMinutes(1)));
        interrupted.interrupt();
        scene.platform.pass(Duration.ofSeconds(1));

        assertThat(interrupted.result()).isFalse();
        assertThat(interrupted.wasInterruptedAtEnd()).isTrue();
        assertThat(impatient.result()).isFalse();
        assertThat(patient.isDone()).isFalse();
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(2));
        assertThat(patient.result()).isTrue();
    }

    @Test
    void awaitDeferredRefusesATimeoutBelowZeroOrAboveADay() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();

        assertThatIllegalArgumentException().isThrownBy(() -> {
            boolean unused = executor.awaitDeferred(Duration.ofNanos(-1));
        });
        assertThatIllegalArgumentException().isThrownBy(() -> {
            boolean unused = executor.awaitDeferred(Duration.ofDays(1).plusNanos(1));
        });
    }
}
