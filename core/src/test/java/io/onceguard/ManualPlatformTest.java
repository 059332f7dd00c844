package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.ManualPlatform.Gate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The fixture itself: a test that waits for the wrong thing proves nothing. */
@Timeout(30)
class ManualPlatformTest {

    private final ManualPlatform platform = new ManualPlatform();

    @Test
    void parkedThreadWakesAtItsDeadlineAndNotBefore() {
        Caller<Long> sleeper = platform.call(() -> {
            platform.park(this, Duration.ofSeconds(3).toNanos());
            return platform.elapsed();
        });

        platform.advance(Duration.ofSeconds(3).minusNanos(1));
        platform.awaitParked(sleeper.thread());
        assertThat(sleeper.isDone()).isFalse();

        platform.advance(Duration.ofNanos(1));
        assertThat(sleeper.result()).isEqualTo(3_000_000_000L);
    }

    @Test
    void unparkBeforeParkIsNotLostAndIsUsedUp() {
        Gate gate = platform.gate();
        Caller<Integer> caller = platform.call(() -> {
            gate.await();
            platform.park(this, Long.MAX_VALUE);
            platform.park(this, Long.MAX_VALUE);
            return 1;
        });
        platform.settle();
        platform.unpark(caller.thread());
        platform.unpark(caller.thread());
        assertThat(gate.arrived()).isEqualTo(1);

        gate.openAndSettle();
        assertThat(caller.isDone()).isFalse();

        platform.unpark(caller.thread());
        assertThat(caller.result()).isEqualTo(1);
    }

    @Test
    void interruptEndsParkAndKeepsTheFlag() {
        Caller<Integer> caller = platform.call(() -> {
            platform.park(this, Long.MAX_VALUE);
            platform.park(this, Long.MAX_VALUE); // returns at once
            return 1;
        });
        platform.settle();
        caller.interrupt();

        assertThat(caller.result()).isEqualTo(1);
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
    }

    @Test
    void uninterruptibleGateHoldsAnInterruptedThread() {
        Gate gate = platform.gate();
        Caller<Integer> caller = platform.call(() -> {
            gate.awaitUninterruptibly();
            return 1;
        });
        platform.settle();
        caller.interrupt();
        platform.settle();
        assertThat(caller.isDone()).isFalse();

        gate.open();
        assertThat(caller.result()).isEqualTo(1);
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
    }

    @Test
    void passStopsAtEachDeadlineAndAdvanceJumps() {
        List<Long> woken = new ArrayList<>();
        Caller<Integer> caller = platform.call(() -> {
            for (int i = 0; i < 4; i++) {
                platform.park(this, 1_000_000_000L);
                woken.add(platform.elapsed());
            }
            return 1;
        });

        platform.pass(Duration.ofSeconds(2));
        assertThat(woken).containsExactly(1_000_000_000L, 2_000_000_000L);

        platform.advance(Duration.ofSeconds(5));
        assertThat(woken).containsExactly(1_000_000_000L, 2_000_000_000L, 7_000_000_000L);

        platform.pass(Duration.ofSeconds(1));
        assertThat(caller.result()).isEqualTo(1);
        assertThat(platform.threads()).isEmpty();
    }

    @Test
    void clockOverflowsOnTheWay() {
        long before = platform.nanoTime();
        platform.advance(Duration.ofSeconds(30));

        assertThat(platform.nanoTime()).isNegative();
        assertThat(platform.nanoTime() - before).isEqualTo(30_000_000_000L);
    }

    @Test
    void scriptedFaultsMeetTheirCallOnly() {
        Scene scene = new Scene(Scene.Kind.REMOTE);
        scene.store.on(Verb.FIND, 2, Fault.lostRequest());
        scene.store.find(Scene.id(Scene.KEY));

        assertThat(platform.call(() -> scene.store.find(Scene.id(Scene.KEY))).failure())
                .hasMessage("fault: lost request");
        assertThat(scene.store.find(Scene.id(Scene.KEY))).isEmpty();
        assertThat(scene.store.verbs()).containsExactly(Verb.FIND, Verb.FIND, Verb.FIND);

        Outcome<String> outcome = scene.atLeastOnce().build().execute(Scene.KEY, Scene.INPUT, new Scene.Counted());
        assertThat(outcome.hasValue()).isTrue();
        assertThat(scene.row()).isNotNull();
    }
}
