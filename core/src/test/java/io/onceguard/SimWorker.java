package io.onceguard;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A real thread that is a logical thread of one simulated run after another; starting threads would cost too much. */
final class SimWorker extends Thread {

    /** Threads that did not unwind at the end of a run, because some loop of the library swallowed the reason. */
    static final AtomicInteger ABANDONED = new AtomicInteger();

    private static final ConcurrentLinkedDeque<SimWorker> IDLE = new ConcurrentLinkedDeque<>();
    private static final AtomicInteger STARTED = new AtomicInteger();

    private volatile SimThread logical;

    private SimWorker(SimThread first) {
        super("sim-worker-" + STARTED.incrementAndGet());
        setDaemon(true);
        logical = first;
    }

    /** Gives a logical thread its real one, which begins when the baton is first passed to it. */
    static SimWorker of(SimThread logical) {
        SimWorker worker = IDLE.poll();
        if (worker != null) {
            worker.logical = logical;
            return worker;
        }
        SimWorker fresh = new SimWorker(logical);
        fresh.start();
        return fresh;
    }

    /** The logical thread that this real one is now. */
    SimThread logical() {
        return logical;
    }

    static SimThread current() {
        return ((SimWorker) Thread.currentThread()).logical;
    }

    @Override
    public void run() {
        while (true) {
            SimThread next = logical;
            if (next == null || !next.mayBegin()) {
                LockSupport.park(this);
                Thread.interrupted();
                continue;
            }
            next.live();
            Thread.interrupted();
            logical = null;
            IDLE.push(this);
        }
    }
}
