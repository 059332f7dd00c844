package io.onceguard;

import java.util.List;

/** Follows given picks, then takes the plain option; picks that are out of range are plain too. */
final class SimReplay implements SimChoices {

    private final List<Integer> picks;
    private int next;

    SimReplay(List<Integer> picks) {
        this.picks = picks;
    }

    @Override
    public int pick(int[] options, int count) {
        int picked = next < picks.size() ? picks.get(next) : 0;
        next++;
        return picked < count ? picked : 0;
    }

    /** Runs a plan by its picks and returns what happened and what was found. */
    static String trace(SimPlan plan, List<Integer> picks) {
        SimTrace trace = SimTrace.recording();
        try {
            SimWorld.run(plan, new SimReplay(picks), trace);
        } catch (SimViolation violation) {
            trace.say("BROKEN: " + violation.getMessage());
        }
        return plan + "\n" + trace;
    }
}
