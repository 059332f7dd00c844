package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * The root of what this library throws by itself. Argument errors are the JDK's own exceptions, and an exception of
 * the work passes through as it is.
 *
 * <p>Messages name a record by its operation and a short digest; they never hold a raw key, a payload or a result.
 * The one exception is a failure message that was stored on request ({@link RecordedFailureException}).
 */
public class IdempotencyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what happened, without keys and payloads
     * @param cause the cause, or null
     */
    protected IdempotencyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
