package io.onceguard.jmh;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.Optional;

/** A wrapper that counts as another node: the executors over it do not meet those over the store itself. */
record OtherNode(IdempotencyStore store) implements IdempotencyStore {

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        return store.acquire(request);
    }

    @Override
    public boolean renew(Lease lease) {
        return store.renew(lease);
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return store.complete(lease, result, retention);
    }

    @Override
    public boolean release(Lease lease) {
        return store.release(lease);
    }

    @Override
    public boolean hold(Lease lease) {
        return store.hold(lease);
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return store.resolve(id, expectedToken, result, retention);
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return store.delete(id, expectedToken);
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return store.find(id);
    }

    @Override
    public boolean isLocal() {
        return store.isLocal();
    }
}
