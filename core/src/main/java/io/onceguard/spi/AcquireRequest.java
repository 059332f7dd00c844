package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What an attempt asks of the store.
 *
 * @param id the record
 * @param fingerprint the fingerprint of the attempt's input; it becomes the record's if the attempt acquires it
 * @param attemptId the attempt; asking again with the same id asks for the same answer
 * @param lease how long the lease shall last from the moment of the grant
 * @param retention how long the record outlives the lease if nobody comes back
 * @param takeover whether a record whose last attempt died or was held may be taken over
 */
public record AcquireRequest(
        RecordId id,
        StoredFingerprint fingerprint,
        AttemptId attemptId,
        Duration lease,
        Retention retention,
        Takeover takeover) {

    /**
     * Creates a request.
     *
     * @throws NullPointerException if a part is null
     */
    public AcquireRequest {
        requireNonNull(id, "id");
        requireNonNull(fingerprint, "fingerprint");
        requireNonNull(attemptId, "attemptId");
        requireNonNull(lease, "lease");
        requireNonNull(retention, "retention");
        requireNonNull(takeover, "takeover");
    }

    /**
     * Returns the same request with another leave to take over.
     *
     * @param other the leave
     * @return the request
     */
    public AcquireRequest withTakeover(Takeover other) {
        return new AcquireRequest(id, fingerprint, attemptId, lease, retention, other);
    }
}
