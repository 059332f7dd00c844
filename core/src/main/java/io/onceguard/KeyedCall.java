package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.FailureReplayed;
import io.onceguard.IdempotencyListener.FingerprintNotCompared;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One call with a key: what its caller gave, and what an answer of the store means for it. Used by one thread. */
final class KeyedCall<T extends @Nullable Object, X extends Exception> {

    private static final long LONGEST_HINT_NANOS = 1_000_000_000L;
    private static final long SHORTEST_HINT_NANOS = 1_000_000L;

    final Operation<T> operation;
    final RecordId id;
    final StoredFingerprint fingerprint;
    final AttemptWork<? extends T, ? extends X> work;
    final Retention retention;

    private @Nullable String originId;
    private boolean notCompared;
    private @Nullable Throwable replayedFailure;

    KeyedCall(Operation<T> operation, RecordId id, IdempotentCall call, AttemptWork<? extends T, ? extends X> work) {
        this.operation = operation;
        this.id = id;
        this.fingerprint = call.fingerprint().stored();
        this.work = work;
        this.retention = call.retentionOr(operation.retention());
        this.originId = call.originId();
    }

    /** A request by a new attempt of this call. */
    AcquireRequest newRequest() {
        Takeover leave = operation.takesOver() ? Takeover.SAME_FINGERPRINT : Takeover.NEVER;
        return new AcquireRequest(id, fingerprint, AttemptIds.next(), operation.lease(), retention, leave);
    }

    String originId() {
        if (originId == null) {
            originId = AttemptIds.newOriginId();
        }
        return originId;
    }

    /** The final meaning of a refusal; null if the record may be taken over, or is in progress. */
    @Nullable
    Outcome<T> judge(AcquireResult.Refused refused) {
        if (differs(refused.record().fingerprint())) {
            return mismatch();
        }
        if (refused instanceof AcquireResult.Completed) {
            return replay(requireNonNull(refused.record().result()));
        }
        if (refused instanceof AcquireResult.Abandoned && !operation.takesOver()) {
            boolean held = refused.record().state() == RecordState.HELD;
            return unresolved(held ? UnresolvedReason.HELD : UnresolvedReason.INTERRUPTED);
        }
        return null;
    }

    /** Fingerprints that cannot be compared count as equal, and somebody is told, once per call. */
    boolean differs(StoredFingerprint other) {
        if (fingerprint.equals(other)) {
            return false;
        }
        if (fingerprint.isComparableTo(other)) {
            return true;
        }
        if (!notCompared) {
            notCompared = true;
            operation.events().fingerprintNotCompared(new FingerprintNotCompared(id));
        }
        return false;
    }

    Outcome<T> replay(StoredResult result) {
        Outcome<T> replayed =
                result.isEvicted() ? null : replayOrNull(operation.envelope().decode(id, result.bytes()));
        return replayed != null ? replayed : unresolved(UnresolvedReason.RESULT_NOT_KEPT);
    }

    /** Replays a result, which throws a recorded failure; null if the record was completed without a result. */
    @SuppressWarnings("NullAway") // null is a value like any other
    @Nullable
    Outcome<T> replayOrNull(Decoded<T> decoded) {
        if (decoded instanceof Decoded.Value<T> value) {
            return new Outcome.Replayed<>(value.value(), value.originId());
        }
        if (decoded instanceof Decoded.Failure<T> failure) {
            operation.events().failureReplayed(new FailureReplayed(id, failure.originId()));
            replayedFailure = failure.failure();
            throw KeyedCall.<RuntimeException>unchecked(failure.failure());
        }
        return null;
    }

    /** Whether this was thrown because it is the recorded result. */
    boolean isReplay(Throwable thrown) {
        return thrown == replayedFailure;
    }

    Outcome<T> mismatch() {
        return new Outcome.FingerprintMismatch<>(id);
    }

    Outcome<T> unresolved(UnresolvedReason reason) {
        return new Outcome.Unresolved<>(id, reason);
    }

    Outcome<T> inProgress(Duration leaseLeft) {
        long nanos = Math.min(LONGEST_HINT_NANOS, Math.max(SHORTEST_HINT_NANOS, leaseLeft.toNanos()));
        return new Outcome.InProgress<>(id, Duration.ofNanos(nanos));
    }

    /** Throws an exception whose checked type is the work's own business. */
    @SuppressWarnings("unchecked")
    static <E extends Throwable> RuntimeException unchecked(Throwable failure) throws E {
        throw (E) failure;
    }
}
