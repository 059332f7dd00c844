package io.onceguard;

import io.onceguard.spi.Lease;
import io.onceguard.spi.StoredRecord;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The record that a running attempt owns, from the moment it was acquired to the attempt's last write. */
interface OwnedRecord {

    /** What became of the last write. */
    enum Written {
        WRITTEN,
        /** The attempt owns the record no longer. */
        REFUSED,
        /** The store could not be reached; the write is being retried. */
        DEFERRED
    }

    Lease lease();

    /** Whether the attempt may still believe that it owns the record. */
    default boolean isHeld() {
        return true;
    }

    /** Keeps a callback for the loss of the record while the work runs; returns false if it is lost already. */
    default boolean onLoss(Runnable callback) {
        return true;
    }

    /** The work has returned. */
    default void workEnded() {}

    /** What a result counts as once it is written. */
    Recording recording();

    /** Undoes what the work wrote before it threw, where that is possible. */
    default void undoWork(Throwable failureOfWork) {}

    /** Writes how the attempt ended. It is the attempt's only write. */
    Written write(FinalWrite write, Operation<?> operation, @Nullable Throwable failureOfWork);

    /** Looks at the record as it is now. */
    Optional<StoredRecord> find();
}
