package io.onceguard;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * A platform for Lincheck, which finds threads that wait for ever: parking is a monitor that it sees through, and ends by
 * an unpark alone, never for no reason. A short pause passes at once and moves time; nothing else does. The threads that
 * would call listeners and renew leases are never run.
 */
class LincheckPlatform implements Platform {

    private static final long SHORT_PAUSE = Duration.ofMinutes(1).toNanos();

    private final Set<Thread> permits = new HashSet<>(); // guarded by this, like all below
    private long time;

    @Override
    public synchronized long nanoTime() {
        return time;
    }

    @Override
    public synchronized void park(Object blocker, long nanos) {
        Thread current = Thread.currentThread();
        if (nanos <= SHORT_PAUSE) {
            permits.remove(current);
            time += nanos;
            return;
        }
        try {
            forgetUnparkThatCameFirst(permits, current);
            while (!permits.remove(current)) {
                wait();
            }
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** For the planted fault; here nothing is forgotten. */
    void forgetUnparkThatCameFirst(Set<Thread> permits, Thread current) {}

    @Override
    public synchronized void unpark(Thread thread) {
        permits.add(thread);
        notifyAll();
    }

    @Override
    public Thread start(String name, Runnable body) {
        return new Thread(body, name);
    }

    @Override
    public double random() {
        return 0;
    }

    /** With a planted fault: the news that came before the thread slept are lost. */
    static final class Forgetful extends LincheckPlatform {
        @Override
        void forgetUnparkThatCameFirst(Set<Thread> permits, Thread current) {
            permits.remove(current);
        }
    }
}
