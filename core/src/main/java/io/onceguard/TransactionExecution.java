package io.onceguard;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.Takeover;
import io.onceguard.spi.TransactionBoundStore;
import org.jspecify.annotations.Nullable;

/**
 * The way of one call to its outcome inside the caller's transaction. Nobody meets here, nothing is renewed, and nothing
 * goes on in the background: the lock on the row keeps others away, and dies with the transaction.
 */
final class TransactionExecution<T extends @Nullable Object, X extends Exception> {

    private final KeyedCall<T, X> call;
    private final TransactionBoundStore store;

    TransactionExecution(KeyedCall<T, X> call, TransactionBoundStore store) {
        this.call = call;
        this.store = store;
    }

    Outcome<T> outcome() throws X {
        AcquireRequest request = call.newRequest();
        while (true) {
            AcquireResult answer = acquire(request);
            if (answer instanceof AcquireResult.Acquired acquired) {
                TransactionRecord record = new TransactionRecord(store, acquired.lease());
                return new AttemptRun<>(call, record, acquired.previous()).outcome();
            }
            AcquireResult.Refused refused = (AcquireResult.Refused) answer;
            Outcome<T> outcome = call.judge(refused);
            if (outcome != null) {
                return outcome;
            }
            if (refused instanceof AcquireResult.Held) {
                return call.inProgress(refused.record().leaseLeft());
            }
            // Its fingerprint cannot be compared, which counts as equal; the store compares bytes only.
            request = request.withTakeover(Takeover.ofToken(refused.record().token()));
        }
    }

    private AcquireResult acquire(AcquireRequest request) {
        try {
            return StoreNode.once(() -> store.acquire(request));
        } catch (StoreException failure) {
            call.operation.events().storeFailed(new StoreFailed(call.id, Step.ACQUIRE, failure));
            throw beforeWork(call.id, failure);
        }
    }

    static IdempotencyStoreException beforeWork(RecordId id, StoreException failure) {
        return failure instanceof StoreConflictException conflict
                ? new TransactionConflictException(id, conflict)
                : new IdempotencyStoreException(id, failure);
    }

    static IdempotencyStoreException afterWork(RecordId id, StoreException failure) {
        return failure instanceof StoreConflictException conflict
                ? new TransactionConflictException(id, conflict)
                : new IdempotencyStoreException(
                        id + " could not be written in the transaction of its work; roll it back", failure);
    }
}
