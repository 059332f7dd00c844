package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.CallEnded;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One call of a batch, and its result once there is one. Belongs to the batch's thread; while its work runs on another
 * one, the batch waits for it.
 */
final class BatchMember<T extends @Nullable Object> {

    private final Operation<T> operation;
    private final IdempotentCall given;
    private final AttemptWork<T, Exception> work;
    private final @Nullable KeyedCall<T, Exception> keyed;

    private final AtomicBoolean begun = new AtomicBoolean();
    private int attempt = 1;
    private @Nullable Throwable failureOfWork;
    private @Nullable BatchResult<T> result;
    private @Nullable Error error;

    /** Something that may end with the outcome of this call; null if it does not. */
    interface Way<T extends @Nullable Object> {
        @Nullable
        Outcome<T> outcome() throws Exception;
    }

    BatchMember(Operation<T> operation, BatchCall<T, Attempt> call) {
        this.operation = operation;
        this.given = call.call();
        this.work = current -> run(call.work(), current);
        this.keyed = keyedOrNull();
    }

    private @Nullable KeyedCall<T, Exception> keyedOrNull() {
        IdempotencyKey key = given.key();
        try {
            return key == null ? null : new KeyedCall<>(operation, operation.recordId(key), given, work);
        } catch (IllegalArgumentException refused) {
            result = new BatchResult.Refused<>(refused);
            return null;
        }
    }

    private T run(BatchWork<? extends T, ? super Attempt> business, Attempt current) throws Exception {
        attempt = current.number();
        try {
            return business.run(current, current);
        } catch (Throwable failure) {
            failureOfWork = failure;
            if (failure instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // it ends up in a result, where no caller sees its type
            }
            throw failure;
        }
    }

    /** The call, if it has a key. */
    @Nullable
    KeyedCall<T, Exception> keyed() {
        return keyed;
    }

    /** Says who deals with the work: true for the first who asks, unless there is nothing to do. */
    boolean begin() {
        return !isSettled() && begun.compareAndSet(false, true);
    }

    /** Runs the work of a call without a key. */
    void runWithoutKey() {
        settle(() -> Unrecorded.withoutKey(operation, given, work), null);
    }

    /** Goes the way and keeps its outcome, or what was thrown. The record follows the operation's failure policies. */
    void settle(Way<T> way) {
        settle(way, operation.failures());
    }

    /** Like {@link #settle(Way)}; without policies if no record says what became of the work. */
    void settle(Way<T> way, @Nullable FailurePolicies policies) {
        try {
            Outcome<T> outcome = way.outcome();
            result = outcome == null ? result : new BatchResult.Answered<>(outcome);
        } catch (Throwable thrown) {
            if (thrown == failureOfWork) {
                failed(thrown, policies == null ? null : policies.of(thrown));
            } else if (keyed != null && keyed.isReplay(thrown)) {
                result = new BatchResult.FailedBefore<>(thrown);
            } else if (thrown instanceof Error serious) {
                error = serious;
            } else {
                result = new BatchResult.Refused<>((RuntimeException) thrown);
            }
        }
    }

    private void failed(Throwable failure, @Nullable FailurePolicy policy) {
        boolean mayRunAgain = policy != FailurePolicy.RECORD && (policy != FailurePolicy.HOLD || operation.takesOver());
        result = new BatchResult.Failed<>(failure, attempt, policy, mayRunAgain);
        if (failure instanceof Error serious) {
            error = serious;
        }
    }

    void refuse(RuntimeException failure) {
        result = new BatchResult.Refused<>(failure);
    }

    /** The work is not begun. */
    void skip(@Nullable Throwable cause) {
        result = new BatchResult.NotStarted<>(cause);
    }

    /** Takes the result of an earlier member with the same key, if that was not run; returns whether it does. */
    boolean sharesWith(BatchMember<T> earlier) {
        if (earlier.result instanceof BatchResult.NotStarted || earlier.result instanceof BatchResult.Refused) {
            result = earlier.result;
        }
        return isSettled();
    }

    /** Whether the work ran, and the record is as free as before. */
    boolean leftTheKeyFree() {
        return result instanceof BatchResult.Failed<T> failed
                ? failed.mayRunAgain()
                : result instanceof BatchResult.Answered<T> answered
                        && answered.outcome() instanceof Outcome.Executed<T> executed
                        && executed.recording() == Recording.NOT_RECORDED;
    }

    /** What says that the transaction of this call cannot go on; null if it can. */
    @Nullable
    IdempotencyStoreException spoils() {
        if (failureOfWork == null) {
            return result instanceof BatchResult.Refused<T> refused
                            && refused.failure() instanceof IdempotencyStoreException failure
                    ? failure
                    : null;
        }
        for (Throwable suppressed : failureOfWork.getSuppressed()) {
            if (suppressed instanceof StoreException failure) {
                return TransactionExecution.afterWork(requireNonNull(keyed).id, failure);
            }
        }
        return null;
    }

    boolean isSettled() {
        return result != null || error != null;
    }

    @Nullable
    Error error() {
        return error;
    }

    /** The result, which the listener is told of; not for one that ended with an Error of somebody else's. */
    BatchResult<T> result() {
        BatchResult<T> known = requireNonNull(result);
        if (known instanceof BatchResult.Answered<T> answered
                && operation.events().wantsCalls()) {
            operation.events().callEnded(new CallEnded(id(), answered.outcome()));
        }
        return known;
    }

    private @Nullable RecordId id() {
        return keyed == null ? null : keyed.id;
    }
}
