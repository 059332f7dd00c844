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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random plans and random schedules; one seed decides both, and a broken seed is made small before it is shown. */
class SimulationTest {

    private static final boolean SOAK = Boolean.getBoolean("onceguard.soak");
    private static final long SCHEDULES = SOAK ? 2_000_000 : 50_000;
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
    void randomSchedulesKeepTheRules() throws Exception {
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
                        steps.addAndGet(run(SimulationPlans.of(seed), seed));
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
        System.out.printf("simulation: %,d schedules, %,d steps in %s%n", SCHEDULES, steps.get(), time);
        assertThat(SimWorker.ABANDONED).hasValue(0);
    }

    /**
     * A release was applied, its replies were lost, and the next attempt was taken for a thief. The answer to a renewal was
     * on its way while an operator had moved the record and time went on, which is nobody's fault.
     */
    @ParameterizedTest
    @ValueSource(longs = {978_394, 1_311_554})
    void aSeedThatWasBrokenIsNoMore(long seed) {
        assertThat(run(SimulationPlans.of(seed), seed)).isPositive();
    }

    private static int run(SimPlan plan, long seed) {
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

    @Test
    void aSeedAlwaysGivesTheSameTrace() {
        for (long seed = 0; seed < 200; seed++) {
            SimRandom first = new SimRandom(seed);
            String trace = trace(seed, first);
            assertThat(trace(seed, new SimRandom(seed))).as("seed %s", seed).isEqualTo(trace);
            assertThat(trace(seed, new SimReplay(first.picks())))
                    .as("picks of seed %s", seed)
                    .isEqualTo(trace);
        }
    }

    private static String trace(long seed, SimChoices choices) {
        SimTrace trace = SimTrace.recording();
        SimWorld.run(SimulationPlans.of(seed), choices, trace);
        return trace.toString();
    }

    @Test
    void aBrokenSeedIsMadeSmall() {
        long seed = 0;
        SimulationShrinker.Broken broken = null;
        int callers = 0;
        for (; broken == null; seed++) {
            SimPlan plan = SimulationPlans.of(seed).with(MutantExecutors.LOSER_TELLS_ITS_OWN_VALUE);
            SimRandom random = new SimRandom(seed);
            try {
                SimWorld.run(plan, random, SimTrace.silent());
            } catch (SimViolation violation) {
                callers = plan.callers().size();
                broken = SimulationShrinker.shrink(plan, random.picks());
            }
        }
        System.out.println(
                "simulation: seed " + (seed - 1) + ", " + callers + " callers, made small:\n" + broken.trace());
        assertThat(broken.plan().callers()).hasSizeLessThan(4);
        assertThat(broken.trace()).contains("BROKEN: " + broken.rule());
        assertThat(broken.trace()).isEqualTo(broken.trace());
    }
}
