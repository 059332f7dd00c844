package io.onceguard;

import io.onceguard.SimScheduler.Point;
import java.util.List;

/** What may be picked at each point of a run, within its budget. */
final class SimMenu {

    private static final int MAX_OPTIONS = 256;

    private final SimChoices choices;
    private final SimBudget budget;
    private final SimTrace trace;
    private final List<SimThread> threads;
    private final SimEnvironment environment;
    private final Used used = new Used();
    private final int[] options = new int[MAX_OPTIONS];
    private int count;
    private boolean closed;

    /** What of a budget was used. */
    static final class Used {
        int preemptions;
        int losses;
        int jumps;
        int ticks;
        int crashes;
        int deviations;

        /** How often time has moved although somebody could have gone on: as if those had been paused. */
        int timeMoves() {
            return jumps + ticks;
        }
    }

    /** Who decides, within which budget, and who hears of it. */
    record Rules(SimChoices choices, SimBudget budget, SimTrace trace) {}

    SimMenu(Rules rules, List<SimThread> threads, SimEnvironment environment) {
        this.choices = rules.choices;
        this.budget = rules.budget;
        this.trace = rules.trace;
        this.threads = threads;
        this.environment = environment;
    }

    Used used() {
        return used;
    }

    /** From here on everything goes well. */
    void close() {
        closed = true;
    }

    /** Picks what happens where the running thread could go on. */
    int at(SimThread me, Point reach) {
        count = 0;
        add(SimOption.GO_ON);
        if (mayDeviate()) {
            others(me, reach);
            if (reach == Point.VISIBLE) {
                arrivals();
                addIf(used.crashes < budget.crashes(), SimOption.CRASH);
            }
            time();
        }
        return pick();
    }

    private void others(SimThread me, Point reach) {
        if (used.preemptions < budget.preemptions()) {
            for (SimThread other : threads) {
                boolean matters = reach == Point.VISIBLE || other.node == me.node;
                addIf(other != me && matters && other.canRun(environment.now()), SimOption.THREAD + other.number);
            }
        }
    }

    /** Picks what happens where the running thread cannot go on; -1 if nothing can ever happen again. */
    int next() {
        count = 0;
        for (SimThread thread : threads) {
            addIf(thread.canRun(environment.now()), SimOption.THREAD + thread.number);
        }
        boolean idle = count == 0;
        addIf(idle && environment.nextWake() != SimThread.NEVER, SimOption.ADVANCE);
        if (idle || mayDeviate()) {
            arrivals();
        }
        if (count == 0) {
            return -1;
        }
        if (mayDeviate()) {
            time();
        } else {
            count = 1;
        }
        return pick();
    }

    /** Picks a fault for a store call, or none. */
    int fault(List<Integer> possible) {
        count = 0;
        add(SimOption.NO_FAULT);
        if (mayDeviate() && used.losses < budget.losses()) {
            for (int fault : possible) {
                add(fault);
            }
        }
        return pick();
    }

    private boolean mayDeviate() {
        return !closed && used.deviations < budget.deviations();
    }

    private void arrivals() {
        for (int i = 0; i < environment.onTheirWay(); i++) {
            add(SimOption.DELIVER + i);
        }
    }

    private void time() {
        addIf(used.ticks < budget.ticks() && environment.nextWake() != SimThread.NEVER, SimOption.TICK);
        addIf(used.jumps < budget.jumps(), SimOption.EXPIRE);
    }

    private void addIf(boolean possible, int option) {
        if (possible) {
            add(option);
        }
    }

    private void add(int option) {
        options[count++] = option;
    }

    private int pick() {
        if (count == 1) {
            return options[0];
        }
        int index = choices.pick(options, count);
        int picked = options[index];
        if (index > 0) {
            used.deviations++;
            trace.picked(picked);
        }
        charge(options[0], picked);
        return picked;
    }

    private void charge(int plain, int picked) {
        if (plain == SimOption.GO_ON && picked >= SimOption.THREAD) {
            used.preemptions++;
        } else if (SimOption.isFault(picked)) {
            used.losses++;
        } else if (picked == SimOption.TICK) {
            used.ticks++;
        } else if (picked == SimOption.EXPIRE) {
            used.jumps++;
        } else if (picked == SimOption.CRASH) {
            used.crashes++;
        }
    }
}
