package io.onceguard;

import io.onceguard.IdempotencyListener.FailureReplayed;
import io.onceguard.IdempotencyListener.FingerprintNotCompared;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call with a key, from its first look at the meeting place to its outcome. It leads ({@link Leader}: asks the store
 * and, with the lease, works) or follows whoever of this JVM leads already.
 *
 * <p>Here and in the leader a null outcome means: nothing was decided, start over.
 */
final class Execution<T extends @Nullable Object, X extends Exception> {

    private static final long LONGEST_HINT_NANOS = 1_000_000_000L;
    private static final long SHORTEST_HINT_NANOS = 1_000_000L;

    final Operation<T> operation;
    final StoreNode node;
    final RecordId id;
    final StoredFingerprint fingerprint;
    final AttemptWork<? extends T, ? extends X> work;
    final Retention retention;

    private final WaitPolicy waiting;
    private final long waitUntil;
    private @Nullable Backoff backoff;
    private @Nullable String originId;
    private boolean notCompared;

    Execution(
            Operation<T> operation,
            StoreNode node,
            RecordId id,
            IdempotentCall call,
            AttemptWork<? extends T, ? extends X> work) {
        this.operation = operation;
        this.node = node;
        this.id = id;
        this.fingerprint = call.fingerprint().stored();
        this.work = work;
        this.retention = call.retentionOr(operation.retention());
        this.originId = call.originId();
        this.waiting = call.waitingOr(operation.waiting());
        this.waitUntil = waiting.rejects() ? 0 : node.platform.nanoTime() + waiting.budgetNanos();
    }

    Outcome<T> outcome() throws X {
        while (true) {
            Meeting present = node.meetings.get(id);
            Meeting mine = null;
            if (present == null && !node.local) {
                mine = new Meeting(id, fingerprint);
                present = node.meetings.putIfAbsent(id, mine);
            }
            Outcome<T> outcome = present == null ? new Leader<>(this, mine).outcome() : follow(present);
            if (outcome == null && present != null) {
                if (present.phase() == Meeting.Phase.ENDED) {
                    node.meetings.remove(id, present);
                } else {
                    outcome = new Leader<>(this, null).outcome();
                }
            }
            if (outcome != null) {
                return outcome;
            }
        }
    }

    // ---- following

    private @Nullable Outcome<T> follow(Meeting meeting) {
        while (true) {
            Meeting.Phase phase = meeting.phase();
            long now = node.platform.nanoTime();
            if (phase == Meeting.Phase.ENDED) {
                return afterEnd(meeting);
            }
            if (meeting.leader == Thread.currentThread() && phase != Meeting.Phase.DEFERRED) {
                return differs(meeting.fingerprint) ? mismatch() : inProgress(meeting.leaseLeft(now));
            }
            if (!meeting.holdsLease(now)) {
                return null;
            }
            if (differs(meeting.fingerprint)) {
                // Before a leader holds the lease, its own fingerprint proves nothing about the record.
                boolean records = phase == Meeting.Phase.RUNNING || phase == Meeting.Phase.DEFERRED;
                return records ? mismatch() : null;
            }
            long wait = patience(phase, now);
            if (wait <= 0 || Thread.currentThread().isInterrupted()) {
                return inProgress(meeting.leaseLeft(now));
            }
            meeting.await(node.platform, phase, Math.min(wait, meeting.timeToLook(now)));
        }
    }

    /** How long this call follows a leader in this phase: to know what the store says, even a rejecting one waits. */
    private long patience(Meeting.Phase phase, long now) {
        if (waiting.rejects()) {
            return phase == Meeting.Phase.ASKING ? Long.MAX_VALUE : 0;
        }
        return waitUntil - now;
    }

    private @Nullable Outcome<T> afterEnd(Meeting meeting) {
        Meeting.Ending ending = meeting.ending();
        if (ending instanceof Meeting.Ending.Answered answered) {
            return judge(answered.answer());
        }
        if (ending instanceof Meeting.Ending.Failed failed && !waiting.rejects() && !operation.failOpen()) {
            throw new IdempotencyStoreException(id, failed.failure());
        }
        if (ending instanceof Meeting.Ending.Recorded recorded) {
            return differs(meeting.fingerprint) ? mismatch() : replay(recorded.result());
        }
        if (ending instanceof Meeting.Ending.Held && !operation.takesOver()) {
            return differs(meeting.fingerprint) ? mismatch() : unresolved(UnresolvedReason.HELD);
        }
        return null;
    }

    // ---- judging

    /** What a refusal means for this call; null if it may ask again: to take over, or after a while. */
    @Nullable
    Outcome<T> judge(AcquireResult.Refused refused) {
        StoredRecord record = refused.record();
        if (differs(record.fingerprint())) {
            return mismatch();
        }
        if (refused instanceof AcquireResult.Completed) {
            return replay(Objects.requireNonNull(record.result()));
        }
        if (refused instanceof AcquireResult.Abandoned) {
            boolean held = record.state() == RecordState.HELD;
            return operation.takesOver()
                    ? null
                    : unresolved(held ? UnresolvedReason.HELD : UnresolvedReason.INTERRUPTED);
        }
        boolean over = waiting.rejects() || node.platform.nanoTime() - waitUntil >= 0;
        return over ? inProgress(record.leaseLeft()) : null;
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

    private Outcome<T> replay(StoredResult result) {
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
            throw IdempotencyExecutor.<RuntimeException>unchecked(failure.failure());
        }
        return null;
    }

    /** When to look at a remote holder again: after a pause, or when this call's time is over. */
    long nextLook() {
        if (backoff == null) {
            backoff = new Backoff(node.platform);
        }
        long next = node.platform.nanoTime() + backoff.next();
        return next - waitUntil > 0 ? waitUntil : next;
    }

    String originId() {
        if (originId == null) {
            originId = AttemptIds.newOriginId();
        }
        return originId;
    }

    private Outcome<T> mismatch() {
        return new Outcome.FingerprintMismatch<>(id);
    }

    private Outcome<T> unresolved(UnresolvedReason reason) {
        return new Outcome.Unresolved<>(id, reason);
    }

    Outcome<T> inProgress(Duration leaseLeft) {
        long nanos = Math.min(LONGEST_HINT_NANOS, Math.max(SHORTEST_HINT_NANOS, leaseLeft.toNanos()));
        return new Outcome.InProgress<>(id, Duration.ofNanos(nanos));
    }
}
