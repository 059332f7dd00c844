package io.onceguard;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs logical threads on real ones, of which exactly one runs at a time: whoever has the baton. The holder gives it up
 * only at a point: a park, a store call, a step of the work, a look at the clock. What happens there is picked by
 * {@link SimChoices}, so a run is a function of its picks.
 *
 * <p>Time is virtual. It moves when nobody can run, to the next wake-up, or when that is picked.
 */
final class SimScheduler {

    /** How far a point reaches, which says what may differ if others act there. */
    enum Point {
        /** Before something that other processes can see: anybody may act first, and the process may die here. */
        VISIBLE,
        /** Between steps that only this process can see: other processes could as well act at the next visible point. */
        LOCAL
    }

    private static final int MAX_STEPS = 20_000;
    private static final long HANG_SECONDS = 60;
    private static final double GOLDEN_RATIO = 0.6180339887498949;

    final SimTrace trace;
    final SimEnvironment environment;

    private final SimMenu menu;
    private final List<SimThread> threads = new ArrayList<>();
    private final Set<Integer> dead = new HashSet<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final Runnable closing;

    private SimThread current;
    private int active;
    private boolean closed;
    private int steps;
    private double jitter;
    private Throwable verdict;
    private volatile boolean over;

    /**
     * Prepares a run.
     *
     * @param rules decides, and hears what happens
     * @param longJump how far time moves when the leases run out
     * @param closing runs without any more picks when no caller is left
     */
    SimScheduler(SimMenu.Rules rules, long longJump, Runnable closing) {
        this.trace = rules.trace();
        this.environment = new SimEnvironment(threads, trace, longJump);
        this.menu = new SimMenu(rules, threads, environment);
        this.closing = closing;
        trace.clock(environment::now);
    }

    // ---- a run

    /** Runs until no caller is left and the closing is done; throws what was found wrong. */
    void run() {
        try {
            handOver(next());
            if (!end.await(HANG_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the run hangs: " + stacks());
            }
        } catch (SimOver found) {
            // Before the first thread ran; the verdict says what.
        } catch (InterruptedException interrupt) {
            throw new AssertionError("interrupted", interrupt);
        }
        if (verdict instanceof SimViolation violation) {
            throw violation;
        } else if (verdict != null) {
            throw new SimViolation("a thread died of " + verdict, verdict);
        }
    }

    SimThread start(SimThread.Name name, Runnable body) {
        SimThread thread = new SimThread(this, threads.size(), name, body);
        threads.add(thread);
        if (name.caller()) {
            active++;
        }
        return thread;
    }

    boolean isOver() {
        return over;
    }

    boolean isDead(int node) {
        return dead.contains(node);
    }

    long now() {
        return environment.now();
    }

    SimMenu.Used used() {
        return menu.used();
    }

    int steps() {
        return steps;
    }

    /** The thread that has the baton; after the run, nobody has it. */
    SimThread running() {
        if (over) {
            throw SimWorker.current().refuse();
        }
        return current;
    }

    /** Ends the run with a verdict. */
    SimOver fail(String what) {
        return finish(new SimViolation(what, null));
    }

    private SimOver finish(Throwable found) {
        if (!over) {
            verdict = found;
            over = true;
            for (SimThread thread : threads) {
                if (thread != current && thread.state != SimThread.State.DONE) {
                    thread.giveBaton();
                }
            }
            end.countDown();
        }
        return new SimOver();
    }

    // ---- what threads do

    /** The running thread may be overtaken here. */
    void point(Point reach) {
        SimThread me = running();
        while (!closed) {
            step();
            int picked = menu.at(me, reach);
            if (picked == SimOption.GO_ON) {
                return;
            } else if (picked >= SimOption.THREAD) {
                handOver(threads.get(picked - SimOption.THREAD));
                me.awaitBaton();
                return;
            } else if (picked == SimOption.CRASH) {
                crash(me.node);
                leave();
                me.awaitBaton();
            } else {
                environment.happen(picked);
            }
        }
    }

    /** Picks a fault for a store call of the running thread, or none. */
    int fault(List<Integer> possible) {
        running();
        return menu.fault(possible);
    }

    void park(long nanos) {
        SimThread me = running();
        step();
        if (me.permit || Thread.currentThread().isInterrupted()) {
            me.permit = false;
            return;
        }
        me.state = SimThread.State.PARKED;
        long wake = now() + nanos;
        me.wakeAt = wake < now() && nanos > 0 ? SimThread.NEVER : wake;
        SimThread next = next();
        if (next != me) {
            handOver(next);
            me.awaitBaton();
        }
        me.state = SimThread.State.READY;
        me.wakeAt = SimThread.NEVER;
        me.permit = false;
    }

    void unpark(Thread real) {
        running();
        SimThread target = real instanceof SimWorker worker ? worker.logical() : null;
        if (target != null && target.scheduler == this) {
            target.permit = true;
        }
    }

    /** The jitter of pauses: spread out, and the same in every repetition of a run, whoever picks. */
    double random() {
        running();
        jitter += GOLDEN_RATIO;
        jitter -= Math.floor(jitter);
        return jitter;
    }

    /** A body has returned; the last caller closes the run before it goes. */
    void ended(SimThread thread, Throwable fault) {
        if (over) {
            return;
        }
        if (fault != null) {
            finish(fault);
            return;
        }
        if (thread.caller && --active == 0 && !closed) {
            close("all callers are done");
            finish(null);
            return;
        }
        thread.state = SimThread.State.DONE;
        leave();
    }

    private void close(String why) {
        closed = true;
        menu.close();
        trace.say(why);
        closing.run();
    }

    /** The running thread has stopped for good: another one goes on. */
    private void leave() {
        if (active > 0 || closed) {
            handOver(next());
            return;
        }
        handOver(start(new SimThread.Name(-1, "closing", false), () -> {
            close("no caller is left");
            throw finish(null);
        }));
    }

    private void crash(int node) {
        dead.add(node);
        trace.say("node " + node + " dies");
        for (SimThread thread : threads) {
            if (thread.node == node && thread.state != SimThread.State.DONE) {
                thread.state = SimThread.State.CRASHED;
                active -= thread.caller ? 1 : 0;
            }
        }
    }

    /** Picks who goes on when the running thread cannot; a deadlock ends the run. */
    private SimThread next() {
        while (true) {
            step();
            int picked = menu.next();
            if (picked < 0) {
                throw fail("nobody can ever go on: " + states());
            }
            if (picked >= SimOption.THREAD) {
                return threads.get(picked - SimOption.THREAD);
            }
            environment.happen(picked);
        }
    }

    private void handOver(SimThread next) {
        current = next;
        trace.running(next);
        next.giveBaton();
    }

    private void step() {
        if (++steps > MAX_STEPS) {
            throw fail("more than " + MAX_STEPS + " steps: " + states());
        }
    }

    private String states() {
        StringBuilder text = new StringBuilder();
        for (SimThread thread : threads) {
            text.append(thread.name).append(' ').append(thread.state).append("; ");
        }
        return text.toString();
    }

    private String stacks() {
        StringBuilder text = new StringBuilder(states());
        for (SimThread thread : threads) {
            text.append('\n').append(thread.name);
            for (StackTraceElement frame : thread.real().getStackTrace()) {
                text.append("\n    ").append(frame);
            }
        }
        return text.toString();
    }
}
