package io.onceguard;

import io.onceguard.IdempotencyListener.Recovered;
import io.onceguard.IdempotencyListener.Recovered.Decision;
import io.onceguard.IdempotencyListener.ResultNotKept;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.IdempotencyListener.WorkFailed;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt does with the record it owns: find out about earlier attempts, run the work, and write how it ended.
 *
 * <p>Three rules hold on every path. What the work returned or threw reaches the caller, whatever the store does. The
 * record is never given back after the work succeeded, unless its value was not to be recorded. The interrupt flag is
 * taken down around the store calls after the work, because an interrupt breaks connections and files, and is put up
 * again afterwards.
 */
final class AttemptRun<T extends @Nullable Object, X extends Exception> {

    private final KeyedCall<T, X> call;
    private final Operation<T> operation;
    private final Attempt attempt;
    private final OwnedRecord record;

    AttemptRun(KeyedCall<T, X> call, OwnedRecord record, PreviousAttempt previous) {
        this.call = call;
        this.operation = call.operation;
        this.attempt = new Attempt(call.id, call.originId(), previous, record);
        this.record = record;
    }

    Outcome<T> outcome() throws X {
        AttemptEnd<T, X> end = end();
        boolean interrupted = Thread.interrupted();
        try {
            return end.meaning().of(record.write(end.write(), operation, end.failure()));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs the attempt up to its last write, which is left to the caller; throws nothing. */
    AttemptEnd<T, X> end() {
        if (Operation.needsRecovery(attempt.previous())) {
            AttemptEnd<T, X> settled = recover();
            if (settled != null) {
                return settled;
            }
        }
        T value;
        try {
            value = call.work.run(attempt);
        } catch (Throwable failure) {
            attempt.end();
            return uninterrupted(() -> failed(failure));
        }
        attempt.end();
        return uninterrupted(() -> returned(value));
    }

    int number() {
        return attempt.number();
    }

    // ---- recovery

    /** Asks the reconciler whether an earlier attempt had its effect; null if the work is to run. */
    private @Nullable AttemptEnd<T, X> recover() {
        Reconciler<T> reconciler = operation.reconciler();
        if (reconciler == null) {
            decided(Decision.RUN_AGAIN, null);
            return null;
        }
        Reconciliation<T> finding;
        try {
            finding = reconciler.check(attempt);
        } catch (Throwable fault) {
            return checkFailed(fault);
        }
        if (finding instanceof Reconciliation.NotLanded) {
            decided(Decision.NOT_LANDED, null);
            return null;
        }
        attempt.end();
        if (finding instanceof Reconciliation.Landed<T> landed) {
            decided(Decision.LANDED, null);
            return uninterrupted(() -> landed(landed.value()));
        }
        decided(Decision.UNKNOWN, null);
        return hold(null);
    }

    private AttemptEnd<T, X> checkFailed(Throwable fault) {
        attempt.end();
        decided(Decision.CHECK_FAILED, fault);
        if (fault instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return uninterrupted(() -> {
            record.undoWork(fault);
            return hold(fault);
        });
    }

    private AttemptEnd<T, X> hold(@Nullable Throwable fault) {
        return new AttemptEnd<>(FinalWrite.hold(record.lease()), fault, written -> {
            if (fault instanceof Error error) {
                throw error;
            }
            return call.unresolved(UnresolvedReason.HELD);
        });
    }

    private void decided(Decision decision, @Nullable Throwable fault) {
        operation.events().recovered(new Recovered(call.id, attempt.previous(), decision, fault));
    }

    // ---- the work returned

    /**
     * The reconciler's value counts as a replay once it is recorded: the work had been done. It is recorded whatever the
     * operation wishes for values of its work, because giving the key back would repeat an effect that took place.
     */
    private AttemptEnd<T, X> landed(T value) {
        AttemptEnd<T, X> end = recorded(value, false);
        return new AttemptEnd<>(end.write(), null, answer -> {
            Outcome<T> written = end.meaning().of(answer);
            boolean recorded = written instanceof Outcome.Executed<T> it && it.recording() == record.recording();
            return recorded ? new Outcome.Replayed<>(value, attempt.originId()) : written;
        });
    }

    private AttemptEnd<T, X> returned(T value) {
        boolean wanted = !attempt.isNotRecorded() && isWanted(value);
        return wanted ? recorded(value, operation.releaseUnkept()) : givenBack(value);
    }

    private AttemptEnd<T, X> recorded(T value, boolean releaseUnkept) {
        Encoded encoded = encode(() -> operation.envelope().encodeValue(call.id, value, attempt.originId()));
        if (encoded instanceof Encoded.Kept kept) {
            return completed(value, kept.result(), record.recording());
        }
        ResultNotKept.Reason reason = notKept(encoded);
        return releaseUnkept ? givenBack(value) : completed(value, noResult(reason), Recording.RESULT_NOT_KEPT);
    }

    private AttemptEnd<T, X> completed(T value, StoredResult result, Recording recording) {
        return new AttemptEnd<>(completion(result), null, answer -> switch (answer) {
            case WRITTEN -> executed(value, recording);
            case DEFERRED -> executed(value, Recording.DEFERRED);
            case REFUSED -> afterRefusal(value);
        });
    }

    private AttemptEnd<T, X> givenBack(T value) {
        return new AttemptEnd<>(
                FinalWrite.release(record.lease()), null, answer -> executed(value, Recording.NOT_RECORDED));
    }

    private Outcome<T> executed(T value, Recording recording) {
        return new Outcome.Executed<>(value, recording, attempt.originId());
    }

    /** A predicate that throws does not lose the result of work that was done. */
    private boolean isWanted(T value) {
        try {
            return operation.recordWhen().test(value);
        } catch (Throwable fault) {
            return true;
        }
    }

    private FinalWrite completion(StoredResult result) {
        return FinalWrite.complete(record.lease(), result, attempt.retentionOr(call.retention));
    }

    private StoredResult noResult(ResultNotKept.Reason reason) {
        return operation.envelope().encodeNoResult(call.id, reason.name(), attempt.originId());
    }

    /** The work is done: not even an Error of a codec (a value that contains itself, say) may hide that. */
    private static Encoded encode(Supplier<Encoded> step) {
        try {
            return step.get();
        } catch (Throwable fault) {
            return new Encoded.NotEncodable(fault);
        }
    }

    private ResultNotKept.Reason notKept(Encoded encoded) {
        Throwable cause = encoded instanceof Encoded.NotEncodable not ? not.cause() : null;
        ResultNotKept.Reason reason =
                cause == null ? ResultNotKept.Reason.TOO_LARGE : ResultNotKept.Reason.NOT_ENCODABLE;
        operation.events().resultNotKept(new ResultNotKept(call.id, reason, cause));
        return reason;
    }

    /** Another attempt, or an operator, has moved the record. If it holds a result, that is everybody's answer. */
    private Outcome<T> afterRefusal(T value) {
        Decoded<T> theirs = winner();
        Outcome<T> replayed = theirs == null ? null : call.replayOrNull(theirs);
        return replayed != null ? replayed : executed(value, Recording.LEASE_LOST);
    }

    private @Nullable Decoded<T> winner() {
        Optional<StoredRecord> theirs;
        try {
            theirs = record.find();
        } catch (StoreException failure) {
            operation.events().storeFailed(new StoreFailed(call.id, Step.FIND, failure));
            return null;
        }
        StoredResult result = theirs.filter(
                        it -> it.state() == RecordState.COMPLETED && !call.differs(it.fingerprint()))
                .map(StoredRecord::result)
                .orElse(null);
        try {
            return result == null || result.isEvicted()
                    ? null
                    : operation.envelope().decode(call.id, result.bytes());
        } catch (Throwable unreadable) {
            return null; // the work was done and its value is at hand: that it is provisional is all there is to say
        }
    }

    // ---- the work threw

    private AttemptEnd<T, X> failed(Throwable failure) {
        FailurePolicy policy = operation.failures().of(failure);
        record.undoWork(failure);
        FinalWrite write = switch (policy) {
            case RELEASE -> FinalWrite.release(record.lease());
            case HOLD -> FinalWrite.hold(record.lease());
            case RECORD -> completion(encodeFailure(failure));
        };
        return new AttemptEnd<>(write, failure, answer -> {
            operation.events().workFailed(new WorkFailed(call.id, policy, failure));
            throw KeyedCall.<RuntimeException>unchecked(failure);
        });
    }

    private StoredResult encodeFailure(Throwable failure) {
        Encoded encoded = encode(() -> operation.envelope().encodeFailure(call.id, failure, attempt.originId()));
        return encoded instanceof Encoded.Kept kept ? kept.result() : noResult(notKept(encoded));
    }

    // ---- the interrupt flag

    private static <R extends @Nullable Object> R uninterrupted(Supplier<R> step) {
        boolean interrupted = Thread.interrupted();
        try {
            return step.get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
