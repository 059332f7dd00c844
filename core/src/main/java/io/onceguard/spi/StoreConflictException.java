package io.onceguard.spi;

import org.jspecify.annotations.Nullable;

/**
 * A store that is bound to a transaction was told by the database that this transaction cannot go on because of another
 * one: a serialization failure, or a deadlock. The transaction has to be rolled back; run again from its beginning it
 * may succeed. Nothing was applied.
 */
public final class StoreConflictException extends StoreException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what failed, without keys and payloads
     * @param cause the failure of the engine, or null
     */
    public StoreConflictException(String message, @Nullable Throwable cause) {
        super(message, false, cause);
    }
}
