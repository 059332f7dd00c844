package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.RecordId;

/** The work was begun or done before, there is no value to replay, and it is not run again. */
public final class UnresolvedOperationException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    /** Why there is no value. */
    private final UnresolvedReason reason;

    UnresolvedOperationException(RecordId id, UnresolvedReason reason) {
        super(id + " is unresolved: " + requireNonNull(reason, "reason"), null);
        this.reason = reason;
    }

    /** Returns why there is no value. */
    public UnresolvedReason reason() {
        return reason;
    }
}
