package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The time-limited right of an attempt to run, as the store granted it.
 *
 * @param id the record
 * @param attemptId the attempt that holds the lease; every write is conditional on it
 * @param number the number of the attempt, 1, 2, ... for as long as the record lives
 * @param token the fencing token: strictly increasing per key
 * @param duration how long the lease lasts from each grant or renewal, on the store's clock
 * @param retention how long the record outlives the lease if nobody comes back
 */
public record Lease(RecordId id, AttemptId attemptId, int number, long token, Duration duration, Retention retention) {

    /**
     * Creates a lease.
     *
     * @throws NullPointerException if a part is null
     */
    public Lease {
        requireNonNull(id, "id");
        requireNonNull(attemptId, "attemptId");
        requireNonNull(duration, "duration");
        requireNonNull(retention, "retention");
    }
}
