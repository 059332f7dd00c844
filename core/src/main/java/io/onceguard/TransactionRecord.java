package io.onceguard;

import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.Lease;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.TransactionBoundStore;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record in the caller's open transaction, which owns it until it ends. What cannot be written is thrown: the caller
 * has to roll back, and nothing was lost.
 */
final class TransactionRecord implements OwnedRecord {

    private final TransactionBoundStore store;
    private final Lease lease;

    TransactionRecord(TransactionBoundStore store, Lease lease) {
        this.store = store;
        this.lease = lease;
    }

    @Override
    public Lease lease() {
        return lease;
    }

    @Override
    public Recording recording() {
        return Recording.IN_TRANSACTION;
    }

    /** Failed work leaves nothing in the transaction, and the transaction usable. */
    @Override
    public void undoWork(Throwable failureOfWork) {
        try {
            StoreNode.once(() -> {
                store.rollbackWork();
                return true;
            });
        } catch (StoreException failure) {
            suppress(failure, failureOfWork);
        }
    }

    @Override
    public Written write(FinalWrite write, Operation<?> operation, @Nullable Throwable failureOfWork) {
        try {
            boolean written = StoreNode.once(() -> write.applyTo(store));
            if (!written) {
                throw gone();
            }
            return Written.WRITTEN;
        } catch (StoreException failure) {
            operation.events().storeFailed(new StoreFailed(lease.id(), write.step(), failure));
            if (failureOfWork == null) {
                throw TransactionExecution.afterWork(lease.id(), failure);
            }
            suppress(failure, failureOfWork);
            return Written.REFUSED;
        }
    }

    static StoreException gone() {
        return new StoreException("the work ended the transaction that its record was written in", false, null);
    }

    private static void suppress(StoreException failure, Throwable failureOfWork) {
        if (failure != failureOfWork) {
            failureOfWork.addSuppressed(failure);
        }
    }

    @Override
    public Optional<StoredRecord> find() {
        return StoreNode.once(() -> store.find(lease.id()));
    }
}
