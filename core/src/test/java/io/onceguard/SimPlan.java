package io.onceguard;

import java.util.List;

/**
 * What a run is made of, apart from its picks.
 *
 * @param name says what it is about
 * @param guarantee of the operation
 * @param mode how it is run
 * @param budget how much may go wrong
 * @param callers who calls
 * @param fault what is planted, if anything
 */
record SimPlan(String name, Guarantee guarantee, Mode mode, SimBudget budget, List<SimCaller> callers, SimFault fault) {

    static final long LEASE = 100_000_000L;
    static final long RETENTION = 3_600_000_000_000L;

    /**
     * How a plan is run.
     *
     * @param local whether the store says that it is local
     * @param fine whether the looks at the clock are points too
     * @param reconciles whether the operation has a reconciler, which knows the truth
     * @param retention of the records, in nanoseconds
     * @param rules whether each step of the store is checked, or only what callers can see
     * @param batched whether each call is one of a batch: with a call for every other key of the plan, and with itself
     */
    record Mode(boolean local, boolean fine, boolean reconciles, long retention, boolean rules, boolean batched) {
        static final Mode PLAIN = new Mode(false, false, false, RETENTION, true, false);

        Mode onLocalStore() {
            return new Mode(true, fine, reconciles, retention, rules, batched);
        }

        Mode finely() {
            return new Mode(local, true, reconciles, retention, rules, batched);
        }

        Mode reconciling() {
            return new Mode(local, fine, true, retention, rules, batched);
        }

        Mode retaining(long nanos) {
            return new Mode(local, fine, reconciles, nanos, rules, batched);
        }

        Mode seenByCallersOnly() {
            return new Mode(local, fine, reconciles, retention, false, batched);
        }

        Mode inBatches() {
            return new Mode(local, fine, reconciles, retention, rules, true);
        }
    }

    static SimPlan atMostOnce(String name, SimCaller... callers) {
        return new SimPlan(name, Guarantee.AT_MOST_ONCE, Mode.PLAIN, SimBudget.none(), List.of(callers), SimFault.NONE);
    }

    static SimPlan atLeastOnce(String name, SimCaller... callers) {
        return new SimPlan(
                name, Guarantee.AT_LEAST_ONCE, Mode.PLAIN, SimBudget.none(), List.of(callers), SimFault.NONE);
    }

    SimPlan with(SimBudget other) {
        return new SimPlan(name, guarantee, mode, other, callers, fault);
    }

    SimPlan with(Mode other) {
        return new SimPlan(name, guarantee, other, budget, callers, fault);
    }

    SimPlan with(SimFault other) {
        return new SimPlan(name, guarantee, mode, budget, callers, other);
    }

    SimPlan with(List<SimCaller> others) {
        return new SimPlan(name, guarantee, mode, budget, others, fault);
    }

    boolean atMostOnce() {
        return guarantee == Guarantee.AT_MOST_ONCE;
    }

    /** Whether an operator moves records. */
    boolean operated() {
        return callers.stream().anyMatch(SimCaller::isOperator);
    }

    int nodes() {
        return callers.stream().mapToInt(SimCaller::node).max().orElse(-1) + 1;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name + ", " + guarantee + ", " + mode + ", " + budget);
        for (int i = 0; i < callers.size(); i++) {
            text.append("\n  caller ").append(i).append(": ").append(callers.get(i));
        }
        return text.toString();
    }
}
