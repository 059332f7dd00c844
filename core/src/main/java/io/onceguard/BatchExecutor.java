package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.TransactionBoundStore;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs many calls of one operation together, with two calls of the store for all of them: one that acquires all keys, and
 * one that writes all results.
 *
 * <pre>{@code
 * List<BatchResult<Receipt>> results = BatchExecutor.of(charges).runAll(orders.stream()
 *         .map(order -> BatchCall.<Receipt, Attempt>of(order.key(), order.fingerprint(), () -> gateway.charge(order)))
 *         .toList());
 * }</pre>
 *
 * <p><b>What holds.</b> Each call is promised what a single one is ({@link IdempotencyExecutor}), with two differences. No
 * call waits for another holder of its key, whatever the operation's waiting policy. And an attempt lasts from the claim
 * of the batch to its last write, not only while its own work runs: if the process dies in between, every key that was
 * claimed is as after a crash of its attempt, whether its work had run or not. Leases are renewed for as long as the batch
 * takes; the longest run is counted from the start of each work. A work is not begun if its lease was lost before its
 * turn, or if the calling thread is interrupted by then.
 *
 * <p>A further call of the store is made where answers were lost or keys have to be given back or put on hold, and where a
 * result was refused.
 *
 * <p>If a work throws an {@code Error}, the others still run and everything is written before it is thrown.
 *
 * <p>Over an executor that is bound to a transaction ({@link IdempotencyExecutor#using}), all of it takes place
 * within the transaction, and what a work that fails has written is undone for itself.
 *
 * <p>Immutable, thread-safe and cheap. Blocks until all works are done.
 *
 * @param <T> the type of the operation's value
 */
public final class BatchExecutor<T extends @Nullable Object> implements BatchRunner<T, Attempt> {

    private final IdempotencyExecutor<T> executor;
    private final @Nullable Executor threads;

    private BatchExecutor(IdempotencyExecutor<T> executor, @Nullable Executor threads) {
        this.executor = executor;
        this.threads = threads;
    }

    /**
     * Returns the runner of an operation's batches. Works run on the calling thread, in the order of their calls.
     *
     * @param <T> the type of the operation's value
     * @param executor the operation
     * @return the runner
     */
    public static <T extends @Nullable Object> BatchExecutor<T> of(IdempotencyExecutor<T> executor) {
        return new BatchExecutor<>(requireNonNull(executor, "executor"), null);
    }

    /**
     * Returns a runner whose works run on other threads, in whatever order these take them. The calling thread waits for
     * all of them; when it is interrupted, works that were not begun are left out.
     *
     * @param threads runs every task that it does not refuse with an exception, and stays the caller's. One that drops
     *     tasks silently would be waited for until an interrupt
     * @return another runner of the same operation
     * @throws IllegalStateException if the executor is bound to a transaction, which belongs to one thread
     */
    public BatchExecutor<T> on(Executor threads) {
        requireNonNull(threads, "threads");
        if (executor.transaction != null) {
            throw new IllegalStateException("on(..): a transaction belongs to one thread");
        }
        return new BatchExecutor<>(executor, threads);
    }

    @Override
    public List<BatchResult<T>> runAll(List<BatchCall<T, Attempt>> calls) {
        List<BatchMember<T>> members = calls.stream()
                .map(call -> new BatchMember<>(executor.operation, call))
                .toList();
        TransactionBoundStore transaction = executor.transaction;
        if (transaction != null) {
            new TransactionBatch<>(executor.operation, transaction, members).run();
        } else {
            BatchWorkers workers = new BatchWorkers(executor.node.platform, threads);
            new Batch<>(executor.operation, executor.node, members).run(workers);
        }
        throwErrors(members);
        return members.stream().map(BatchMember::result).toList();
    }

    private static void throwErrors(List<? extends BatchMember<?>> members) {
        Error first = null;
        for (BatchMember<?> member : members) {
            Error error = member.error();
            if (first == null) {
                first = error;
            } else if (error != null && error != first) {
                first.addSuppressed(error);
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
