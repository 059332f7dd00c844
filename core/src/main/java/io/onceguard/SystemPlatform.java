package io.onceguard;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** The clock, the threads and the randomness of this JVM. */
final class SystemPlatform implements Platform {

    static final SystemPlatform INSTANCE = new SystemPlatform();

    private SystemPlatform() {}

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void park(Object blocker, long nanos) {
        LockSupport.parkNanos(blocker, nanos);
    }

    @Override
    public void unpark(Thread thread) {
        LockSupport.unpark(thread);
    }

    @Override
    public Thread start(String name, Runnable body) {
        // It outlives the call that starts it, so it inherits none of its thread-locals.
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public double random() {
        return ThreadLocalRandom.current().nextDouble();
    }
}
