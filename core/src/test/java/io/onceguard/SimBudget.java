package io.onceguard;

/**
 * How much may go wrong in one run.
 *
 * @param preemptions switches away from a thread that could go on
 * @param losses requests and replies that are lost or late, and refused connections
 * @param jumps times that the clock moves although a thread could run: a pause of everything, past the leases or
 *     ({@code ticks}) to the next wake-up
 * @param ticks see jumps
 * @param crashes processes that die
 * @param deviations picks of anything but the plain option, all kinds together
 */
record SimBudget(int preemptions, int losses, int jumps, int ticks, int crashes, int deviations) {

    static final int ANY = Integer.MAX_VALUE;

    static SimBudget none() {
        return new SimBudget(0, 0, 0, 0, 0, ANY);
    }

    SimBudget withPreemptions(int next) {
        return new SimBudget(next, losses, jumps, ticks, crashes, deviations);
    }

    SimBudget withLosses(int next) {
        return new SimBudget(preemptions, next, jumps, ticks, crashes, deviations);
    }

    SimBudget withJumps(int next) {
        return new SimBudget(preemptions, losses, next, ticks, crashes, deviations);
    }

    SimBudget withTicks(int next) {
        return new SimBudget(preemptions, losses, jumps, next, crashes, deviations);
    }

    SimBudget withCrashes(int next) {
        return new SimBudget(preemptions, losses, jumps, ticks, next, deviations);
    }

    SimBudget withDeviations(int next) {
        return new SimBudget(preemptions, losses, jumps, ticks, crashes, next);
    }
}
