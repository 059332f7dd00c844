package io.onceguard;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import org.jspecify.annotations.Nullable;

/** The last write of an attempt: it completes, releases or holds the record. Repeating it is safe. */
record FinalWrite(Step step, Lease lease, @Nullable StoredResult result, Retention retention) {

    static FinalWrite complete(Lease lease, StoredResult result, Retention retention) {
        return new FinalWrite(Step.COMPLETE, lease, result, retention);
    }

    static FinalWrite release(Lease lease) {
        return new FinalWrite(Step.RELEASE, lease, null, lease.retention());
    }

    static FinalWrite hold(Lease lease) {
        return new FinalWrite(Step.HOLD, lease, null, lease.retention());
    }

    /** Writes, and returns false if the store refused because the attempt no longer owns the record. */
    boolean applyTo(IdempotencyStore store) {
        if (result != null) {
            return store.complete(lease, result, retention);
        }
        return step == Step.HOLD ? store.hold(lease) : store.release(lease);
    }

    int bytes() {
        return result == null ? 0 : result.bytes().length;
    }
}
