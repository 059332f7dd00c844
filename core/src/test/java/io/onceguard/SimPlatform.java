package io.onceguard;

import io.onceguard.SimScheduler.Point;
import java.util.List;

/**
 * The seam of one simulated process. Its clock has an origin of its own, so that nobody can compare it with another
 * process's or with the store's.
 */
final class SimPlatform implements Platform {

    private final SimScheduler scheduler;
    private final int node;
    private final long origin;
    private final boolean fine;
    private List<Object> locks = List.of();

    /**
     * Makes a process.
     *
     * @param fine whether looks at the clock and wake-ups are points too: what callers of one process do to each other
     *     between their store calls
     */
    SimPlatform(SimScheduler scheduler, int node, long origin, boolean fine) {
        this.scheduler = scheduler;
        this.node = node;
        this.origin = origin;
        this.fine = fine;
    }

    /** Nobody may be overtaken inside these locks: the next to want one would wait for it in earnest. */
    void lockedBy(Object... others) {
        locks = List.of(others);
    }

    @Override
    public long nanoTime() {
        finePoint();
        return origin + scheduler.now();
    }

    private void finePoint() {
        SimThread me = scheduler.running();
        if (fine && me.caller && locks.stream().noneMatch(Thread::holdsLock)) {
            scheduler.point(Point.LOCAL);
        }
    }

    @Override
    public void park(Object blocker, long nanos) {
        scheduler.park(nanos);
    }

    @Override
    public void unpark(Thread thread) {
        scheduler.unpark(thread);
        if (!scheduler.isOver()) {
            finePoint();
        }
    }

    @Override
    public Thread start(String name, Runnable body) {
        scheduler.running();
        String text = name.replace("onceguard-", "") + "@" + node;
        return scheduler.start(new SimThread.Name(node, text, false), body).real();
    }

    @Override
    public double random() {
        return scheduler.random();
    }
}
