package io.onceguard;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the works of a batch, on its own thread in their order, or on an executor's. Once the batch's thread is
 * interrupted, no further work begins; those that run are waited for in any case.
 */
final class BatchWorkers {

    private final Platform platform;
    private final @Nullable Executor threads;

    /** A work; whoever is the first to begin it runs it, or skips it. */
    interface Task {
        boolean begin();

        void run();

        void skip(@Nullable Throwable cause);
    }

    BatchWorkers(Platform platform, @Nullable Executor threads) {
        this.platform = platform;
        this.threads = threads;
    }

    void run(List<? extends Task> tasks) {
        if (threads == null) {
            for (Task task : tasks) {
                if (Thread.currentThread().isInterrupted()) {
                    skip(task, null);
                } else if (task.begin()) {
                    task.run();
                }
            }
        } else {
            runOn(threads, tasks);
        }
    }

    private static boolean skip(Task task, @Nullable Throwable cause) {
        boolean skips = task.begin();
        if (skips) {
            task.skip(cause);
        }
        return skips;
    }

    private void runOn(Executor executor, List<? extends Task> tasks) {
        Thread batch = Thread.currentThread();
        AtomicInteger left = new AtomicInteger(tasks.size());
        for (Task task : tasks) {
            try {
                executor.execute(() -> runCounted(task, left, batch));
            } catch (RuntimeException refused) {
                if (skip(task, refused)) {
                    left.decrementAndGet();
                }
            }
        }
        boolean interrupted = false;
        while (left.get() > 0) {
            platform.park(this, Long.MAX_VALUE);
            if (Thread.interrupted() && !interrupted) {
                interrupted = true;
                tasks.forEach(task -> {
                    if (skip(task, null)) {
                        left.decrementAndGet();
                    }
                });
            }
        }
        if (interrupted) {
            batch.interrupt();
        }
    }

    private void runCounted(Task task, AtomicInteger left, Thread batch) {
        if (task.begin()) {
            try {
                task.run();
            } finally {
                if (left.decrementAndGet() == 0) {
                    platform.unpark(batch);
                }
            }
        }
    }
}
