package io.onceguard.messaging;

/**
 * What is done with a message, without a result: its record is a mere marker.
 *
 * @param <M> the type of the messages
 */
@FunctionalInterface
public interface MessageAction<M> {

    /**
     * Handles a message.
     *
     * @param message the message
     * @throws Exception if the message cannot be handled; the operation's policy for its type decides what follows
     */
    void handle(M message) throws Exception;
}
