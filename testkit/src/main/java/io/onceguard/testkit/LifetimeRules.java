package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How long leases and records live on the store's clock, and what tokens and numbers do meanwhile. */
abstract class LifetimeRules extends StoreRules {

    private static final Duration LONG = Duration.ofDays(3_650);

    @Test
    void B07_tokensGrowOverReleaseTakeoverHoldExpiryAndDeletion() {
        RecordId id = newId();
        Lease lease = acquire(id);

        store().release(lease);
        lease = assertGrew(lease, acquired(request(id)), 2, PreviousAttempt.RELEASED);
        endLease(id);
        lease = assertGrew(lease, acquired(takeover(id)), 3, PreviousAttempt.ABANDONED);
        store().hold(lease);
        lease = assertGrew(lease, acquired(takeover(id)), 4, PreviousAttempt.HELD);
        expire(id);
        lease = assertGrew(lease, acquired(request(id)), 1, PreviousAttempt.NONE);
        complete(lease);
        expire(id);
        lease = assertGrew(lease, acquired(request(id)), 1, PreviousAttempt.NONE);
        store().delete(id, lease.token());
        lease = assertGrew(lease, acquired(request(id)), 1, PreviousAttempt.NONE);
        store().release(lease);
        expire(id);
        assertGrew(lease, acquired(request(id)), 1, PreviousAttempt.NONE);
    }

    private static Lease assertGrew(Lease last, Acquired next, int number, PreviousAttempt previous) {
        assertTrue(next.lease().token() > last.token(), "the token grew, previous " + previous);
        assertEquals(number, next.lease().number(), "attempt number");
        assertEquals(previous, next.previous());
        return next.lease();
    }

    @Test
    void B07_tokensGrowOverPurgeAndOverManyLives() {
        RecordId id = newId();
        long last = 0;
        for (int life = 0; life < 20; life++) {
            Lease lease = acquire(id);
            assertTrue(lease.token() > last, "the token grew");
            last = lease.token();
            if (life % 2 == 0) {
                store().delete(id, last);
            } else {
                expire(id);
                store().purgeExpired(10);
            }
        }
    }

    @Test
    void R08_recordInProgressLivesUntilTheEndOfItsLeasePlusRetention() {
        RecordId id = newId();
        acquire(id);
        assertLeft(LEASE.plus(KEPT), find(id).retentionLeft(), "retention left");

        // the lease is long over, and a later caller still learns that an attempt died
        harness().passTime(id, LEASE.plus(KEPT).minus(SLACK));
        assertEquals(RecordState.ABANDONED, abandoned(request(id)).state());

        harness().passTime(id, SLACK.plus(GRAIN));
        assertAbsent(id);
    }

    @Test
    void R08_renewalMovesTheEndOfTheLeaseAndOfTheRecord() {
        RecordId id = newId();
        Lease lease = acquire(id);
        for (int i = 0; i < 60; i++) {
            harness().passTime(id, Duration.ofMinutes(40));
            assertTrue(store().renew(lease));
            assertLeft(LEASE, find(id).leaseLeft(), "lease left");
            assertLeft(LEASE.plus(KEPT), find(id).retentionLeft(), "retention left");
        }
        held(takeover(id));
    }

    @Test
    void R08_renewalWakesALeaseThatEnded() {
        RecordId id = newId();
        Lease lease = acquire(id);
        harness().passTime(id, LEASE.multipliedBy(3));
        assertState(RecordState.ABANDONED, id);

        assertTrue(store().renew(lease));

        assertLeft(LEASE, find(id).leaseLeft(), "lease left");
        assertLeft(LEASE.plus(KEPT), find(id).retentionLeft(), "retention left");
    }

    @Test
    void R08_completionReleaseAndHoldCountTheRetentionFromNow() {
        RecordId id = newId();
        Lease lease = acquire(id);
        harness().passTime(id, LEASE.multipliedBy(5));
        store().complete(lease, RESULT, Retention.of(Duration.ofDays(7)));
        assertLeft(Duration.ofDays(7), find(id).retentionLeft(), "completed, longer");

        id = newId();
        store().complete(acquire(id), RESULT, Retention.of(Duration.ofMinutes(30)));
        assertLeft(Duration.ofMinutes(30), find(id).retentionLeft(), "completed, shorter");

        id = newId();
        lease = acquire(id);
        harness().passTime(id, LEASE.multipliedBy(5));
        store().release(lease);
        assertLeft(KEPT, find(id).retentionLeft(), "released");

        id = newId();
        lease = acquire(id);
        harness().passTime(id, LEASE.multipliedBy(5));
        store().hold(lease);
        assertLeft(KEPT, find(id).retentionLeft(), "held");
    }

