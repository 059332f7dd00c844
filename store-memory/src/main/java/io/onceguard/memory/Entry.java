package io.onceguard.memory;

import static io.onceguard.spi.RecordState.ABANDONED;
import static io.onceguard.spi.RecordState.COMPLETED;
import static io.onceguard.spi.RecordState.IN_PROGRESS;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A record as the map holds it: immutable, replaced by every step that changes something. What the protocol says about
 * a record is decided here; that steps on one record do not overlap is the business of the store.
 *
 * <p>Times are nanoseconds of the store's monotonic clock, whose origin is arbitrary: they are compared by difference.
 *
 * @param id the record
 * @param attempt the current or last attempt
 * @param state the state; never ABANDONED, which {@link #stateAt} derives
 * @param since when the attempt acquired the record; after its end, when it ended
 * @param end when the lease ends or ended
 * @param retention how long the record outlives {@code end}
 * @param result the result, for COMPLETED; else null
 */
record Entry(
        RecordId id,
        Attempt attempt,
        RecordState state,
        long since,
        long end,
        Retention retention,
        @Nullable StoredResult result) {

    /**
     * What does not change while an attempt has the record.
     *
     * @param owner the attempt; null once an operator resolved the record, which then is nobody's
     */
    record Attempt(
            @Nullable AttemptId owner,
            int number,
            long token,
            StoredFingerprint fingerprint,
            PreviousAttempt previous) {}

    /** What a kept result weighs beyond its bytes: the headers of array and result, and its place in the budget. */
    static final int RESULT_OVERHEAD = 96;

    private static final Duration SHORTEST_RETENTION = Duration.ofMillis(1);

    /** The entry of a new attempt: the first, or the one after an entry that {@link #grants} the request. */
    static Entry granted(AcquireRequest request, @Nullable Entry before, long token, long now) {
        int number = before == null ? 1 : before.attempt.number + 1;
        PreviousAttempt previous = before == null ? PreviousAttempt.NONE : before.ending();
        Attempt attempt = new Attempt(request.attemptId(), number, token, request.fingerprint(), previous);
        long end = now + nanos(request.lease());
        return new Entry(request.id(), attempt, IN_PROGRESS, now, end, request.retention(), null);
    }

    private PreviousAttempt ending() {
        return switch (state) {
            case RELEASED -> PreviousAttempt.RELEASED;
            case HELD -> PreviousAttempt.HELD;
            default -> PreviousAttempt.ABANDONED;
        };
    }

    /** The same attempt with a lease that starts now. */
    Entry renewed(Duration lease, Retention kept, long now) {
        return new Entry(id, attempt, IN_PROGRESS, since, now + nanos(lease), kept, null);
    }

    /** The attempt has ended without a result: RELEASED or HELD. */
    Entry ended(RecordState how, Retention kept, long now) {
        return new Entry(id, attempt, how, now, now, kept, null);
    }

    /** The attempt has completed the record. */
    Entry completed(StoredResult with, Retention kept, long now) {
        return new Entry(id, attempt, COMPLETED, now, now, kept, with);
    }

    /** An operator has completed the record, which no longer belongs to the attempt. */
    Entry resolved(StoredResult with, Retention kept, long now) {
        Attempt nobody = new Attempt(null, attempt.number, attempt.token, attempt.fingerprint, attempt.previous);
        return new Entry(id, nobody, COMPLETED, now, now, kept, with);
    }

    /** The same completed record without the bytes. */
    Entry withoutBytes() {
        return new Entry(id, attempt, COMPLETED, since, end, retention, StoredResult.EVICTED);
    }

    boolean isOwnedBy(AttemptId attemptId) {
        return attemptId.equals(attempt.owner);
    }

    RecordState stateAt(long now) {
        return state == IN_PROGRESS && end - now <= 0 ? ABANDONED : state;
    }

    /** The time, or the beginning of this entry if that is later. */
    long notBefore(long now) {
        return since - now > 0 ? since : now;
    }

    boolean isExpired(long now) {
        return nanosToExpiry(now) == 0;
    }

    /** Returns the time until the record expires: 0 if it has, {@link Long#MAX_VALUE} if it never does. */
    long nanosToExpiry(long now) {
        if (retention.isForever()) {
            return Long.MAX_VALUE;
        }
        return Math.max(0, end - now + nanos(retention.duration().orElseThrow()));
    }

    /** Returns what the result takes of the budget: 0 if there are no bytes. */
    long weight() {
        return result == null || result.isEvicted() ? 0 : RESULT_OVERHEAD + (long) result.bytes().length;
    }

    /** Returns whether this entry, which has not expired, lets the request have the lease. */
    boolean grants(AcquireRequest request, long now) {
        boolean own = isOwnedBy(request.attemptId());
        return switch (stateAt(now)) {
            case COMPLETED -> false;
            case IN_PROGRESS -> own;
            case ABANDONED -> own || allowsTakeover(request);
            // An attempt that gave the record up is over: a late copy of its acquire does not bring it back.
            case RELEASED -> !own;
            case HELD -> !own && allowsTakeover(request);
        };
    }

    private boolean allowsTakeover(AcquireRequest request) {
        return switch (request.takeover().kind()) {
            case NEVER -> false;
            case SAME_FINGERPRINT -> attempt.fingerprint.equals(request.fingerprint());
            case OF_TOKEN -> request.takeover().token() == attempt.token;
        };
    }

    /** The answer to the attempt that holds this entry. */
    AcquireResult acquired(AcquireRequest request) {
        return new AcquireResult.Acquired(
                new Lease(id, request.attemptId(), attempt.number, attempt.token, request.lease(), request.retention()),
                attempt.previous);
    }

    /** The answer to a request that this entry does not let have the lease. */
    AcquireResult refused(long now) {
        StoredRecord record = view(now);
        return switch (record.state()) {
            case COMPLETED -> new AcquireResult.Completed(record);
            case IN_PROGRESS, RELEASED -> new AcquireResult.Held(record);
            case ABANDONED, HELD -> new AcquireResult.Abandoned(record);
        };
    }

    /** The record as a caller sees it. */
    StoredRecord view(long now) {
        RecordState seen = stateAt(now);
        Duration age = Duration.ofNanos(Math.max(0, now - since));
        Duration leaseLeft = seen == IN_PROGRESS ? Duration.ofNanos(end - now) : Duration.ZERO;
        return new StoredRecord(
                seen, attempt.fingerprint, attempt.number, attempt.token, age, leaseLeft, retentionLeft(now), result);
    }

    private Retention retentionLeft(long now) {
        if (retention.isForever()) {
            return retention;
        }
        Duration left = min(Duration.ofNanos(nanosToExpiry(now)), Retention.MAX);
        return Retention.of(left.compareTo(SHORTEST_RETENTION) < 0 ? SHORTEST_RETENTION : left);
    }

    /** Returns the length, but at most that of the longest retention, so that no sum of two overflows. */
    private static long nanos(Duration duration) {
        return min(duration, Retention.MAX).toNanos();
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** An entry equals itself alone: a step replaces the very entry that was judged, never one that looks alike. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(attempt.token);
    }
}
