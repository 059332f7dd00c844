package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs calls on threads of its own that nobody interrupts. An H2 database in a file needs this: a thread that is
 * interrupted while it reads or writes a file channel closes the channel, and with it the database for everybody.
 *
 * <p>An interrupted caller waits for its answer all the same, and finds its flag set afterwards. The threads are daemons
 * and end after an idle minute.
 */
final class InterruptShield implements Connections.Shield {

    private static final AtomicLong THREADS = new AtomicLong();

    private final ExecutorService threads = Executors.newCachedThreadPool(InterruptShield::newThread);

    private static Thread newThread(Runnable body) {
        Thread thread = new Thread(body, "onceguard-h2-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public <T> T call(Supplier<T> body) {
        Future<T> answer = threads.submit(body::get);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.get();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failure) {
            throw rethrown(failure.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return requireNonNull((RuntimeException) failure);
    }
}
