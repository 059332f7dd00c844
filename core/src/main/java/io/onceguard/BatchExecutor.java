package io.onceguard;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs many calls of one operation together.
 *
 * @param <T> the type of the operation's value
 */
public final class BatchExecutor<T extends @Nullable Object> implements BatchRunner<T, Attempt> {

    private final IdempotencyExecutor<T> executor;

    private BatchExecutor(IdempotencyExecutor<T> executor) {
        this.executor = executor;
    }

    /**
     * Returns the runner of an executor's batches; works run on the calling thread, in the order of their calls.
     *
     * @param <T> the type of the operation's value
     * @param executor the operation
     * @return the runner
     */
    public static <T extends @Nullable Object> BatchExecutor<T> of(IdempotencyExecutor<T> executor) {
        return new BatchExecutor<>(requireNonNull(executor, "executor"));
    }

    @Override
    public List<BatchResult<T>> runAll(List<BatchCall<T, Attempt>> calls) {
        List<BatchResult<T>> results = new ArrayList<>(calls.size());
        for (BatchCall<T, Attempt> call : calls) {
            results.add(result(call));
        }
        return results;
    }

    private BatchResult<T> result(BatchCall<T, Attempt> call) {
        if (Thread.currentThread().isInterrupted()) {
            return new BatchResult.NotStarted<>(null);
        }
        List<BatchResult<T>> failed = new ArrayList<>(1);
        try {
            return new BatchResult.Answered<>(executor.execute(call.call().waiting(WaitPolicy.reject()), attempt -> {
                try {
                    return call.work().run(attempt, attempt);
                } catch (Throwable failure) {
                    failed.add(executor.failed(failure, attempt));
                    throw failure;
                }
            }));
        } catch (IdempotencyStoreException | UnreadableResultException | IllegalArgumentException refused) {
            return !failed.isEmpty() ? failed.get(0) : new BatchResult.Refused<>(refused);
        } catch (Exception failure) {
            if (failure instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return !failed.isEmpty() ? failed.get(0) : new BatchResult.FailedBefore<>(failure);
        }
    }
}
