package io.onceguard;

import io.onceguard.spi.StoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs many calls of one operation together: {@link BatchExecutor} over any store, or a store's transactions, where the
 * whole batch is committed at once.
 *
 * @param <T> the type of the operation's value
 * @param <C> what every work is given: its {@link Attempt}, or the connection of the transaction
 */
public interface BatchRunner<T extends @Nullable Object, C> {

    /**
     * Runs the work of each call, or replays its result. Each call stands for itself: what becomes of one changes
     * nothing for the others, and of several with one key the first alone runs.
     *
     * @param calls the calls; none is fine
     * @return one result for each call, in their order
     * @throws IdempotencyStoreException only if all of it runs in one transaction that cannot go on: nothing is committed
     * @throws StoreException only if all of it runs in one transaction that could not be begun or committed. If it is
     *     {@code ambiguous()}, the commit may have taken place, and the same calls will tell
     */
    List<BatchResult<T>> runAll(List<BatchCall<T, C>> calls);
}
