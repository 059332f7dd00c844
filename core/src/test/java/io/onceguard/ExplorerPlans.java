package io.onceguard;

import static io.onceguard.FailurePolicy.HOLD;
import static io.onceguard.FailurePolicy.RECORD;
import static io.onceguard.FailurePolicy.RELEASE;
import static io.onceguard.SimWork.failsAfter;
import static io.onceguard.SimWork.failsBefore;
import static io.onceguard.SimWork.returns;

import java.util.ArrayList;
import java.util.List;

/** The configurations that are searched: two and three callers, one and two processes, every policy. */
final class ExplorerPlans {

    private static final long MILLIS = 1_000_000L;
    private static final long PATIENCE = 500 * MILLIS;
    /** Longer than a lease. */
    private static final long SLOW = 120 * MILLIS;

    private static final SimPlan.Mode FINE = SimPlan.Mode.PLAIN.finely();
    private static final SimPlan.Mode LOCAL = FINE.onLocalStore();
    private static final SimPlan.Mode RECONCILING = SimPlan.Mode.PLAIN.reconciling();

    private ExplorerPlans() {}

    /** All configurations, each at most once and at least once. */
    static List<SimPlan> all() {
        List<SimPlan> plans = new ArrayList<>();
        for (Guarantee guarantee : List.of(Guarantee.AT_MOST_ONCE, Guarantee.AT_LEAST_ONCE)) {
            plans.addAll(oneProcess(guarantee));
            plans.addAll(twoProcesses(guarantee));
            plans.addAll(operators(guarantee));
        }
        return plans;
    }

    private static List<SimPlan> oneProcess(Guarantee guarantee) {
        return List.of(
                plan("one caller", guarantee, SimPlan.Mode.PLAIN, on(0, returns(), returns())),
                plan(
                        "a slow caller",
                        guarantee,
                        SimPlan.Mode.PLAIN,
                        on(0, returns().taking(SLOW))),
                plan("two reject", guarantee, FINE, on(0, returns(), returns()), on(0, returns(), returns())),
                plan("two wait", guarantee, FINE, patient(0, returns()), patient(0, returns())),
                plan("two on a local store", guarantee, LOCAL, on(0, returns(), returns()), patient(0, returns())),
                plan(
                        "three, the first fails",
                        guarantee,
                        FINE,
                        on(0, failsBefore(RELEASE)),
                        patient(0, returns()),
                        on(0, returns())),
                plan(
                        "other input",
                        guarantee,
                        FINE,
                        on(0, failsBefore(RELEASE)),
                        patient(0, returns()).withInput(1)),
                plan(
                        "slow and rejected",
                        guarantee,
                        SimPlan.Mode.PLAIN,
                        on(0, returns().taking(SLOW)),
                        on(0, returns(), returns())));
    }

    private static List<SimPlan> twoProcesses(Guarantee guarantee) {
        SimPlan.Mode plain = SimPlan.Mode.PLAIN;
        return List.of(
                plan("two and two tries", guarantee, plain, on(0, returns(), returns()), on(1, returns(), returns())),
                plan("remote waiters", guarantee, plain, patient(0, returns()), patient(1, returns())),
                plan(
                        "fails and releases",
                        guarantee,
                        plain,
                        on(0, failsBefore(RELEASE), returns()),
                        on(1, failsBefore(RELEASE), returns())),
                plan(
                        "fails and holds",
                        guarantee,
                        plain,
                        patient(0, failsAfter(HOLD), returns()),
                        on(1, failsBefore(HOLD), returns())),
                plan(
                        "fails and records",
                        guarantee,
                        plain,
                        patient(0, failsAfter(RECORD), returns()),
                        on(1, returns(), returns())),
                plan("three", guarantee, plain, on(0, returns()), on(1, returns()), on(1, returns())),
                plan(
                        "three, slow, waiting",
                        guarantee,
                        plain,
                        patient(0, returns().taking(SLOW)),
                        patient(0, returns()),
                        patient(1, returns())),
                plan(
                        "both slow",
                        guarantee,
                        plain,
                        on(0, returns().taking(SLOW)),
                        on(1, returns().taking(SLOW))),
                plan(
                        "inputs",
                        guarantee,
                        plain,
                        on(0, returns()),
                        patient(0, returns()).withInput(1),
                        on(1, returns()).withInput(1)),
                plan("reconciled", guarantee, RECONCILING, on(0, returns()), on(1, returns(), returns())));
    }

    private static List<SimPlan> operators(Guarantee guarantee) {
        SimCaller forgets = SimCaller.operator(SimCaller.Role.FORGETS, 0);
        SimCaller resolves = SimCaller.operator(SimCaller.Role.RESOLVES, 1);
        return List.of(
                plan(
                        "forgotten",
                        guarantee,
                        SimPlan.Mode.PLAIN,
                        on(0, returns()),
                        on(0, returns().taking(SLOW)),
                        forgets),
                plan(
                        "resolved",
                        guarantee,
                        SimPlan.Mode.PLAIN,
                        on(0, failsBefore(HOLD), returns()),
                        on(1, returns()),
                        resolves));
    }

    private static SimPlan plan(String name, Guarantee guarantee, SimPlan.Mode mode, SimCaller... callers) {
        return new SimPlan(name, guarantee, mode, SimBudget.none(), List.of(callers), SimFault.NONE);
    }

    private static SimCaller on(int node, SimWork... tries) {
        return SimCaller.on(node, tries);
    }

    private static SimCaller patient(int node, SimWork... tries) {
        return SimCaller.on(node, tries).waiting(PATIENCE);
    }
}
