package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

/** The store's answer to an acquire: the lease, or the record that stands in its way. */
public sealed interface AcquireResult {

    /**
     * The attempt holds the lease.
     *
     * @param lease the lease
     * @param previous how the attempt before this one ended
     */
    record Acquired(Lease lease, PreviousAttempt previous) implements AcquireResult {
        /** Creates the answer. */
        public Acquired {
            requireNonNull(lease, "lease");
            requireNonNull(previous, "previous");
        }
    }

    /** The attempt does not hold the lease, and nothing was changed. */
    sealed interface Refused extends AcquireResult {

        /** Returns the record that stands in the way. */
        StoredRecord record();
    }

    /**
     * Another attempt holds a live lease. Also the answer to a late copy of the acquire of an attempt that has
     * released the record since: such an attempt is over and never comes back.
     *
     * @param record the record, IN_PROGRESS (or RELEASED, to an attempt that is over)
     */
    record Held(StoredRecord record) implements Refused {}

    /**
     * The last attempt died or was put on hold, and the request may not take over. An attempt that was put on hold may
     * never take itself over: a late copy of its acquire gets this answer, whatever leave it brings.
     *
     * @param record the record, ABANDONED or HELD
     */
    record Abandoned(StoredRecord record) implements Refused {}

    /**
     * The work was done.
     *
     * @param record the record, COMPLETED, with its result
     */
    record Completed(StoredRecord record) implements Refused {}
}
