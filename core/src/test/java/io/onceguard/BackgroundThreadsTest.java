package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.WriteDeferred;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The threads of the library: when there are any, what they survive, and what they leave behind. */
@Timeout(30)
class BackgroundThreadsTest {

    private static final Duration IDLE = Duration.ofMinutes(1);

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final CountingPlatform counting = new CountingPlatform(scene.platform);

    private StoreNode node() {
        return StoreNode.of(scene.store, scene.platform);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A28_shortCallsStartOneThreadAndScheduleNothing(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        CountingPlatform counted = new CountingPlatform(here.platform);
        IdempotencyExecutor<String> executor = here.with(guarantee)
                .platform(counted)
                .listener(IdempotencyListener.NONE)
                .build();
        Expect.executed(executor.execute(KEY, INPUT, () -> "value"), "value", Recording.RECORDED);
        assertThat(counted.starts).hasValue(1);
        int unparks = counted.unparks.get();

        for (int i = 0; i < 10_000; i++) {
            IdempotencyKey key = IdempotencyKey.unscoped("key-" + i);
            Expect.executed(executor.execute(key, INPUT, () -> "value"), "value", Recording.RECORDED);
        }

        assertThat(counted.starts).hasValue(1);
        assertThat(counted.unparks).hasValue(unparks);
        assertThat(StoreNode.of(here.store, counted).meetings).isEmpty();
    }

    @Test
    void A01_callsWithoutAKeyStartNoThread() {
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().platform(counting).build();

        Expect.executed(executor.execute(IdempotentCall.unkeyed(), () -> "value"), "value", Recording.NOT_RECORDED);

        assertThat(counting.starts).hasValue(0);
        assertThat(scene.store.calls()).isEmpty();
    }

    @Test
    void A28_keeperEndsWhenIdleAndStartsAgain() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        for (int round = 0; round < 3; round++) {
            IdempotencyKey key = IdempotencyKey.unscoped("key-" + round);
            ManualPlatform.Gate gate = scene.platform.gate();
            scene.store.clearCalls();
            var caller = scene.start(() -> executor.execute(key, INPUT, new Scene.Gated(gate)));
            assertThat(scene.platform.threads()).contains("onceguard-lease-keeper");
            scene.platform.pass(LEASE.multipliedBy(3));
            assertThat(scene.store.count(Verb.RENEW)).isEqualTo(9);
            gate.openAndSettle();
            Expect.executed(caller.result(), "value-1", Recording.RECORDED);

            scene.platform.pass(IDLE);

            assertThat(scene.platform.threads()).isEmpty();
        }
    }

