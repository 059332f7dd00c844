package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.OwnedRecord.Written;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Refused;
import io.onceguard.spi.Answer;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.Takeover;
import io.onceguard.spi.TransactionBoundStore;
import org.jspecify.annotations.Nullable;

/** What a member of a batch in a transaction does that is the first with its key: claim, work, last write. */
final class TransactionTurn<T extends @Nullable Object> {

    final BatchMember<T> member;
    final KeyedCall<T, Exception> call;

    private final TransactionBoundStore store;
    private AcquireRequest request;
    private @Nullable Acquired acquired;
    private @Nullable AttemptEnd<T, Exception> end;
    private @Nullable FinalWrite lastWrite;

    TransactionTurn(BatchMember<T> member, KeyedCall<T, Exception> call, TransactionBoundStore store) {
        this.member = member;
        this.call = call;
        this.store = store;
        this.request = call.newRequest();
    }

    AcquireRequest request() {
        return request;
    }

    /** Takes the store's answer; returns false if the store is to be asked again. */
    boolean answered(AcquireResult answer) {
        if (answer instanceof Acquired granted) {
            acquired = granted;
            return true;
        }
        Refused refused = (Refused) answer;
        member.settle(() -> {
            Outcome<T> outcome = call.judge(refused);
            boolean held = outcome == null && refused instanceof AcquireResult.Held;
            return held ? call.inProgress(refused.record().leaseLeft()) : outcome;
        });
        if (!member.isSettled()) {
            // Its fingerprint cannot be compared, which counts as equal; the store compares bytes only.
            request = request.withTakeover(Takeover.ofToken(refused.record().token()));
        }
        return member.isSettled();
    }

    /** Runs the work, up to its last write; what it wrote is undone if it fails. */
    void work() {
        Acquired granted = requireNonNull(acquired);
        TransactionRecord record = new TransactionRecord(store, granted.lease());
        AttemptEnd<T, Exception> ended = new AttemptRun<>(call, record, granted.previous()).end();
        end = ended;
        lastWrite = ended.write();
        checkUndone(ended);
    }

    /** What a failed work wrote must not be committed: if it cannot be undone, everything has to be. */
    private void checkUndone(AttemptEnd<T, Exception> ended) {
        Throwable failure = ended.failure();
        if (failure != null) {
            for (Throwable suppressed : failure.getSuppressed()) {
                if (suppressed instanceof StoreException store) {
                    throw TransactionExecution.afterWork(call.id, store);
                }
            }
        }
    }

    /** Gives the key back without having worked. */
    void giveBack() {
        Acquired granted = requireNonNull(acquired);
        lastWrite = call.operation.givenBack(granted.lease(), granted.previous());
    }

    @Nullable
    FinalWrite lastWrite() {
        return lastWrite;
    }

    /** Takes the answer to the last write, without which nothing may be committed. */
    void written(Answer<Boolean> answer) {
        StoreException failure = answer.failure();
        if (failure != null || !answer.orElseThrow()) {
            StoreException cause = failure != null ? failure : TransactionRecord.gone();
            throw TransactionExecution.afterWork(call.id, cause);
        }
        AttemptEnd<T, Exception> ended = end;
        if (ended != null) {
            member.settle(() -> ended.meaning().of(Written.WRITTEN));
        }
    }
}
