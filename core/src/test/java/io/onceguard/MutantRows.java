package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;

/** Rows, leases and requests with one part changed, for stores with a fault. */
final class MutantRows {

    private MutantRows() {}

    /** The lease as if the record's present owner had sent it. */
    static Lease ownersOf(ModelStore store, Lease lease) {
        ModelStore.Row row = store.row(lease.id());
        return row == null
                ? lease
                : new Lease(
                        lease.id(), row.attemptId(), row.number(), row.token(), lease.duration(), lease.retention());
    }

    static boolean isHolder(ModelStore.Row row, AcquireRequest request) {
        return row != null
                && row.state() == RecordState.IN_PROGRESS
                && request.attemptId().equals(row.attemptId());
    }

    static AcquireResult withToken(ModelStore store, AcquireResult.Acquired acquired, long token) {
        Lease old = acquired.lease();
        ModelStore.Row row = store.row(old.id());
        store.put(old.id(), with(row, row.state(), row.attemptId(), token, row.leaseEnd(), null));
        Lease lease = new Lease(old.id(), old.attemptId(), old.number(), token, old.duration(), old.retention());
        return new AcquireResult.Acquired(lease, acquired.previous());
    }

    static AcquireRequest withAttempt(AcquireRequest request, AttemptId attempt) {
        return new AcquireRequest(
                request.id(), request.fingerprint(), attempt, request.lease(), request.retention(), request.takeover());
    }

    static ModelStore.Row with(
            ModelStore.Row row, RecordState state, AttemptId owner, long token, long leaseEnd, StoredResult result) {
        return new ModelStore.Row(
                state,
                row.fingerprint(),
                owner,
                row.number(),
                token,
                row.previous(),
                row.since(),
                leaseEnd,
                row.expiry(),
                result);
    }

    static ModelStore.Row leased(ModelStore.Row row, long leaseEnd) {
        return with(row, row.state(), row.attemptId(), row.token(), leaseEnd, row.result());
    }

    static ModelStore.Row expiring(ModelStore.Row row, long expiry) {
        return new ModelStore.Row(
                row.state(),
                row.fingerprint(),
                row.attemptId(),
                row.number(),
                row.token(),
                row.previous(),
                row.since(),
                row.leaseEnd(),
                expiry,
                row.result());
    }

    static StoredRecord dead(StoredRecord record) {
        return new StoredRecord(
                RecordState.ABANDONED,
                record.fingerprint(),
                record.number(),
                record.token(),
                record.age(),
                Duration.ZERO,
                record.retentionLeft(),
                record.result());
    }

    static ModelStore.Row fingerprinted(ModelStore.Row row, StoredFingerprint fingerprint) {
        return new ModelStore.Row(
                row.state(),
                fingerprint,
                row.attemptId(),
                row.number(),
                row.token(),
                row.previous(),
                row.since(),
                row.leaseEnd(),
                row.expiry(),
                row.result());
    }
}
