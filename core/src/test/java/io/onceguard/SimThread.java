package io.onceguard;

import io.onceguard.spi.RecordId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A logical thread of one run. Its fields belong to whoever holds the baton, except the baton itself. */
final class SimThread {

    enum State {
        /** Runs, or would if it had the baton. */
        READY,
        /** Parked until it has a permit or its time has come. */
        PARKED,
        /** Its process crashed; it is never scheduled again. */
        CRASHED,
        /** Its body has returned. */
        DONE
    }

    static final long NEVER = Long.MAX_VALUE;

    private static final int SWALLOWED = 1_000;

    final SimScheduler scheduler;
    final int number;
    final int node;
    final String name;
    final boolean caller;

    State state = State.READY;
    boolean permit;
    long wakeAt = NEVER;

    /** The calls that a caller is in: one, or those of a batch, of each record the first. */
    final Map<RecordId, SimCall> calls = new LinkedHashMap<>();

    private final Runnable body;
    private final SimWorker worker;
    private int refused;
    private volatile boolean baton;

    SimThread(SimScheduler scheduler, int number, Name named, Runnable body) {
        this.scheduler = scheduler;
        this.number = number;
        this.node = named.node;
        this.name = named.text;
        this.caller = named.caller;
        this.body = body;
        this.worker = SimWorker.of(this);
    }

    /** What a thread is called, on which node it lives, and whether it is a caller or a thread of the library. */
    record Name(int node, String text, boolean caller) {}

    Thread real() {
        return worker;
    }

    boolean canRun(long now) {
        return state == State.READY || (state == State.PARKED && (permit || wakeAt <= now));
    }

    boolean mayBegin() {
        return baton;
    }

    /** Lives from the first baton to the end of the body or of the run. */
    void live() {
        baton = false;
        try {
            if (!scheduler.isOver()) {
                body.run();
            }
            scheduler.ended(this, null);
        } catch (SimOver over) {
            // The run ended first, or this thread's process crashed.
        } catch (Throwable fault) {
            scheduler.ended(this, fault);
        }
    }

    void giveBaton() {
        baton = true;
        LockSupport.unpark(worker);
    }

    void awaitBaton() {
        while (!baton) {
            LockSupport.park(this);
        }
        baton = false;
        if (scheduler.isOver()) {
            throw new SimOver();
        }
    }

    /** Refuses a call of the seam after the run; a loop that goes on calling all the same is stopped and counted. */
    SimOver refuse() {
        if (++refused == SWALLOWED) {
            SimWorker.ABANDONED.incrementAndGet();
            while (true) {
                LockSupport.park(this);
            }
        }
        return new SimOver();
    }
}
