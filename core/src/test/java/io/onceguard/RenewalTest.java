package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.LeaseLost.Loss;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The lease keeper: it keeps the leases of long work, whatever the store does, and says when it cannot. */
@Timeout(30)
class RenewalTest {

    private static final Duration THIRD = LEASE.dividedBy(3);

    private final Scene scene = new Scene(Scene.Kind.REMOTE);

    /** Work at a gate that keeps its attempt, and the call that runs it. */
    private static final class LongWork implements AttemptWork<String, InterruptedException> {

        private final ManualPlatform.Gate gate;
        private final AtomicInteger lost = new AtomicInteger();
        private volatile Attempt attempt;
        private ManualPlatform.Caller<Outcome<String>> caller;

        LongWork(Scene scene) {
            this.gate = scene.platform.gate();
        }

        static LongWork start(Scene scene, IdempotencyExecutor<String> executor, IdempotencyKey key) {
            LongWork work = new LongWork(scene);
            work.caller = scene.start(() -> executor.execute(key, INPUT, work));
            return work;
        }

        @Override
        public String run(Attempt current) throws InterruptedException {
            current.onLeaseLost(lost::incrementAndGet);
            attempt = current;
            gate.await();
            return "value";
        }

        boolean holds() {
            return attempt.leaseHeld();
        }

        Outcome<String> end() {
            gate.openAndSettle();
            return caller.result();
        }
    }

