package io.onceguard;

import static io.onceguard.SimWork.returns;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Searches the schedules of the executor, up to some number of deviations from a run in which all goes well. */
class ExplorerTest {

    private static final boolean SOAK = Boolean.getBoolean("onceguard.soak");
    private static final long ENOUGH_PER_PLAN = SOAK ? 300_000 : 24_000;
    private static final long ENOUGH = SOAK ? 1_000_000 : 200_000;
    private static final int AT_ONCE = 2;
    private static final long SLOW = 120_000_000L;
    private static final long BRIEF = 20_000_000L;

    private static final ExecutorService POOL = Executors.newFixedThreadPool(AT_ONCE);

    @BeforeAll
    static void silence() {
        SimLog.off();
    }

    @AfterAll
    static void speak() {
        POOL.shutdownNow();
        SimLog.on();
    }

    @Test
    void everyConfigurationKeepsTheRules() throws Exception {
        long start = System.nanoTime();
        Map<SimPlan, Future<Long>> searches = new LinkedHashMap<>();
        faultsThatWereThere().forEach(plan -> searches.put(plan, POOL.submit(() -> whole(plan))));
        ExplorerPlans.all().forEach(plan -> searches.put(plan, POOL.submit(() -> deepest(plan))));
        Map<List<?>, Long> distinct = new HashMap<>(); // of two searches in one configuration, one may hold the other
        for (Map.Entry<SimPlan, Future<Long>> search : searches.entrySet()) {
            SimPlan plan = search.getKey();
            List<?> configuration = List.of(plan.guarantee(), plan.mode(), plan.callers());
            distinct.merge(configuration, search.getValue().get(), Math::max);
        }
        long prefixes = distinct.values().stream().mapToLong(Long::longValue).sum();
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf("explorer: %,d distinct prefixes in %s%n", prefixes, time);
        assertThat(prefixes).isGreaterThanOrEqualTo(ENOUGH);
        assertThat(SimWorker.ABANDONED).hasValue(0);
    }

    /** Allows one deviation more as long as that seems to be affordable; the last search holds all prefixes before. */
    private static long deepest(SimPlan plan) {
        double growth = 0;
        long before = 0;
        for (int deviations = 1; ; deviations++) {
            SimBudget budget = new SimBudget(deviations, deviations, Math.min(2, deviations), 1, 1, deviations);
            ExplorerSearch.Report report = search(plan.with(budget));
            growth = before == 0 ? report.prefixes() / 4.0 : 0.7 * report.prefixes() / before;
            before = report.prefixes();
            if (before * growth > ENOUGH_PER_PLAN) {
                System.out.printf(
                        "explorer: %s, %s: all of %,d prefixes with up to %d deviations, %,d runs%n",
                        plan.name(), plan.guarantee(), before, deviations, report.runs());
                return before;
            }
        }
    }

    private static long whole(SimPlan plan) {
        long prefixes = search(plan).prefixes();
        System.out.printf("explorer: %s: all of %,d prefixes%n", plan.name(), prefixes);
        return prefixes;
    }

    private static ExplorerSearch.Report search(SimPlan plan) {
        ExplorerSearch.Report report = ExplorerSearch.search(plan, Long.MAX_VALUE);
        if (report.found() != null) {
            throw new AssertionError(SimReplay.trace(plan, report.found().picks()));
        }
        assertThat(report.complete()).isTrue();
        return report;
    }

    /** Configurations that lead straight to a fault that was there once. */
    static Stream<SimPlan> faultsThatWereThere() {
        SimCaller quick = SimCaller.on(0, returns());
        SimCaller slow = SimCaller.on(0, returns().taking(SLOW));
        SimCaller brief = SimCaller.on(0, returns().taking(BRIEF));
        SimCaller remote = SimCaller.on(1, returns());
        SimCaller forgets = SimCaller.operator(SimCaller.Role.FORGETS, 0);
        SimBudget none = SimBudget.none();
        return Stream.of(
                SimPlan.atMostOnce("a grant comes too late, and the repeated acquire fails", quick)
                        .with(none.withLosses(1).withJumps(1)),
                SimPlan.atMostOnce("a follower hears of an abandoned record that is completed", brief, remote, remote)
                        .with(none.withPreemptions(2).withJumps(1).withDeviations(4)),
                SimPlan.atMostOnce("an operator detaches the attempt that began after", quick, slow, forgets)
                        .with(none.withPreemptions(2)),
                SimPlan.atMostOnce("a late leader takes the place of a later attempt", quick, slow, forgets)
                        .with(none.withPreemptions(1).withDeviations(3)),
                SimPlan.atMostOnce("a renewal is refused because the attempt has ended well", quick)
                        .with(none.withLosses(2)));
    }

    @Test
    void thePicksDecideTheRun() {
        SimPlan plan = ExplorerPlans.all().get(0);
        SimPlan broken = plan.with(MutantStores.COMPLETED_IS_GRANTED)
                .with(plan.mode().seenByCallersOnly())
                .with(List.of(SimCaller.on(0, returns()), SimCaller.on(1, returns())));
        ExplorerSearch.Found found = ExplorerSearch.search(broken, ENOUGH).found();

        String trace = SimReplay.trace(broken, found.picks());

        assertThat(trace).contains("BROKEN: " + found.rule()).isEqualTo(SimReplay.trace(broken, found.picks()));
    }
}