    @Test
    void R08_leaseAndRecordEndOnTime() {
        RecordId id = newId();
        Lease lease = acquire(id);
        harness().passTime(id, LEASE.minus(SLACK));
        assertState(RecordState.IN_PROGRESS, id);
        harness().passTime(id, SLACK.plus(GRAIN));
        assertState(RecordState.ABANDONED, id);

        assertTrue(complete(lease));
        harness().passTime(id, KEPT.minus(SLACK));
        completed(request(id));
        harness().passTime(id, SLACK.plus(GRAIN));
        assertAbsent(id);
        acquire(id);
    }

    @Test
    void R08_agesCountFromTheAcquireAndFromTheEnd() {
        RecordId id = newId();
        AcquireRequest request = request(id);
        Lease lease = acquired(request).lease();
        harness().passTime(id, Duration.ofMinutes(30));
        store().renew(lease);
        harness().passTime(id, Duration.ofMinutes(30));
        assertAge(Duration.ofHours(1), find(id));
        endLease(id);
        assertAge(Duration.ofMinutes(90), find(id));

        complete(lease);
        assertAge(Duration.ZERO, find(id));
        harness().passTime(id, Duration.ofHours(2));
        assertAge(Duration.ofHours(2), completed(request(id)));
    }

    private static void assertAge(Duration expected, StoredRecord record) {
        Duration more = record.age().minus(expected);
        assertTrue(
                more.plus(GRAIN).compareTo(Duration.ZERO) >= 0 && more.compareTo(SLACK) < 0,
                () -> "age when " + record.state() + ": expected " + expected + ", was " + record.age());
    }

    @Test
    void R08_foreverIsForever() {
        RecordId id = newId();
        Lease lease =
                acquired(withTimes(request(id), LEASE, Retention.forever())).lease();
        assertKeptForAges(id, RecordState.ABANDONED);
        assertTrue(store().renew(lease));
        assertTrue(store().complete(lease, RESULT, Retention.forever()));
        assertTrue(find(id).retentionLeft().isForever(), "completed for ever");
        assertKeptForAges(id, RecordState.COMPLETED);
        store().purgeExpired(10);
        assertEquals(RESULT, find(id).result());

        id = newId();
        lease = acquired(withTimes(request(id), LEASE, Retention.forever())).lease();
        store().release(lease);
        assertKeptForAges(id, RecordState.RELEASED);

        id = newId();
        lease = acquired(withTimes(request(id), LEASE, Retention.forever())).lease();
        store().hold(lease);
        assertKeptForAges(id, RecordState.HELD);
    }

    private void assertKeptForAges(RecordId id, RecordState state) {
        Duration left = find(id).retentionLeft().duration().orElse(Retention.MAX);
        assertTrue(left.compareTo(LONG.multipliedBy(2)) > 0, "retention left: " + left);
        harness().passTime(id, LONG);
        assertState(state, id);
    }

    @Test
    void R08_retentionChangesBetweenForeverAndADuration() {
        RecordId id = newId();
        Lease lease =
                acquired(withTimes(request(id), LEASE, Retention.forever())).lease();
        store().complete(lease, RESULT, RETENTION);
        assertLeft(KEPT, find(id).retentionLeft(), "from for ever to a day");
        expire(id);
        assertAbsent(id);

        id = newId();
        store().complete(acquire(id), RESULT, Retention.forever());
        assertTrue(find(id).retentionLeft().isForever(), "from a day to for ever");
    }

    @Test
    void R08_longestRetentionDoesNotOverflow() {
        RecordId id = newId();
        Retention longest = Retention.of(Retention.MAX);
        Lease lease =
                acquired(withTimes(request(id), Duration.ofDays(30), longest)).lease();
        assertState(RecordState.IN_PROGRESS, id);
        assertTrue(store().renew(lease));
        assertTrue(store().complete(lease, RESULT, longest));
        assertLeft(Retention.MAX, find(id).retentionLeft(), "retention left");
    }
}
