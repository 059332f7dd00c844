package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random plans in which every call is one of a batch, under random schedules: requests and replies of each item are lost
 * or late, processes die, leases run out, operators interfere. The rules are those of single calls.
 */
class BatchSimulationTest {

    private static final boolean SOAK = Boolean.getBoolean("onceguard.soak");
    private static final long SCHEDULES = SOAK ? 500_000 : 10_000;
    private static final int AT_ONCE = 2;

    @BeforeAll
    static void silence() {
        SimLog.off();
    }

    @AfterAll
    static void speak() {
        SimLog.on();
    }

    @Test
    void G06_batchesKeepTheRulesOfSingleCallsUnderEveryFault() throws Exception {
        long start = System.nanoTime();
        AtomicLong next = new AtomicLong();
        AtomicLong steps = new AtomicLong();
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                parts.add(pool.submit(() -> {
                    long seed;
                    while ((seed = next.getAndIncrement()) < SCHEDULES) {
                        steps.addAndGet(run(seed));
                    }
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } finally {
            pool.shutdownNow();
        }
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf("simulation of batches: %,d schedules, %,d steps in %s%n", SCHEDULES, steps.get(), time);
        assertThat(SimWorker.ABANDONED).hasValue(0);
    }

    private static int run(long seed) {
        SimPlan plan = SimulationPlans.batched(seed);
        SimRandom random = new SimRandom(seed);
        try {
            return SimWorld.run(plan, random, SimTrace.silent());
        } catch (SimViolation violation) {
            throw new AssertionError(
                    "seed " + seed + ": " + violation.getMessage() + "\n"
                            + SimulationShrinker.shrink(plan, random.picks()).trace(),
                    violation);
        }
    }
}
