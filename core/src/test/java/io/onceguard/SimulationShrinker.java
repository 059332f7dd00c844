package io.onceguard;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Makes a broken run smaller: fewer callers, fewer tries, fewer picks that are not plain, as long as it stays broken. */
final class SimulationShrinker {

    private static final int MAX_RUNS = 20_000;
    private static final int MOST_DEVIATIONS = 3;
    private static final long ENOUGH_PREFIXES = 5_000;
    private static final int ENOUGH_SEEDS = 300;

    private SimPlan plan;
    private List<Integer> picks;
    private int runs;

    /** A broken run: the plan, the picks, and the rule. */
    record Broken(SimPlan plan, List<Integer> picks, String rule) {

        String trace() {
            return SimReplay.trace(plan, picks);
        }
    }

    private SimulationShrinker(SimPlan plan, List<Integer> picks) {
        this.plan = plan;
        this.picks = picks;
    }

    static Broken shrink(SimPlan plan, List<Integer> picks) {
        SimulationShrinker shrinker = new SimulationShrinker(plan, picks);
        boolean smaller = true;
        while (smaller && shrinker.runs < MAX_RUNS) {
            smaller = shrinker.dropCallers();
            smaller |= shrinker.dropTries();
            smaller |= shrinker.plainPicks();
        }
        return new Broken(shrinker.plan, shrinker.picks, rule(shrinker.plan, shrinker.picks));
    }

    private boolean dropCallers() {
        boolean smaller = false;
        for (int i = plan.callers().size() - 1; i >= 0 && plan.callers().size() > 1; i--) {
            List<SimCaller> fewer = new ArrayList<>(plan.callers());
            fewer.remove(i);
            smaller |= acceptOrSearch(plan.with(fewer));
        }
        return smaller;
    }

    private boolean dropTries() {
        boolean smaller = false;
        for (int i = 0; i < plan.callers().size(); i++) {
            SimCaller caller = plan.callers().get(i);
            int tries = caller.tries().size();
            if (tries > 0) { // without any, the caller still has its place among the threads
                List<SimCaller> callers = new ArrayList<>(plan.callers());
                callers.set(i, caller.trying(caller.tries().subList(0, tries - 1)));
                smaller |= acceptOrSearch(plan.with(callers));
            }
        }
        return smaller;
    }

    /** Makes long stretches plain, then shorter ones; plain picks at the end need not be kept. */
    private boolean plainPicks() {
        boolean smaller = false;
        for (int stretch = Math.max(1, picks.size() / 2); stretch > 0; stretch /= 2) {
            for (int from = picks.size() - stretch; from >= 0; from = Math.min(from, picks.size()) - stretch) {
                List<Integer> plainer = new ArrayList<>(picks);
                Collections.fill(plainer.subList(from, from + stretch), 0);
                smaller |= !plainer.equals(picks) && accept(plan, withoutTail(plainer));
            }
        }
        return smaller;
    }

    private static List<Integer> withoutTail(List<Integer> picks) {
        int length = picks.size();
        while (length > 0 && picks.get(length - 1) == 0) {
            length--;
        }
        return List.copyOf(picks.subList(0, length));
    }

    /**
     * The picks of a plan mean something else in a smaller one. If only few of them are not plain, the smaller plan is
     * searched for a run that deviates as little; else it is run at random.
     */
    private boolean acceptOrSearch(SimPlan smallerPlan) {
        if (accept(smallerPlan, picks)) {
            return true;
        }
        int deviations = (int) picks.stream().filter(pick -> pick > 0).count();
        if (deviations > MOST_DEVIATIONS) {
            return acceptAtRandom(smallerPlan);
        }
        SimPlan bounded = smallerPlan.with(smallerPlan.budget().withDeviations(deviations));
        ExplorerSearch.Found found =
                ExplorerSearch.search(bounded, ENOUGH_PREFIXES).found();
        return found != null && accept(bounded, withoutTail(found.picks()));
    }

    private boolean acceptAtRandom(SimPlan smallerPlan) {
        for (long seed = 0; seed < ENOUGH_SEEDS && runs < MAX_RUNS; seed++) {
            runs++;
            SimRandom random = new SimRandom(seed);
            try {
                SimWorld.run(smallerPlan, random, SimTrace.silent());
            } catch (SimViolation violation) {
                return accept(smallerPlan, random.picks());
            }
        }
        return false;
    }

    private boolean accept(SimPlan smallerPlan, List<Integer> smallerPicks) {
        runs++;
        if (runs > MAX_RUNS || rule(smallerPlan, smallerPicks) == null) {
            return false;
        }
        plan = smallerPlan;
        picks = smallerPicks;
        return true;
    }

    private static String rule(SimPlan plan, List<Integer> picks) {
        try {
            SimWorld.run(plan, new SimReplay(picks), SimTrace.silent());
            return null;
        } catch (SimViolation violation) {
            return violation.getMessage();
        }
    }
}
