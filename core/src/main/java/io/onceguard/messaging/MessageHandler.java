package io.onceguard.messaging;

import org.jspecify.annotations.Nullable;

/**
 * What is done with a message, with a result that is recorded.
 *
 * @param <M> the type of the messages
 * @param <T> the type of the results
 */
@FunctionalInterface
public interface MessageHandler<M, T extends @Nullable Object> {

    /**
     * Handles a message.
     *
     * @param message the message
     * @return the result; null is a result like any other
     * @throws Exception if the message cannot be handled; the operation's policy for its type decides what follows
     */
    T handle(M message) throws Exception;
}