    @Test
    void A28_keeperDoesNotEndWhileThereIsWork() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var caller = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));

        scene.platform.pass(Duration.ofMinutes(30));

        assertThat(scene.platform.threads()).contains("onceguard-lease-keeper");
        gate.openAndSettle();
        Expect.executed(caller.result(), "value-1", Recording.RECORDED);
    }

    /** A lease that comes while the keeper, having seen none, is about to end its rounds. */
    @Test
    void A28_keeperThatIsAboutToEndDoesNotMissALease() {
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().platform(counting).build();
        IdempotencyKey first = IdempotencyKey.unscoped("first");
        Expect.executed(executor.execute(first, INPUT, () -> "value"), "value", Recording.RECORDED);
        ManualPlatform.Gate gate = scene.platform.gate();
        AtomicReference<ManualPlatform.Caller<Outcome<String>>> caller = new AtomicReference<>();
        counting.onLook = () -> {
            boolean ends = StackWalker.getInstance()
                    .walk(frames -> frames.limit(3)
                            .anyMatch(frame -> frame.getMethodName().equals("scheduleNext")));
            if (ends && caller.get() == null) {
                caller.set(scene.platform.call(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate))));
                while (gate.arrived() == 0) {
                    Thread.onSpinWait();
                }
            }
        };

        scene.platform.pass(LEASE.multipliedBy(3));

        assertThat(caller.get()).isNotNull();
        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
        assertThat(scene.store.count(Verb.RENEW)).isGreaterThan(3);
        gate.openAndSettle();
        Expect.executed(caller.get().result(), "value-1", Recording.RECORDED);
    }

    /** A lease of a tenth of a second beside one of half a minute; then the short one goes. */
    @Test
    void A28_leasesOfDifferentLengthsAreAllKept() {
        ManualPlatform.Gate brief = scene.platform.gate();
        ManualPlatform.Gate slow = scene.platform.gate();
        IdempotencyExecutor<String> quick =
                scene.atLeastOnce().lease(Duration.ofMillis(100)).build();
        var first = scene.start(() -> scene.atLeastOnce().build().execute(KEY, INPUT, new Scene.Gated(slow)));
        scene.platform.pass(Duration.ofSeconds(7));
        var second = scene.start(() -> quick.execute(IdempotencyKey.unscoped("brief"), INPUT, new Scene.Gated(brief)));
        scene.platform.pass(Duration.ofSeconds(1));
        brief.openAndSettle();
        scene.platform.pass(LEASE.multipliedBy(2));
        slow.openAndSettle();

        Expect.executed(first.result(), "value-1", Recording.RECORDED);
        Expect.executed(second.result(), "value-1", Recording.RECORDED);
        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
    }

    @Test
    void deferredWriterAndCallbacksEndWhenIdleAndStartAgain() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        for (int round = 0; round < 3; round++) {
            IdempotencyKey key = IdempotencyKey.unscoped("key-" + round);
            scene.store.always(Fault.refused());
            scene.store.always(Verb.ACQUIRE, Fault.before(() -> {}));
            Expect.executed(executor.execute(key, INPUT, () -> "value"), "value", Recording.DEFERRED);
            assertThat(scene.platform.threads()).contains("onceguard-deferred-writes");
            scene.store.heal();
            scene.platform.pass(Duration.ofSeconds(1));
            Expect.replayed(executor.execute(key, INPUT, () -> "never"), "value");

            scene.platform.pass(IDLE);

            assertThat(scene.platform.threads()).isEmpty();
        }
    }

    // ---- no thread to be had

    @Test
    void callGoesOnWithoutAKeeperAndTheNextCallStartsIt() {
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().platform(counting).build();
        counting.outOfThreads = true;
        Expect.executed(executor.execute(KEY, INPUT, () -> "value"), "value", Recording.RECORDED);
        counting.outOfThreads = false;

        ManualPlatform.Gate gate = scene.platform.gate();
        var caller = scene.start(() -> executor.execute(IdempotencyKey.unscoped("next"), INPUT, new Scene.Gated(gate)));
        scene.platform.pass(LEASE.multipliedBy(2));

        assertThat(scene.store.count(Verb.RENEW)).isEqualTo(6);
        gate.openAndSettle();
        Expect.executed(caller.result(), "value-1", Recording.RECORDED);
    }

    @Test
    void valueOfTheWorkIsNotLostWhenNoThreadCanWriteItLater() {
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().platform(counting).build();
        Expect.executed(
                executor.execute(IdempotencyKey.unscoped("first"), INPUT, () -> "value"), "value", Recording.RECORDED);
        scene.store.always(Verb.COMPLETE, Fault.refused());
        counting.outOfThreads = true;

        Expect.executed(executor.execute(KEY, INPUT, () -> "value"), "value", Recording.DEFERRED);
        counting.outOfThreads = false;
        IdempotencyKey other = IdempotencyKey.unscoped("other");
        Expect.executed(executor.execute(other, INPUT, () -> "other"), "other", Recording.DEFERRED);
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));

        Expect.replayed(executor.execute(other, INPUT, () -> "never"), "other");
        assertThat(StoreNode.of(scene.store, counting).meetings).isEmpty();
    }

    // ---- what tasks may do

    @Test
    void callbackThatLeavesItsThreadInterruptedStopsNothing() {
        ManualPlatform.Gate gate = scene.platform.gate();
        List<Boolean> flags = new ArrayList<>();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var caller = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            attempt.onLeaseLost(() -> Thread.currentThread().interrupt());
            attempt.onLeaseLost(() -> flags.add(Thread.currentThread().isInterrupted()));
            gate.await();
            return "value";
        }));

        scene.platform.advance(LEASE);

        assertThat(flags).containsExactly(false);
        gate.openAndSettle();
        assertThat(caller.result().hasValue()).isTrue();
        scene.platform.pass(IDLE);
        assertThat(scene.platform.threads()).isEmpty();
    }

    @Test
    void threadsOfTheLibraryInheritNothingFromTheCaller() throws InterruptedException {
        InheritableThreadLocal<String> request = new InheritableThreadLocal<>();
        request.set("request of the first caller");
        AtomicReference<String> inherited = new AtomicReference<>("nothing seen");
        CountDownLatch done = new CountDownLatch(1);

        Thread thread = SystemPlatform.INSTANCE.start("test", () -> {
            inherited.set(request.get());
            done.countDown();
        });
        done.await();

        assertThat(inherited).hasValue(null);
        assertThat(thread.isDaemon()).isTrue();
    }

    // ---- nothing stays behind

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void meetingPlaceIsEmptyAfterAllKindsOfEndings(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        IdempotencyExecutor<String> executor = here.with(guarantee)
                .failOpen()
                .onFailure(IllegalStateException.class, FailurePolicy.RECORD)
                .build();
        Fault[] faults = {null, Fault.refused(), Fault.lostReply(), Fault.lostRequest()};
        Verb[] verbs = {Verb.ACQUIRE, Verb.COMPLETE, Verb.RELEASE, Verb.HOLD, Verb.FIND};
        int number = 0;
        for (Fault fault : faults) {
            for (Verb verb : verbs) {
                here.store.heal();
                if (fault != null) {
                    here.store.always(verb, fault);
                }
                for (int i = 0; i < 20; i++) {
                    IdempotencyKey key = IdempotencyKey.unscoped("key-" + number++);
                    assertThat(executor.execute(key, INPUT, () -> "value").hasValue())
                            .isTrue();
                    assertThat(thrown(executor, key.value() + "-recorded", new IllegalStateException()))
                            .isInstanceOf(IllegalStateException.class);
                    assertThat(thrown(executor, key.value() + "-default", new IllegalArgumentException()))
                            .isInstanceOf(IllegalArgumentException.class);
                }
            }
        }
        here.store.heal();
        here.platform.pass(Duration.ofMinutes(11));

        StoreNode node = StoreNode.of(here.store, here.platform);
        assertThat(node.meetings).isEmpty();
        assertThat(node.deferred.await(0)).isTrue();
        here.platform.pass(IDLE);
        assertThat(here.platform.threads()).isEmpty();
    }

    private static Throwable thrown(IdempotencyExecutor<String> executor, String key, RuntimeException failure) {
        try {
            Outcome<String> outcome = executor.execute(IdempotencyKey.unscoped(key), INPUT, () -> {
                throw failure;
            });
            return new AssertionError("no exception but " + outcome);
        } catch (RuntimeException thrown) {
            return thrown;
        }
    }

    @Test
    void executorsOverOneStoreShareANodeAndAWrapperHasItsOwn() {
        assertThat(StoreNode.of(scene.store, scene.platform)).isSameAs(node());
        assertThat(StoreNode.of(scene.anotherNode(), scene.platform)).isNotSameAs(node());
    }

    /** Two stores that call themselves equal are two stores. */
    @Test
    void storesAreToldApartByIdentity() {
        final class Equal extends DelegatingStore {
            Equal() {
                super(scene.model, false);
            }

            @Override
            public boolean equals(Object other) {
                return other instanceof Equal;
            }

            @Override
            public int hashCode() {
                return 1;
            }
        }
        StoreNode one = StoreNode.of(new Equal(), scene.platform);
        StoreNode two = StoreNode.of(new Equal(), scene.platform);

        assertThat(one).isNotSameAs(two);
        assertThat(StoreNode.of(one.store, scene.platform)).isSameAs(one);
    }

    /** Asks the collector until it has collected, which it must when nothing else holds the store. */
    @Test
    void storeThatNobodyUsesIsCollected() {
        WeakReference<FaultyStore> store = new WeakReference<>(usedAndDropped());
        scene.platform.pass(IDLE);

        while (store.get() != null) { // ended by the timeout of this class
            System.gc();
            Thread.onSpinWait();
        }

        assertThat(store.get()).isNull();
    }

    private FaultyStore usedAndDropped() {
        FaultyStore store = scene.anotherNode();
        IdempotencyExecutor<String> executor =
                scene.with(Guarantee.AT_LEAST_ONCE, store).build();
        store.next(Verb.COMPLETE, Fault.refused());
        Expect.executed(executor.execute(KEY, INPUT, () -> "value"), "value", Recording.DEFERRED);
        scene.platform.pass(Duration.ofSeconds(1));
        assertThat(scene.listener.of(WriteDeferred.class)).hasSize(2);
        return store;
    }
}
