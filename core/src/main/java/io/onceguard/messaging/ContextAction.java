package io.onceguard.messaging;

/**
 * What is done with a message, without a result, by an action that wants more than the message.
 *
 * @param <M> the type of the messages
 * @param <C> what it is given beside the message: the {@link io.onceguard.Attempt}, or the connection of the transaction
 */
@FunctionalInterface
public interface ContextAction<M, C> {

    /**
     * Handles a message.
     *
     * @param message the message
     * @param context the attempt, or the connection
     * @throws Exception if the message cannot be handled; the operation's policy for its type decides what follows
     */
    void handle(M message, C context) throws Exception;
}
