package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.spi.IdempotencyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Eight threads race for one fresh key, ten thousand times; real threads, real time. Rounds alternate between the wait
 * policies, and every two rounds between the guarantees.
 */
@Timeout(120)
class RaceTest {

    private static final int ROUNDS = 10_000;
    private static final int THREADS = 8;

    private static ExecutorService threads;

    @BeforeAll
    static void startThreads() {
        threads = Executors.newFixedThreadPool(THREADS);
    }

    @AfterAll
    static void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void A07_oneEffectPerRoundOnOneRemoteStoreInstance() throws Exception {
        IdempotencyStore store = new DelegatingStore(new ModelStore(System::nanoTime), false);
        race(List.of(store));
    }

    @Test
    void A07_oneEffectPerRoundOnOneLocalStoreInstance() throws Exception {
        IdempotencyStore store = new DelegatingStore(new ModelStore(System::nanoTime), true);
        race(List.of(store));
    }

    @Test
    void A07_oneEffectPerRoundOnEightNodesOverOneStore() throws Exception {
        ModelStore model = new ModelStore(System::nanoTime);
        List<IdempotencyStore> nodes = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            nodes.add(new DelegatingStore(model, false));
        }
        race(nodes);
    }

    private static boolean waits(int round) {
        return round % 2 == 1;
    }

    private static void race(List<IdempotencyStore> nodes) throws Exception {
        Tally tally = new Tally();
        CyclicBarrier round = new CyclicBarrier(THREADS, tally::endRound); // the end of one round starts the next
        List<Future<?>> racers = new ArrayList<>();
        for (int racer = 0; racer < THREADS; racer++) {
            IdempotencyStore node = nodes.get(racer % nodes.size());
            List<IdempotencyExecutor<String>> executors = List.of(
                    IdempotencyExecutor.atLeastOnce("race", ResultCodec.utf8(), node)
                            .build(),
                    IdempotencyExecutor.atMostOnce("race", ResultCodec.utf8(), node)
                            .build());
            int place = racer;
            racers.add(threads.submit(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    tally.outcomes.set(place, tally.call(executors.get(i / 2 % 2), i));
                    round.await(60, TimeUnit.SECONDS);
                }
                return null;
            }));
        }
        try {
            for (Future<?> each : racers) {
                each.get(100, TimeUnit.SECONDS);
            }
        } catch (ExecutionException failure) {
            if (tally.failure != null) {
                throw tally.failure; // what the others met is a broken barrier
            }
            throw failure;
        }
        assertThat(tally.rounds).isEqualTo(ROUNDS);
        assertThat(tally.allEffects).isEqualTo(ROUNDS);
        assertThat(tally.rejected).isPositive();
        assertThat(tally.replayed).isGreaterThanOrEqualTo(ROUNDS / 2 * (THREADS - 1));
    }

    /** What happened, round by round. */
    private static final class Tally {

        final AtomicReferenceArray<Outcome<String>> outcomes = new AtomicReferenceArray<>(THREADS);
        final AtomicInteger effects = new AtomicInteger();
        int rounds;
        int allEffects;
        int rejected;
        int replayed;
        volatile @Nullable AssertionError failure;

        Outcome<String> call(IdempotencyExecutor<String> executor, int round) {
            WaitPolicy waiting = waits(round) ? WaitPolicy.upTo(Duration.ofSeconds(30)) : WaitPolicy.reject();
            IdempotencyKey key = IdempotencyKey.unscoped("round-" + round);
            return executor.execute(
                    IdempotentCall.of(key, INPUT).waiting(waiting),
                    () -> "round " + round + " effect " + effects.incrementAndGet());
        }

        /** Runs on the last thread of the round. */
        void endRound() {
            try {
                check();
            } catch (AssertionError wrong) {
                failure = wrong;
                throw wrong;
            }
        }

        private void check() {
            String value = "round " + rounds + " effect 1";
            int executed = 0;
            for (int i = 0; i < THREADS; i++) {
                Outcome<String> outcome = outcomes.get(i);
                if (outcome instanceof Executed<String> it) {
                    assertThat(it.recording()).isEqualTo(Recording.RECORDED);
                    executed++;
                } else if (outcome instanceof Replayed<String>) {
                    replayed++;
                } else {
                    assertThat(outcome).as("round " + rounds).isInstanceOf(InProgress.class);
                    assertThat(waits(rounds))
                            .as("a waiting caller was rejected")
                            .isFalse();
                    rejected++;
                    continue;
                }
                assertThat(outcome.orElseThrow()).isEqualTo(value);
            }
            assertThat(executed).as("round " + rounds).isEqualTo(1);
            assertThat(effects.get()).as("round " + rounds).isEqualTo(1);
            allEffects += effects.getAndSet(0);
            rounds++;
        }
    }
}
