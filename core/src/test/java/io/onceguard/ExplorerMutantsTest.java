package io.onceguard;

import static io.onceguard.SimWork.failsAfter;
import static io.onceguard.SimWork.failsBefore;
import static io.onceguard.SimWork.returns;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The search finds every planted fault, and by the fewest deviations from a run in which all goes well: it looks at all
 * runs without one, then with one, and so on. The trace is printed.
 */
class ExplorerMutantsTest {

    private static final int MOST_DEVIATIONS = 3;
    /** Where the fault is near, it is found without the large plans. */
    private static final long[] PREFIXES = {2_000, 20_000, 200_000};

    private static final int AT_ONCE = 2;
    private static final long SLOW = 250_000_000L;

    /** Against these the rules of the store are needed: a caller sees no difference, or too rarely to wait for. */
    private static final Set<MutantStores> UNSEEN_BY_CALLERS = EnumSet.of(
            MutantStores.RENEW_WITHOUT_OWNER,
            MutantStores.RELEASED_ATTEMPT_COMES_BACK,
            MutantStores.HELD_ATTEMPT_COMES_BACK,
            MutantStores.TOKEN_DOES_NOT_RISE,
            MutantStores.RENEW_KEEPS_EXPIRY);

    /**
     * Where faults that need two deviations are looked for: where their verb is used. To rule out a single deviation
     * everywhere else takes minutes. All other faults are looked for in all plans.
     */
    private static final Map<SimFault, String> NEAREST = Map.of(
            MutantExecutors.GIVES_UP_WITHOUT_RELEASING, "two",
            MutantExecutors.DROPS_DEFERRED_WRITES, "two",
            MutantStores.COMPLETE_NOT_REPEATABLE, "two",
            MutantStores.RELEASE_WITHOUT_OWNER, "releases",
            MutantStores.RELEASED_ATTEMPT_COMES_BACK, "releases",
            MutantStores.HOLD_WITHOUT_OWNER, "holds",
            MutantStores.HELD_ATTEMPT_COMES_BACK, "holds");

    private static final Map<Search, Future<String>> SEARCHES = new ConcurrentHashMap<>();
    private static final ExecutorService POOL = Executors.newFixedThreadPool(AT_ONCE);

    @BeforeAll
    static void begin() {
        SimLog.off();
        for (MutantStores fault : MutantStores.values()) {
            begin(fault, true);
        }
        for (MutantStores fault : seenByCallers()) {
            begin(fault, false);
        }
        for (MutantExecutors fault : MutantExecutors.values()) {
            begin(fault, true);
        }
    }

    @AfterAll
    static void end() {
        POOL.shutdownNow();
        SimLog.on();
    }

    @ParameterizedTest
    @EnumSource
    void aFaultyStoreIsFoundByTheRules(MutantStores fault) throws Exception {
        assertThat(shortest(fault, true)).contains("BROKEN: rule ");
    }

    static List<MutantStores> seenByCallers() {
        return List.copyOf(EnumSet.complementOf(EnumSet.copyOf(UNSEEN_BY_CALLERS)));
    }

    @ParameterizedTest
    @MethodSource("seenByCallers")
    void aFaultyStoreIsFoundByWhatCallersAreTold(MutantStores fault) throws Exception {
        assertThat(shortest(fault, false)).contains("BROKEN: ").doesNotContain("BROKEN: rule ");
    }

    /** A fence is no deduplication: the later effect has the higher token, so that nobody downstream refuses it. */
    @Test
    void aFenceDownstreamDoesNotStopASecondEffect() throws Exception {
        assertThat(shortest(MutantStores.FENCED_AT_THE_RESOURCE_ONLY, false))
                .containsSubsequence("token 1", "EFFECT", "token 2", "EFFECT", "BROKEN: no more effects than promised");
    }

    @ParameterizedTest
    @EnumSource
    void aFaultyExecutorIsFound(MutantExecutors fault) throws Exception {
        assertThat(shortest(fault, true)).contains("BROKEN: ").doesNotContain("BROKEN: rule ");
    }

    // ---- the search

    private record Search(SimFault fault, boolean rules) {}

    private static String shortest(SimFault fault, boolean rules) throws Exception {
        String trace = SEARCHES.get(new Search(fault, rules)).get();
        System.out.println(fault + ", found by " + trace + "\n");
        return trace;
    }

    /** All searches begin at once, on all cores; each test waits for its own. */
    private static void begin(SimFault fault, boolean rules) {
        Search search = new Search(fault, rules);
        SEARCHES.put(search, POOL.submit(() -> search(search)));
    }

    private static String search(Search search) {
        for (int deviations = 0; deviations <= MOST_DEVIATIONS; deviations++) {
            List<SimPlan> open = plans(search, deviations);
            for (long enough : PREFIXES) {
                for (SimPlan plan : List.copyOf(open)) {
                    ExplorerSearch.Report report = ExplorerSearch.search(plan, enough);
                    if (report.found() != null) {
                        return deviations + " deviations:\n"
                                + SimReplay.trace(plan, report.found().picks());
                    }
                    if (report.complete()) {
                        open.remove(plan);
                    }
                }
            }
        }
        return "nothing";
    }

    private static List<SimPlan> plans(Search search, int deviations) {
        SimBudget budget = new SimBudget(2, 2, 1, 0, 1, deviations);
        List<SimPlan> planted = new ArrayList<>();
        String nearest = NEAREST.get(search.fault);
        for (SimPlan plan : plans()) {
            if (nearest != null && !plan.name().equals(nearest)) {
                continue;
            }
            SimPlan.Mode mode = search.rules ? plan.mode() : plan.mode().seenByCallersOnly();
            planted.add(plan.with(search.fault).with(mode).with(budget));
        }
        return planted;
    }

    private static List<SimPlan> plans() {
        List<SimPlan> plans = new ArrayList<>();
        for (Guarantee guarantee : List.of(Guarantee.AT_MOST_ONCE, Guarantee.AT_LEAST_ONCE)) {
            plans.add(plan("two", guarantee, on(0, returns(), returns()), on(1, returns(), returns())));
            plans.add(plan("slow", guarantee, on(0, returns().taking(SLOW)), on(1, returns(), returns())));
            plans.add(plan("holds", guarantee, on(0, failsAfter(FailurePolicy.HOLD)), on(1, returns(), returns())));
            plans.add(plan(
                    "releases", guarantee, on(0, failsBefore(FailurePolicy.RELEASE)), on(1, returns(), returns())));
            plans.add(
                    plan("inputs", guarantee, on(0, returns()), on(1, returns()).withInput(1)));
            plans.add(plan("neighbours", guarantee, on(0, returns()), on(0, returns())));
            plans.add(plan(
                    "forgotten",
                    guarantee,
                    on(0, returns().taking(SLOW)),
                    SimCaller.operator(SimCaller.Role.FORGETS, 1),
                    on(1, returns().taking(SLOW))));
        }
        return plans;
    }

    private static SimPlan plan(String name, Guarantee guarantee, SimCaller... callers) {
        return new SimPlan(name, guarantee, SimPlan.Mode.PLAIN, SimBudget.none(), List.of(callers), SimFault.NONE);
    }

    private static SimCaller on(int node, SimWork... tries) {
        return SimCaller.on(node, tries);
    }
}
