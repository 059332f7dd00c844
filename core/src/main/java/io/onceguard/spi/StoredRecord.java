package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A record as the store saw it at the moment of the answer. All durations are measured by the store's clock.
 *
 * @param state the state; ABANDONED where the lease is over
 * @param fingerprint the fingerprint of the current attempt's input
 * @param number the number of the current or last attempt
 * @param token the fencing token of the current or last attempt
 * @param age the time since the current attempt acquired the record (IN_PROGRESS, ABANDONED), or since the record
 *     was completed, released or held
 * @param leaseLeft the time until the lease ends; zero unless IN_PROGRESS
 * @param retentionLeft the time until the record expires, but at least 1 ms and at most {@link Retention#MAX};
 *     forever if it never does
 * @param result the result, for COMPLETED; else null
 */
public record StoredRecord(
        RecordState state,
        StoredFingerprint fingerprint,
        int number,
        long token,
        Duration age,
        Duration leaseLeft,
        Retention retentionLeft,
        @Nullable StoredResult result) {

    /**
     * Creates a view of a record.
     *
     * @throws IllegalArgumentException if there is a result without COMPLETED or COMPLETED without a result
     */
    public StoredRecord {
        requireNonNull(state, "state");
        requireNonNull(fingerprint, "fingerprint");
        requireNonNull(age, "age");
        requireNonNull(leaseLeft, "leaseLeft");
        requireNonNull(retentionLeft, "retentionLeft");
        if ((state == RecordState.COMPLETED) != (result != null)) {
            throw new IllegalArgumentException("a record has a result if and only if it is completed, was " + state);
        }
    }
}
