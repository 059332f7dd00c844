package io.onceguard.testkit;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record as the protocol says it is. Time in it passes only when the harness lets it pass; what passes in reality is
 * short enough to be covered by a tolerance.
 *
 * @param written the state as written: never ABANDONED, which is derived
 * @param attempt the attempt that may write; null once an operator took the record away
 * @param leaseLeft what is left of the lease; zero or less when it is over
 * @param left what is left of the record; null if it never expires
 */
record ModelRecord(
        RecordState written,
        @Nullable AttemptId attempt,
        PreviousAttempt previous,
        StoredFingerprint fingerprint,
        int number,
        long token,
        Duration leaseLeft,
        @Nullable Duration left,
        @Nullable StoredResult result) {

    /** The record of an attempt that has just been granted the lease. */
    static ModelRecord granted(AcquireRequest request, PreviousAttempt previous, int number, long token) {
        return new ModelRecord(
                RecordState.IN_PROGRESS,
                request.attemptId(),
                previous,
                request.fingerprint(),
                number,
                token,
                request.lease(),
                after(request.lease(), request.retention()),
                null);
    }

    RecordState state() {
        boolean over = written == RecordState.IN_PROGRESS && leaseLeft.compareTo(Duration.ZERO) <= 0;
        return over ? RecordState.ABANDONED : written;
    }

    boolean belongsTo(AttemptId id) {
        return id.equals(attempt);
    }

    boolean isExpired() {
        return left != null && left.compareTo(Duration.ZERO) <= 0;
    }

    ModelRecord rearmed(Duration lease, Retention retention) {
        return new ModelRecord(
                written, attempt, previous, fingerprint, number, token, lease, after(lease, retention), null);
    }

    ModelRecord ended(RecordState end, @Nullable StoredResult value, Retention retention) {
        return new ModelRecord(
                end,
                attempt,
                previous,
                fingerprint,
                number,
                token,
                Duration.ZERO,
                after(Duration.ZERO, retention),
                value);
    }

    ModelRecord resolved(StoredResult value, Retention retention) {
        return new ModelRecord(
                RecordState.COMPLETED,
                null,
                previous,
                fingerprint,
                number,
                token,
                Duration.ZERO,
                after(Duration.ZERO, retention),
                value);
    }

    ModelRecord older(Duration duration) {
        return new ModelRecord(
                written,
                attempt,
                previous,
                fingerprint,
                number,
                token,
                leaseLeft.minus(duration),
                left == null ? null : left.minus(duration),
                result);
    }

    private static @Nullable Duration after(Duration lease, Retention retention) {
        return retention.duration().map(lease::plus).orElse(null);
    }

    /** Fails unless a view that the store showed is one of this record. */
    void mustLookLike(StoredRecord seen) {
        Contradiction.unless(
                seen.state() == state(), "R01: the record is " + state() + " but was shown " + seen.state());
        Contradiction.unless(seen.token() == token, "R01: the token is " + token + " but was shown " + seen.token());
        Contradiction.unless(
                seen.number() == number, "R01: the number is " + number + " but was shown " + seen.number());
        Contradiction.unless(seen.fingerprint().equals(fingerprint), "R01: another fingerprint was shown");
        Contradiction.unless(Objects.equals(seen.result(), result), "R05: other result bytes were shown");
        if (state() == RecordState.IN_PROGRESS) {
            Contradiction.unless(
                    isAbout(leaseLeft, seen.leaseLeft()),
                    "R01: of the lease there is left " + leaseLeft + " but was shown " + seen.leaseLeft());
        }
        Duration shown = seen.retentionLeft().duration().orElse(Retention.MAX);
        Contradiction.unless(
                left == null ? shown.compareTo(Retention.MAX.dividedBy(2)) > 0 : isAbout(left, shown),
                "R08: the record lives " + left + " but was shown " + shown);
    }

    private static boolean isAbout(Duration expected, Duration shown) {
        return shown.compareTo(expected.plus(StoreRules.GRAIN)) <= 0
                && shown.compareTo(expected.minus(StoreRules.SLACK)) >= 0;
    }

    /** Fails unless a lease is the one that this record's attempt was granted for a request. */
    void mustBeLeasedBy(Lease lease, AcquireRequest request) {
        Contradiction.unless(
                lease.equals(new Lease(
                        request.id(), request.attemptId(), number, token, request.lease(), request.retention())),
                "R03: the lease is not the one of attempt " + number + " with token " + token + ": number "
                        + lease.number() + ", token " + lease.token());
    }
}
