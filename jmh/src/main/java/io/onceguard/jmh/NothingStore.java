package io.onceguard.jmh;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Grants every lease and forgets every result; except that all keys of {@link Keys#COMPLETED} share the result that one
 * of them was completed with.
 */
final class NothingStore implements IdempotencyStore {

    private final boolean local;

    private volatile StoredFingerprint fingerprint = StoredFingerprint.NONE;
    private volatile AcquireResult.@Nullable Completed completed;

    NothingStore(boolean local) {
        this.local = local;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        if (request.id().key().startsWith(Keys.COMPLETED)) {
            AcquireResult.Completed answer = completed;
            if (answer != null) {
                return answer;
            }
            fingerprint = request.fingerprint();
        }
        Lease lease = new Lease(request.id(), request.attemptId(), 1, 1, request.lease(), request.retention());
        return new AcquireResult.Acquired(lease, PreviousAttempt.NONE);
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        if (lease.id().key().startsWith(Keys.COMPLETED)) {
            completed = new AcquireResult.Completed(new StoredRecord(
                    RecordState.COMPLETED, fingerprint, 1, 1, Duration.ZERO, Duration.ZERO, retention, result));
        }
        return true;
    }

    @Override
    public boolean renew(Lease lease) {
        return true;
    }

    @Override
    public boolean release(Lease lease) {
        return true;
    }

    @Override
    public boolean hold(Lease lease) {
        return true;
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return false;
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return false;
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return Optional.empty();
    }

    @Override
    public boolean isLocal() {
        return local;
    }
}
