package io.onceguard;

/**
 * The one seam for time, waiting and threads. Whatever in this package looks at a clock, blocks or starts a thread does
 * so through here, except store calls and the work itself; a simulation that replaces it decides every interleaving.
 */
interface Platform {

    /** Monotonic nanoseconds with an arbitrary origin; compared by difference only. */
    long nanoTime();

    /**
     * Blocks the current thread until it is unparked, interrupted or the time is over; may return for no reason. An
     * unpark that came first is not lost. Like {@link java.util.concurrent.locks.LockSupport#parkNanos(Object, long)}.
     */
    void park(Object blocker, long nanos);

    /** Lets a parked thread go on, or its next park return at once. */
    void unpark(Thread thread);

    /** Starts a daemon thread. */
    Thread start(String name, Runnable body);

    /** A random number from 0 (inclusive) to 1 (exclusive), for jitter. */
    double random();
}
