package io.onceguard.messaging;

import org.jspecify.annotations.Nullable;

/**
 * What is done with a message, with a result that is recorded, by a handler that wants more than the message.
 *
 * @param <M> the type of the messages
 * @param <C> what it is given beside the message: the {@link io.onceguard.Attempt}, or the connection of the transaction
 * @param <T> the type of the results
 */
@FunctionalInterface
public interface ContextHandler<M, C, T extends @Nullable Object> {

    /**
     * Handles a message.
     *
     * @param message the message
     * @param context the attempt, or the connection
     * @return the result; null is a result like any other
     * @throws Exception if the message cannot be handled; the operation's policy for its type decides what follows
     */
    T handle(M message, C context) throws Exception;
}
