package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Runs calls on threads of its own that nobody interrupts. An H2 database in a file needs this where it could not be
 * given an {@linkplain H2Channel other channel}: a thread that is interrupted while it reads or writes a file channel
 * closes the channel, and with it the database for everybody.
 *
 * <p>An interrupted caller waits for its answer all the same, and finds its flag set afterwards. The threads are daemons
 * and end after an idle minute.
 */
final class InterruptShield {

    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(Shielded::new);

    private InterruptShield() {}

    private static final class Shielded extends Thread {
        Shielded(Runnable body) {
            super(body, "onceguard-h2-" + NUMBERS.incrementAndGet());
            setDaemon(true);
        }
    }

    /** Whether this is a thread that nobody interrupts. */
    static boolean isHere() {
        return Thread.currentThread() instanceof Shielded;
    }

    /** Runs it here, if this is a thread that nobody interrupts. */
    static <T extends @Nullable Object, X extends Throwable> T call(H2Turn.Step<T, X> body) throws X {
        return isHere() ? body.run() : callThere(body);
    }

    private static <T extends @Nullable Object, X extends Throwable> T callThere(H2Turn.Step<T, X> body) throws X {
        CompletableFuture<T> answer = new CompletableFuture<>();
        THREADS.execute(() -> {
            try {
                answer.complete(body.run());
            } catch (Throwable failure) {
                answer.completeExceptionally(failure);
            }
        });
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.get();
                } catch (InterruptedException later) {
                    interrupted = true;
                } catch (ExecutionException failure) {
                    InterruptShield.<X>rethrow(requireNonNull(failure.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @SuppressWarnings("unchecked") // the body throws nothing else but what is unchecked
    private static <X extends Throwable> void rethrow(Throwable failure) throws X {
        throw (X) failure;
    }
}
