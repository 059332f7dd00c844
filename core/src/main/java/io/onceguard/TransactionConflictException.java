package io.onceguard;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreConflictException;

/**
 * The database refuses to let the caller's transaction go on because of another one: a serialization failure, or a
 * deadlock. Thrown by executors that are bound to a transaction ({@link IdempotencyExecutor#using}), before or after the
 * work.
 *
 * <p>Roll the transaction back, which undoes the work and the record, and run all of it again from its beginning. The
 * next run meets what the other transaction left behind, so it succeeds or is a replay.
 */
public final class TransactionConflictException extends IdempotencyStoreException {

    private static final long serialVersionUID = 1L;

    TransactionConflictException(RecordId id, StoreConflictException cause) {
        super(id + " met another transaction; roll back, and run the whole transaction again", cause);
    }
}
