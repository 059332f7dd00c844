package io.onceguard.spi;

import org.jspecify.annotations.Nullable;

/**
 * A store could not do what it was asked. The only exception that escapes a store.
 *
 * <p>The message never holds a raw key or a result.
 */
public class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Whether the step may have been applied all the same. */
    private final boolean ambiguous;

    /**
     * Creates an exception.
     *
     * @param message what failed, without keys and payloads
     * @param ambiguous true if the step may have been applied; false only if it is known not to have been
     * @param cause the failure of the engine, or null
     */
    public StoreException(String message, boolean ambiguous, @Nullable Throwable cause) {
        super(message, cause);
        this.ambiguous = ambiguous;
    }

    /**
     * Returns whether the step may have been applied although it failed: the reply was lost, or never came in time.
     *
     * @return false only if the step is known not to have been applied
     */
    public boolean ambiguous() {
        return ambiguous;
    }
}
