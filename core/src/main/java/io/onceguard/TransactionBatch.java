package io.onceguard;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.TransactionBoundStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The way of many calls to their results inside the caller's transaction: one after the other, each undone for itself if
 * its work fails. What cannot be undone or written spoils the transaction for all, and is thrown.
 */
final class TransactionBatch<T extends @Nullable Object> {

    private final TransactionBoundStore store;
    private final Map<RecordId, BatchMember<T>> firsts = new HashMap<>();

    TransactionBatch(TransactionBoundStore store) {
        this.store = store;
    }

    void run(List<BatchMember<T>> members) {
        for (BatchMember<T> member : members) {
            if (member.begin()) {
                if (Thread.currentThread().isInterrupted()) {
                    member.skip(null);
                } else {
                    run(member);
                }
            }
        }
    }

    private void run(BatchMember<T> member) {
        KeyedCall<T, Exception> call = member.keyed();
        if (call == null) {
            member.runWithoutKey();
            return;
        }
        BatchMember<T> earlier = firsts.putIfAbsent(call.id, member);
        if (earlier != null && member.sharesWith(earlier)) {
            return;
        }
        if (earlier != null && earlier.leftTheKeyFree()) {
            member.settle(() -> call.inProgress(Duration.ZERO)); // one batch runs a key once
            return;
        }
        TransactionExecution<T, Exception> execution = new TransactionExecution<>(call, store);
        member.settle(execution::outcome);
        IdempotencyStoreException spoiled = member.spoils();
        if (spoiled != null && (execution.hasAcquired() || spoiled instanceof TransactionConflictException)) {
            throw spoiled;
        }
    }
}
