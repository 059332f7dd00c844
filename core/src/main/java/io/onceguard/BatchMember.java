package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.CallEnded;
import io.onceguard.spi.RecordId;
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

    /** Whether a further call with the key may run the work; a later member of the same batch does not. */
    boolean leavesTheKeyOpen() {
        if (result instanceof BatchResult.Failed<T> failed) {
            return failed.mayRunAgain();
        }
        Outcome<T> outcome = result instanceof BatchResult.Answered<T> answered ? answered.outcome() : null;
        return outcome instanceof Outcome.InProgress
                || (outcome instanceof Outcome.Executed<T> executed && executed.recording() == Recording.NOT_RECORDED);
    }

    boolean isSettled() {
        return result != null || error != null;
    }

    /** Whether the work ran and threw. */
    boolean hasFailed() {
        return failureOfWork != null;
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

    /** The record, or what stands for it in a message. */
    RecordId named() {
        return keyed == null ? new RecordId(operation.name(), "", "unkeyed") : keyed.id;
    }

    private @Nullable RecordId id() {
        return keyed == null ? null : keyed.id;
    }
}
