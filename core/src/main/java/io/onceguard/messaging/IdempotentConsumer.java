package io.onceguard.messaging;

import static java.util.Objects.requireNonNull;

import io.onceguard.Attempt;
import io.onceguard.BatchExecutor;
import io.onceguard.BatchRunner;
import io.onceguard.CheckReturnValue;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Handles each message once and says what the broker is to be told: acknowledge, deliver again later, or park. Which
 * disposition follows from what is a table in the package documentation.
 *
 * <p>What "once" means is what the executor promises ({@link IdempotencyExecutor}): at least once, at most once, or, over
 * a store's transactions, exactly once for what the handler writes there. A consumer never waits for another one, whatever
 * the executor's waiting policy: it has the message delivered again.
 *
 * <p>Both methods throw nothing but {@code Error}. An interrupt ends up as the thread's flag: a handler that is running
 * goes on or fails as it pleases, and messages whose handler was not begun are given back.
 *
 * <p>Immutable and safe for use by many threads, provided that handler and extractors are. Calls block for as long as the
 * handler and the store do.
 *
 * @param <M> the type of the messages
 */
public final class IdempotentConsumer<M> {

    private final Deliveries<M, ?, ?> deliveries;

    IdempotentConsumer(Deliveries<M, ?, ?> deliveries) {
        this.deliveries = deliveries;
    }

    /**
     * Begins a consumer whose handler runs on the thread that calls it, in the order of the messages.
     *
     * @param <M> the type of the messages
     * @param <T> the type of the results
     * @param executor the operation
     * @param key takes the key from a message, for example its id, and always the same from a redelivery. Write the type
     *     of the message into the lambda: {@code (Delivery d) -> IdempotencyKey.of("orders", d.id())}
     * @return the builder
     */
    public static <M, T extends @Nullable Object> IdempotentConsumerBuilder<M, Attempt, T> of(
            IdempotencyExecutor<T> executor, Function<? super M, IdempotencyKey> key) {
        return of(BatchExecutor.of(executor), key);
    }

    /**
     * Begins a consumer whose handler runs as the runner says: on other threads ({@link BatchExecutor#on}), or in a
     * transaction that is committed once for all messages of {@link #acceptAll}.
     *
     * @param <M> the type of the messages
     * @param <C> what the runner gives the handler beside the message
     * @param <T> the type of the results
     * @param runner the operation
     * @param key takes the key from a message, see {@link #of(IdempotencyExecutor, Function)}
     * @return the builder
     */
    public static <M, C, T extends @Nullable Object> IdempotentConsumerBuilder<M, C, T> of(
            BatchRunner<T, C> runner, Function<? super M, IdempotencyKey> key) {
        return new IdempotentConsumerBuilder<>(requireNonNull(runner, "runner"), requireNonNull(key, "key"));
    }

    /**
     * Handles a message, unless it was handled before.
     *
     * @param message the message
     * @return what the broker is to be told
     */
    @CheckReturnValue
    public Disposition accept(M message) {
        return deliveries.accept(Collections.singletonList(message)).get(0);
    }

    /**
     * Handles many messages together: each stands for itself, and of several with one key the first alone is handled.
     *
     * <p>The whole batch is claimed by one call of the store before the first handler runs, and its results are written by
     * one call after the last; the leases are renewed meanwhile. So if the process dies in between, all messages that were
     * claimed are as after a crash of their own attempt, handled or not: the number of their attempt is used up, and an
     * at-most-once operation will not touch them again. In transactions the whole batch is rolled back instead. Choose the
     * size of batches, the attempt limit and the guarantee accordingly.
     *
     * <p>If a handler throws an {@code Error}, the others are still handled and all is written, before it is thrown.
     *
     * @param messages the messages; none is fine
     * @return one disposition for each message, in their order
     */
    @CheckReturnValue
    public List<Disposition> acceptAll(List<? extends M> messages) {
        return deliveries.accept(messages);
    }
}
