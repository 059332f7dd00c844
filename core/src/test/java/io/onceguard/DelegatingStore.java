package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.Optional;

/** Passes every call on: to the executor, another instance of this class over the same store is another node. */
class DelegatingStore implements IdempotencyStore {

    private final IdempotencyStore delegate;
    private final boolean local;

    DelegatingStore(IdempotencyStore delegate) {
        this(delegate, delegate.isLocal());
    }

    DelegatingStore(IdempotencyStore delegate, boolean local) {
        this.delegate = delegate;
        this.local = local;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        return delegate.acquire(request);
    }

    @Override
    public boolean renew(Lease lease) {
        return delegate.renew(lease);
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return delegate.complete(lease, result, retention);
    }

    @Override
    public boolean release(Lease lease) {
        return delegate.release(lease);
    }

    @Override
    public boolean hold(Lease lease) {
        return delegate.hold(lease);
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return delegate.resolve(id, expectedToken, result, retention);
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return delegate.delete(id, expectedToken);
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return delegate.find(id);
    }

    @Override
    public int purgeExpired(int limit) {
        return delegate.purgeExpired(limit);
    }

    @Override
    public boolean isLocal() {
        return local;
    }
}
