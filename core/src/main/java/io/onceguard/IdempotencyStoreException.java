package io.onceguard;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;

/**
 * The store failed and the work was not run; or, in an executor that is bound to a transaction, the record could not be
 * written in it and the transaction has to be rolled back, work and all. The cause is the store's exception.
 */
public sealed class IdempotencyStoreException extends IdempotencyException permits TransactionConflictException {

    private static final long serialVersionUID = 1L;

    /** Whether the step of the store may have been applied all the same. */
    private final boolean ambiguous;

    IdempotencyStoreException(RecordId id, StoreException cause) {
        this(
                "the store failed for " + id + (cause.ambiguous() ? ", perhaps after it wrote" : "")
                        + "; the work was not run",
                cause);
    }

    IdempotencyStoreException(String message, StoreException cause) {
        super(message, cause);
        this.ambiguous = cause.ambiguous();
    }

    /**
     * Returns whether the store may have been written although it failed. The key may then stay occupied until the
     * lease is over.
     *
     * @return false only if the store is known not to have been written
     */
    public boolean ambiguous() {
        return ambiguous;
    }
}
