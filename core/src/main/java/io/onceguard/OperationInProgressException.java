package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.RecordId;
import java.time.Duration;

/** Another attempt holds the lease of the key; nothing was run and nothing was changed. */
public final class OperationInProgressException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    /** How long to wait before asking again. */
    private final Duration retryAfter;

    OperationInProgressException(RecordId id, Duration retryAfter) {
        super(id + " is in progress; ask again after " + requireNonNull(retryAfter, "retryAfter"), null);
        this.retryAfter = retryAfter;
    }

    /**
     * Returns a hint when to ask again.
     *
     * @return zero or more
     */
    public Duration retryAfter() {
        return retryAfter;
    }
}
