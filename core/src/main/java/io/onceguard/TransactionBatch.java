package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.TransactionBoundStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way of many calls to their results inside the caller's transaction: one claim for all, their works one after the
 * other, each undone for itself if it fails, and one last write for all. What cannot be undone or written spoils the
 * transaction for all of them, and is thrown. One thread, one use.
 */
final class TransactionBatch<T extends @Nullable Object> {

    private final Operation<T> operation;
    private final TransactionBoundStore store;
    private final List<BatchMember<T>> members;

    /** The first member with each key, in order. */
    private final Map<BatchMember<T>, TransactionTurn<T>> turns = new LinkedHashMap<>();

    /** Members with the key of an earlier one, and the earlier one. */
    private final Map<BatchMember<T>, BatchMember<T>> later = new LinkedHashMap<>();

    TransactionBatch(Operation<T> operation, TransactionBoundStore store, List<BatchMember<T>> members) {
        this.operation = operation;
        this.store = store;
        this.members = members;
    }

    void run() {
        if (Thread.currentThread().isInterrupted()) {
            members.stream().filter(BatchMember::begin).forEach(member -> member.skip(null));
            return;
        }
        meet();
        claim();
        members.stream().filter(this::isWorker).forEach(this::work);
        write();
        later.forEach(this::follow);
    }

    private void meet() {
        Map<RecordId, BatchMember<T>> firsts = new HashMap<>();
        for (BatchMember<T> member : members) {
            KeyedCall<T, Exception> call = member.keyed();
            BatchMember<T> first = call == null ? null : firsts.putIfAbsent(call.id, member);
            if (first != null) {
                later.put(member, first);
            } else if (call != null) {
                turns.put(member, new TransactionTurn<>(member, call, store));
            }
        }
    }

    private void claim() {
        List<TransactionTurn<T>> asking = List.copyOf(turns.values());
        while (!asking.isEmpty()) {
            List<Answer<AcquireResult>> answers = acquire(asking);
            List<TransactionTurn<T>> again = new ArrayList<>();
            for (int i = 0; i < asking.size(); i++) {
                StoreException failure = answers.get(i).failure();
                if (failure != null) {
                    refuse(asking.get(i), failure);
                } else if (!asking.get(i).answered(answers.get(i).orElseThrow())) {
                    again.add(asking.get(i));
                }
            }
            asking = again;
        }
    }

    private List<Answer<AcquireResult>> acquire(List<TransactionTurn<T>> asking) {
        try {
            return StoreNode.once(() -> store.acquireAll(
                    asking.stream().map(TransactionTurn::request).toList()));
        } catch (StoreException failure) {
            throw TransactionExecution.beforeWork(asking.get(0).call.id, failure);
        }
    }

    private void refuse(TransactionTurn<T> turn, StoreException failure) {
        RecordId id = turn.call.id;
        operation.events().storeFailed(new StoreFailed(id, Step.ACQUIRE, failure));
        IdempotencyStoreException refusal = TransactionExecution.beforeWork(id, failure);
        if (failure instanceof StoreConflictException) {
            throw refusal;
        }
        turn.member.refuse(refusal);
    }

    private boolean isWorker(BatchMember<T> member) {
        return member.begin() && !later.containsKey(member);
    }

    private void work(BatchMember<T> member) {
        TransactionTurn<T> turn = turns.get(member);
        if (Thread.currentThread().isInterrupted()) {
            member.skip(null);
            if (turn != null) {
                turn.giveBack();
            }
            return;
        }
        inTransaction(member, store::beginWork);
        if (turn != null) {
            turn.work();
        } else {
            member.runWithoutKey();
            if (member.hasFailed()) {
                inTransaction(member, store::rollbackWork);
            }
        }
    }

    private void inTransaction(BatchMember<T> member, Runnable step) {
        uninterrupted(() -> {
            try {
                StoreNode.once(() -> {
                    step.run();
                    return true;
                });
            } catch (StoreException failure) {
                throw TransactionExecution.afterWork(member.named(), failure);
            }
        });
    }

    private void write() {
        List<TransactionTurn<T>> ended =
                turns.values().stream().filter(turn -> turn.lastWrite() != null).toList();
        List<FinalWrite> writes =
                ended.stream().map(turn -> requireNonNull(turn.lastWrite())).toList();
        uninterrupted(() -> {
            List<Answer<Boolean>> answers = new LastWrites(store, operation.events()).ask(writes);
            for (int i = 0; i < ended.size(); i++) {
                ended.get(i).written(answers.get(i));
            }
        });
    }

    /** As for a single call: an interrupt breaks connections and files. */
    private static void uninterrupted(Runnable step) {
        boolean interrupted = Thread.interrupted();
        try {
            step.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What a member gets that has the key of an earlier one: the record says it, unless it is to be run again. */
    private void follow(BatchMember<T> member, BatchMember<T> earlier) {
        if (earlier.leavesTheKeyOpen() || member.sharesWith(earlier)) {
            member.settle(() -> member.isSettled() ? null : inProgress(member));
            return;
        }
        Optional<StoredRecord> found;
        try {
            found = StoreNode.once(() -> store.find(member.named()));
        } catch (StoreException failure) {
            throw TransactionExecution.afterWork(member.named(), failure);
        }
        member.settle(() -> {
            Outcome<T> outcome = found.map(record -> judged(member, record)).orElse(null);
            return outcome == null ? inProgress(member) : outcome;
        });
    }

    private @Nullable Outcome<T> judged(BatchMember<T> member, StoredRecord record) {
        KeyedCall<T, Exception> call = requireNonNull(member.keyed());
        return call.judge(
                record.state() == RecordState.COMPLETED
                        ? new AcquireResult.Completed(record)
                        : new AcquireResult.Abandoned(record));
    }

    private Outcome<T> inProgress(BatchMember<T> member) {
        return requireNonNull(member.keyed()).inProgress(Duration.ZERO);
    }
}
