package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that start together, round after round. Each spins at the start until all are there: a thread that has to be
 * woken up is too late for most races.
 */
final class Racers implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    private final ExecutorService threads = Executors.newCachedThreadPool(body -> {
        Thread thread = new Thread(body, "onceguard-contract-racer");
        thread.setDaemon(true);
        return thread;
    });

    /** Lets all steps start at the same moment, and returns what they return, in their order. */
    <T> List<T> race(List<? extends Callable<T>> steps) {
        AtomicInteger missing = new AtomicInteger(steps.size());
        List<Future<T>> running = new ArrayList<>();
        for (Callable<T> step : steps) {
            running.add(threads.submit(() -> {
                awaitAll(missing);
                return step.call();
            }));
        }
        List<T> results = new ArrayList<>();
        for (Future<T> one : running) {
            results.add(resultOf(one));
        }
        return results;
    }

    @SuppressWarnings("ThreadPriorityCheck") // there may be more threads than processors
    private static void awaitAll(AtomicInteger missing) throws TimeoutException {
        long start = System.nanoTime();
        missing.decrementAndGet();
        for (int spins = 0; missing.get() > 0; spins++) {
            if (spins % 200 == 199) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                throw new TimeoutException("not all threads came to the start");
            }
        }
    }

    private static <T> T resultOf(Future<T> running) {
        try {
            return running.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            return fail("a caller failed", failed.getCause());
        } catch (TimeoutException stuck) {
            return fail("a caller is stuck since " + PATIENCE_SECONDS + " s", stuck);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return fail("interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
