package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Threads that all call with one fresh key at once, round after round. Used by one thread. */
final class Storm implements AutoCloseable {

    /** What the thread with this number does in a round. */
    @FunctionalInterface
    interface Caller {
        Object call(int number, String key) throws Exception;
    }

    private static final long WORK_NANOS = 1_000_000;

    private final CyclicBarrier barrier;
    private final List<Runner> runners = new ArrayList<>();
    private volatile @Nullable Caller caller;
    private String key = "";
    private boolean limitBegins;

    Storm(int threads) {
        barrier = new CyclicBarrier(threads + 1);
        for (int number = 0; number < threads; number++) {
            Runner runner = new Runner(number);
            runners.add(runner);
            runner.setDaemon(true);
            runner.start();
        }
    }

    /** Work that waits for a millisecond, as for the answer of somebody else. */
    static byte[] work() {
        long end = System.nanoTime() + WORK_NANOS;
        for (long left = WORK_NANOS; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        return Keys.RESULT;
    }

    /** Runs a round of each side. Who begins changes every time. */
    void pair(Costs costs, Caller limit, Caller library) throws Exception {
        limitBegins = !limitBegins;
        if (limitBegins) {
            round(limit, costs::addLimit);
        }
        round(library, costs::addLibrary);
        if (!limitBegins) {
            round(limit, costs::addLimit);
        }
    }

    /** Adds the nanoseconds from the first thread's start to the last one's end, and the bytes of all threads. */
    private void round(Caller next, Costs.Sum sum) throws Exception {
        key = Keys.fresh();
        caller = next;
        await();
        await();
        long start = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        long bytes = 0;
        for (Runner runner : runners) {
            Exception failure = runner.failure;
            if (failure != null) {
                throw failure;
            }
            start = Math.min(start, runner.start);
            end = Math.max(end, runner.end);
            bytes += runner.bytes;
        }
        sum.add(1, end - start, bytes);
    }

    /** Lets the threads end. */
    @Override
    public void close() {
        caller = null;
        await();
    }

    private void await() {
        try {
            barrier.await();
        } catch (BrokenBarrierException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private final class Runner extends Thread {
        private final int number;
        private long start;
        private long end;
        private long bytes;
        private @Nullable Exception failure;

        Runner(int number) {
            super("storm-" + number);
            this.number = number;
        }

        @Override
        public void run() {
            await();
            for (Caller now = caller; now != null; now = caller) {
                long allocated = Allocated.byThisThread();
                start = System.nanoTime();
                try {
                    requireNonNull(now.call(number, key), "answer");
                } catch (Exception thrown) {
                    failure = thrown;
                }
                end = System.nanoTime();
                bytes = Allocated.byThisThread() - allocated;
                await();
                await();
            }
        }
    }
}
