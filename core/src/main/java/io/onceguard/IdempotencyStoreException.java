package io.onceguard;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;

/** The store failed before the work, and the work was not run. The cause is the store's exception. */
public final class IdempotencyStoreException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    /** Whether the step of the store may have been applied all the same. */
    private final boolean ambiguous;

    IdempotencyStoreException(RecordId id, StoreException cause) {
        super(
                "the store failed for " + id + (cause.ambiguous() ? ", perhaps after it wrote" : "")
                        + "; the work was not run",
                cause);
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