    private static Fault error(String message) {
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                throw new NoClassDefFoundError(message);
            }
        };
    }

    private List<Loss> losses() {
        scene.platform.settle();
        return scene.listener.of(LeaseLost.class).stream().map(LeaseLost::loss).toList();
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A28_workOfFiveLeasesKeepsItsLease(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        LongWork work = LongWork.start(here, here.with(guarantee).build(), KEY);
        IdempotencyExecutor<String> other =
                here.with(Guarantee.AT_LEAST_ONCE, here.anotherNode()).build();

        for (int i = 0; i < 15; i++) {
            here.platform.pass(THIRD);
            assertThat(work.holds()).as("third " + i).isTrue();
            Expect.inProgress(other.execute(KEY, INPUT, () -> "never"));
        }
        int renewals = here.store.count(Verb.RENEW);
        Expect.executed(work.end(), "value", Recording.RECORDED);
        here.platform.pass(LEASE.multipliedBy(2));

        assertThat(renewals).isEqualTo(15);
        assertThat(here.store.count(Verb.RENEW)).isEqualTo(renewals);
        assertThat(work.lost).hasValue(0);
        assertThat(here.listener.of(LeaseLost.class)).isEmpty();
    }

    @SuppressWarnings("ImmutableEnumChecker") // a test changes none of it
    enum Failing {
        REFUSED(Fault.refused()),
        LOST_REQUEST(Fault.lostRequest()),
        LOST_REPLY(Fault.lostReply()),
        RUNTIME_EXCEPTION(Fault.foreign()),
        ERROR(error("planted"));

        private final Fault fault;

        Failing(Fault fault) {
            this.fault = fault;
        }
    }

    @ParameterizedTest
    @EnumSource
    void A28_storeThatFailsEverySecondRenewalKeepsTheLease(Failing failing) {
        for (int n = 2; n < 200; n += 2) {
            scene.store.on(Verb.RENEW_ALL, n, failing.fault);
        }
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);

        for (int i = 0; i < 15; i++) {
            scene.platform.pass(THIRD);
            assertThat(work.holds()).as("third " + i).isTrue();
        }

        assertThat(losses()).isEmpty();
        assertThat(scene.listener.of(StoreFailed.class)).isNotEmpty().allMatch(event -> event.step() == Step.RENEW);
        Expect.executed(work.end(), "value", Recording.RECORDED);
    }

    /** And it is not asked without a pause: a spinning keeper would ask for ever while time stands still. */
    @ParameterizedTest
    @EnumSource
    void A28_storeThatFailsEveryRenewalIsAskedUntilTheDeadline(Failing failing) {
        scene.store.always(Verb.RENEW_ALL, failing.fault);
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);

        scene.platform.pass(LEASE.minusNanos(1));
        assertThat(work.holds()).isTrue();
        assertThat(losses()).isEmpty();
        scene.platform.pass(Duration.ofNanos(1));

        assertThat(work.holds()).isFalse();
        assertThat(work.lost).hasValue(1);
        assertThat(losses()).containsExactly(Loss.EXPIRED);
        assertThat(scene.store.count(Verb.RENEW_ALL)).isBetween(4, 20);
        scene.store.heal();
        Expect.executed(work.end(), "value", Recording.RECORDED);
    }

    @ParameterizedTest
    @EnumSource
    void A28_keeperGoesOnAfterAStoreThatFailed(Failing failing) {
        scene.store.always(Verb.RENEW_ALL, failing.fault);
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        LongWork lost = LongWork.start(scene, executor, KEY);
        scene.platform.pass(LEASE);
        scene.store.heal();

        LongWork next = LongWork.start(scene, executor, IdempotencyKey.unscoped("next"));
        scene.platform.pass(LEASE.multipliedBy(3));

        assertThat(lost.holds()).isFalse();
        assertThat(next.holds()).isTrue();
        Expect.executed(next.end(), "value", Recording.RECORDED);
        Expect.executed(lost.end(), "value", Recording.RECORDED);
    }

    /** Answers that are missing are failures. */
    @Test
    void A28_storeThatAnswersTooFewRenewalsIsAskedAgain() {
        AtomicInteger batches = new AtomicInteger();
        DelegatingStore forgetful = new DelegatingStore(scene.model, false) {
            @Override
            public List<Answer<Boolean>> renewAll(List<Lease> leases) {
                return batches.incrementAndGet() % 2 == 0 ? super.renewAll(leases) : List.of();
            }
        };
        LongWork work = LongWork.start(
                scene, scene.with(Guarantee.AT_LEAST_ONCE, forgetful).build(), KEY);

        scene.platform.pass(LEASE.multipliedBy(3));

        assertThat(work.holds()).isTrue();
        assertThat(batches.get()).isBetween(9, 40);
        assertThat(scene.listener.of(StoreFailed.class)).isNotEmpty().allMatch(event -> event.step() == Step.RENEW);
        assertThat(work.end().hasValue()).isTrue();
    }

    @Test
    void A28_leasesAreRenewedInChunksAndABadChunkSpoilsNoOther() {
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        AtomicBoolean broken = new AtomicBoolean(true);
        DelegatingStore store = new DelegatingStore(scene.model, false) {
            @Override
            public List<Answer<Boolean>> renewAll(List<Lease> leases) {
                sizes.add(leases.size());
                if (broken.getAndSet(false)) {
                    throw new NoClassDefFoundError("planted");
                }
                return super.renewAll(leases);
            }
        };
        IdempotencyExecutor<String> executor =
                scene.with(Guarantee.AT_LEAST_ONCE, store).build();
        List<LongWork> works = new ArrayList<>();
        for (int i = 0; i < 510; i++) {
            works.add(LongWork.start(scene, executor, IdempotencyKey.unscoped("key-" + i)));
        }

        scene.platform.pass(THIRD);
        assertThat(sizes).containsExactly(500, 10);
        scene.platform.pass(LEASE.multipliedBy(2));

        assertThat(works).allMatch(LongWork::holds);
        for (LongWork work : works) {
            Expect.executed(work.end(), "value", Recording.RECORDED);
        }
    }

    @Test
    void A28_refusalOfOneRenewalSpoilsNoOther() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        LongWork taken = LongWork.start(scene, executor, KEY);
        LongWork kept = LongWork.start(scene, executor, IdempotencyKey.unscoped("kept"));
        assertThat(scene.model.delete(Scene.id(KEY), 1)).isTrue();

        scene.platform.pass(LEASE.multipliedBy(2));

        assertThat(taken.holds()).isFalse();
        assertThat(kept.holds()).isTrue();
        assertThat(losses()).containsExactly(Loss.TAKEN);
        Expect.executed(kept.end(), "value", Recording.RECORDED);
        Expect.executed(taken.end(), "value", Recording.LEASE_LOST);
    }

    @Test
    void A28_renewalThatBreaksTheStoreSpoilsNoOther() {
        DelegatingStore broken = new DelegatingStore(scene.model, false) {
            @Override
            public boolean renew(Lease lease) {
                if (lease.id().equals(Scene.id(KEY))) {
                    throw new IllegalStateException("planted");
                }
                return super.renew(lease);
            }
        };
        IdempotencyExecutor<String> executor =
                scene.with(Guarantee.AT_LEAST_ONCE, broken).build();
        LongWork spoilt = LongWork.start(scene, executor, KEY);
        LongWork kept = LongWork.start(scene, executor, IdempotencyKey.unscoped("kept"));

        scene.platform.pass(LEASE.multipliedBy(2));

        assertThat(spoilt.holds()).isFalse();
        assertThat(kept.holds()).isTrue();
        assertThat(kept.end().hasValue()).isTrue();
        assertThat(spoilt.end().hasValue()).isTrue();
    }

    /** The answer to a renewal may overtake that to the completion which made it a refusal. */
    @Test
    void A28_renewalThatMeetsTheOwnCompletionIsNoLoss() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.COMPLETE, Fault.hangsAfter(reply));
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);
        scene.platform.pass(Duration.ofSeconds(9));
        work.gate.openAndSettle();
        Expect.record(scene, RecordState.COMPLETED, 1);

        scene.platform.pass(Duration.ofSeconds(5));
        reply.openAndSettle();

        Expect.executed(work.caller.result(), "value", Recording.RECORDED);
        assertThat(losses()).isEmpty();
    }

    // ---- the deadline

    /** Sent at 0 s, answered at 20 s: the lease is over at 30 s, whatever the reply took. */
    @Test
    void A28_leaseCountsFromBeforeTheRequestWasSent() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.ACQUIRE, Fault.hangsAfter(reply));
        scene.store.always(Verb.RENEW_ALL, Fault.refused());
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);
        scene.platform.pass(Duration.ofSeconds(20));
        reply.openAndSettle();

        scene.platform.pass(Duration.ofSeconds(10).minusNanos(1));
        assertThat(work.holds()).isTrue();
        scene.platform.pass(Duration.ofNanos(1));

        assertThat(work.holds()).isFalse();
        assertThat(work.end().hasValue()).isTrue();
    }

    @Test
    void A28_renewalCountsFromBeforeTheRequestWasSent() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.RENEW_ALL, Fault.hangsAfter(reply)); // sent at 10 s
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);
        scene.platform.pass(Duration.ofSeconds(25));
        reply.openAndSettle();
        scene.store.always(Verb.RENEW_ALL, Fault.refused());

        scene.platform.pass(Duration.ofSeconds(15).minusNanos(1));
        assertThat(work.holds()).isTrue();
        scene.platform.pass(Duration.ofNanos(1));

        assertThat(work.holds()).isFalse();
        assertThat(work.end().hasValue()).isTrue();
    }

    @Test
    void A28_leaseThatWasGrantedLateIsRenewedInTime() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.ACQUIRE, Fault.hangsAfter(reply));
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);
        scene.platform.pass(Duration.ofSeconds(29));
        reply.openAndSettle();

        scene.platform.pass(LEASE);

        assertThat(work.holds()).isTrue();
        assertThat(losses()).isEmpty();
        Expect.executed(work.end(), "value", Recording.RECORDED);
    }

    /** By the time of the answer somebody else may hold the lease, so the store is asked again. */
    @Test
    void A28_leaseThatWasOverWhenItsGrantArrivedIsAskedForAgain() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.ACQUIRE, Fault.hangsAfter(reply));
        LongWork work = LongWork.start(scene, scene.atMostOnce().build(), KEY);
        scene.platform.pass(LEASE);
        reply.openAndSettle();

        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(2);
        assertThat(work.holds()).isTrue();
        Expect.executed(work.end(), "value", Recording.RECORDED);
        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    @Test
    void A28_storeThatAlwaysAnswersTooLateFailsClosedAndTheKeyIsGivenBack() {
        ManualPlatform platform = scene.platform;
        List<ManualPlatform.Gate> replies = List.of(platform.gate(), platform.gate(), platform.gate());
        for (int i = 0; i < 3; i++) {
            scene.store.on(Verb.ACQUIRE, i + 1, Fault.hangsAfter(replies.get(i)));
        }
        LongWork work = LongWork.start(scene, scene.atMostOnce().build(), KEY);
        for (ManualPlatform.Gate reply : replies) {
            platform.pass(LEASE);
            reply.openAndSettle();
        }

        assertThat(work.caller.failure()).isInstanceOf(IdempotencyStoreException.class);
        assertThat(work.attempt).isNull();
        Expect.record(scene, RecordState.RELEASED, 1);
    }

    @Test
    void A28_lateGrantIsGivenBackWhenAskingAgainFails() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.on(Verb.ACQUIRE, 1, Fault.hangsAfter(reply));
        scene.store.on(Verb.ACQUIRE, 2, Fault.refused());
        LongWork work = LongWork.start(scene, scene.atMostOnce().build(), KEY);
        scene.platform.pass(LEASE);
        reply.openAndSettle();

        assertThat(work.caller.failure()).isInstanceOf(IdempotencyStoreException.class);
        Expect.record(scene, RecordState.RELEASED, 1);
    }

    // ---- a store that hangs

    @Test
    void A28_storeThatHangsDoesNotStopTheRenewalsOfAnother() {
        ManualPlatform.Gate stuck = scene.platform.gate();
        FaultyStore healthy = new FaultyStore(new ModelStore(scene.platform::elapsed), false);
        scene.store.next(Verb.RENEW_ALL, Fault.hangsBefore(stuck));
        LongWork hung = LongWork.start(scene, scene.atLeastOnce().build(), KEY);
        LongWork renewed = LongWork.start(
                scene, scene.with(Guarantee.AT_LEAST_ONCE, healthy).build(), KEY);

        scene.platform.pass(LEASE.multipliedBy(3));

        assertThat(hung.holds()).isFalse();
        assertThat(hung.lost).hasValue(1);
        assertThat(renewed.holds()).isTrue();
        Expect.executed(renewed.end(), "value", Recording.RECORDED);
        stuck.openAndSettle();
        assertThat(hung.end().hasValue()).isTrue();
    }

    @Test
    void A29_lossIsToldInTimeWhileTheStoreHangs() {
        ManualPlatform.Gate stuck = scene.platform.gate();
        scene.store.next(Verb.RENEW_ALL, Fault.hangsBefore(stuck));
        LongWork work = LongWork.start(scene, scene.atLeastOnce().build(), KEY);

        scene.platform.pass(LEASE.minusNanos(1));
        assertThat(work.lost).hasValue(0);
        scene.platform.pass(Duration.ofNanos(1));

        assertThat(work.holds()).isFalse();
        assertThat(work.lost).hasValue(1);
        assertThat(losses()).containsExactly(Loss.EXPIRED);
        stuck.openAndSettle();
        assertThat(work.end().hasValue()).isTrue();
    }

    /** Leases that the hanging call is not about, older and newer ones. */
    @Test
    void A29_lossOfOtherLeasesIsToldInTimeWhileTheStoreHangs() {
        ManualPlatform.Gate stuck = scene.platform.gate();
        scene.store.next(Verb.RENEW_ALL, Fault.hangsBefore(stuck));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        LongWork hung = LongWork.start(scene, executor, KEY);
        scene.platform.pass(Duration.ofSeconds(5));
        LongWork before = LongWork.start(scene, executor, IdempotencyKey.unscoped("before"));
        scene.platform.pass(Duration.ofSeconds(15));
        LongWork during = LongWork.start(scene, executor, IdempotencyKey.unscoped("during"));
        IdempotencyExecutor<String> quick =
                scene.atLeastOnce().lease(Duration.ofSeconds(1)).build();
        LongWork brief = LongWork.start(scene, quick, IdempotencyKey.unscoped("brief"));

        scene.platform.pass(Duration.ofSeconds(1)); // 21 s
        assertThat(brief.lost).hasValue(1);
        scene.platform.pass(Duration.ofSeconds(9)); // 30 s
        assertThat(hung.lost).hasValue(1);
        assertThat(before.lost).hasValue(0);
        scene.platform.pass(Duration.ofSeconds(5)); // 35 s
        assertThat(before.lost).hasValue(1);
        assertThat(during.lost).hasValue(0);
        scene.platform.pass(Duration.ofSeconds(15)); // 50 s

        assertThat(during.lost).hasValue(1);
        stuck.openAndSettle();
        for (LongWork each : List.of(hung, before, during, brief)) {
            assertThat(each.end().hasValue()).isTrue();
        }
    }

    // ---- the interrupt flag on the keeper's thread

    @Test
    void A28_storeThatLeavesTheKeepersThreadInterruptedIsRenewedOn() {
        List<Boolean> flags = new CopyOnWriteArrayList<>();
        DelegatingStore interrupting = new DelegatingStore(scene.model, false) {
            @Override
            public List<Answer<Boolean>> renewAll(List<Lease> leases) {
                flags.add(Thread.currentThread().isInterrupted());
                Thread.currentThread().interrupt();
                return super.renewAll(leases);
            }
        };
        LongWork work = LongWork.start(
                scene, scene.with(Guarantee.AT_LEAST_ONCE, interrupting).build(), KEY);

        scene.platform.pass(LEASE.multipliedBy(2));

        assertThat(work.holds()).isTrue();
        assertThat(flags).hasSize(6).containsOnly(false);
        assertThat(work.end().hasValue()).isTrue();
    }
}
