package io.onceguard.messaging;

import io.onceguard.BatchResult;
import io.onceguard.FailurePolicy;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome;
import io.onceguard.Recording;
import io.onceguard.UnreadableResultException;
import io.onceguard.messaging.Disposition.Duplicate;
import io.onceguard.messaging.Disposition.Processed;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.Rejected.Reason;
import io.onceguard.messaging.Disposition.RetryLater;
import io.onceguard.messaging.Disposition.RetryLater.Cause;
import org.jspecify.annotations.Nullable;

/** What a result means for the broker: the table of the package documentation. */
record Verdicts(int attemptLimit, RetryDelay retryDelay) {

    Disposition of(BatchResult<?> result) {
        if (result instanceof BatchResult.Answered<?> answered) {
            return ofOutcome(answered.outcome());
        }
        if (result instanceof BatchResult.Failed<?> failed) {
            return ofFailure(failed);
        }
        if (result instanceof BatchResult.FailedBefore<?>) {
            return new Duplicate();
        }
        if (result instanceof BatchResult.Refused<?> refused) {
            return ofRefusal(refused.failure());
        }
        return later(Cause.NOT_STARTED, ((BatchResult.NotStarted<?>) result).cause());
    }

    private static Disposition ofOutcome(Outcome<?> outcome) {
        return outcome.fold(
                executed -> new Processed(executed.recording(), null),
                replayed -> new Duplicate(),
                inProgress -> new RetryLater(inProgress.retryAfter(), Cause.IN_PROGRESS, null),
                mismatch -> new Rejected(Reason.KEY_REUSED, null),
                unresolved -> switch (unresolved.reason()) {
                    case RESULT_NOT_KEPT -> new Duplicate();
                    case HELD -> new Rejected(Reason.HELD, null);
                    case INTERRUPTED -> new Rejected(Reason.INTERRUPTED, null);
                });
    }

    private Disposition ofFailure(BatchResult.Failed<?> failed) {
        if (failed.policy() == FailurePolicy.RECORD) {
            return new Processed(Recording.RECORDED, failed.failure());
        }
        if (!failed.mayRunAgain()) {
            return new Rejected(Reason.HELD, failed.failure());
        }
        return failed.attempt() >= attemptLimit
                ? new Rejected(Reason.ATTEMPTS_EXHAUSTED, failed.failure())
                : new RetryLater(retryDelay.after(failed.attempt()), Cause.HANDLER_FAILED, failed.failure());
    }

    private Disposition ofRefusal(RuntimeException failure) {
        if (failure instanceof IdempotencyStoreException) {
            return later(Cause.STORE_FAILED, failure);
        }
        return failure instanceof UnreadableResultException
                ? new Rejected(Reason.RESULT_UNREADABLE, failure)
                : invalid(failure);
    }

    Disposition invalid(Throwable failure) {
        return new Rejected(Reason.INVALID_MESSAGE, failure);
    }

    Disposition exhausted() {
        return new Rejected(Reason.ATTEMPTS_EXHAUSTED, null);
    }

    Disposition later(Cause cause, @Nullable Throwable failure) {
        return new RetryLater(retryDelay.first(), cause, failure);
    }
}
