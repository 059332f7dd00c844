package io.onceguard;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what a platform is asked to do, and can run out of threads. */
final class CountingPlatform implements Platform {

    private final Platform platform;
    final AtomicInteger starts = new AtomicInteger();
    final AtomicInteger unparks = new AtomicInteger();
    volatile boolean outOfThreads;

    /** Runs each time that somebody looks at the clock. */
    volatile Runnable onLook = () -> {};

    CountingPlatform(Platform platform) {
        this.platform = platform;
    }

    @Override
    public long nanoTime() {
        onLook.run();
        return platform.nanoTime();
    }

    @Override
    public void park(Object blocker, long nanos) {
        platform.park(blocker, nanos);
    }

    @Override
    public void unpark(Thread thread) {
        unparks.incrementAndGet();
        platform.unpark(thread);
    }

    @Override
    public Thread start(String name, Runnable body) {
        if (outOfThreads) {
            throw new InternalError("planted: unable to create native thread"); // JUnit gives up at an OutOfMemoryError
        }
        starts.incrementAndGet();
        return platform.start(name, body);
    }

    @Override
    public double random() {
        return platform.random();
    }
}
