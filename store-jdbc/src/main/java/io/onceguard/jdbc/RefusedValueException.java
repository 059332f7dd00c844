package io.onceguard.jdbc;

import io.onceguard.spi.StoreException;
import org.jspecify.annotations.Nullable;

/** The database refused a value of one record; other records of the same statement may fare better on their own. */
final class RefusedValueException extends StoreException {

    private static final long serialVersionUID = 1L;

    RefusedValueException(String message, @Nullable Throwable cause) {
        super(message, false, cause);
    }
}
