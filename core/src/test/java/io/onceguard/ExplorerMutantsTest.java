package io.onceguard;

import static io.onceguard.SimWork.failsAfter;
import static io.onceguard.SimWork.failsBefore;
import static io.onceguard.SimWork.returns;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The search finds every planted fault, and by the fewest deviations from a run in which all goes well: it looks at all
 * runs without one, then with one, and so on. The trace is printed.
 */
class ExplorerMutantsTest {

    private static final int MOST_DEVIATIONS = 3;
    private static final long ENOUGH = 200_000;
    private static final long SLOW = 250_000_000L;

    /** Against these the rules of the store are needed: a caller sees no difference, or too rarely to wait for. */
    private static final Set<MutantStores> UNSEEN_BY_CALLERS = EnumSet.of(
            MutantStores.RENEW_WITHOUT_OWNER,
            MutantStores.RELEASED_ATTEMPT_COMES_BACK,
            MutantStores.TOKEN_DOES_NOT_RISE,
            MutantStores.RENEW_KEEPS_EXPIRY);

    @BeforeAll
    static void silence() {
        SimLog.off();
    }

    @AfterAll
    static void speak() {
        SimLog.on();
    }

    @ParameterizedTest
    @EnumSource
    void aFaultyStoreIsFoundByTheRules(MutantStores fault) {
        assertThat(shortest(fault, true)).contains("BROKEN: rule ");
    }

    static List<MutantStores> seenByCallers() {
        return List.copyOf(EnumSet.complementOf(EnumSet.copyOf(UNSEEN_BY_CALLERS)));
    }

    @ParameterizedTest
    @MethodSource("seenByCallers")
    void aFaultyStoreIsFoundByWhatCallersAreTold(MutantStores fault) {
        assertThat(shortest(fault, false)).contains("BROKEN: ").doesNotContain("BROKEN: rule ");
    }

    @ParameterizedTest
    @EnumSource
    void aFaultyExecutorIsFound(MutantExecutors fault) {
        assertThat(shortest(fault, true)).contains("BROKEN: ").doesNotContain("BROKEN: rule ");
    }

    private static String shortest(SimFault fault, boolean rules) {
        for (int deviations = 0; deviations <= MOST_DEVIATIONS; deviations++) {
            for (SimPlan plan : plans()) {
                SimPlan.Mode mode = rules ? plan.mode() : plan.mode().seenByCallersOnly();
                SimBudget budget = new SimBudget(2, 2, 1, 0, 1, deviations);
                SimPlan planted = plan.with(fault).with(mode).with(budget);
                ExplorerSearch.Found found =
                        ExplorerSearch.search(planted, ENOUGH).found();
                if (found != null) {
                    String trace = SimReplay.trace(planted, found.picks());
                    System.out.println(fault + ", found by " + deviations + " deviations:\n" + trace + "\n");
                    return trace;
                }
            }
        }
        return "nothing was found";
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
