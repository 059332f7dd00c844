package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** An attempt asks again, because a reply was lost or because the network delivers its request twice. */
abstract class RepeatRules extends StoreRules {

    @Test
    void B06_repeatedAcquireReturnsTheSameLeaseAndPrevious() {
        RecordId id = newId();
        AcquireRequest request = request(id);
        Acquired first = acquired(request);

        assertEquals(first, acquired(request));
        assertEquals(first, acquired(request));

        StoredRecord record = find(id);
        assertEquals(1, record.number());
        assertEquals(first.lease().token(), record.token());
    }

    @Test
    void B06_repeatedAcquireAfterAReleaseStillSaysWhatWasBefore() {
        RecordId id = newId();
        store().release(acquire(id));
        AcquireRequest request = request(id);
        Acquired second = acquired(request);

        Acquired again = acquired(request);

        assertEquals(second, again);
        assertEquals(PreviousAttempt.RELEASED, again.previous());
    }

    @Test
    void B06_repeatedAcquireAfterATakeoverStillSaysWhatWasBefore() {
        for (boolean onHold : new boolean[] {false, true}) {
            RecordId id = newId();
            Lease first = acquire(id);
            if (onHold) {
                store().hold(first);
            } else {
                endLease(id);
            }
            AcquireRequest request = takeover(id);
            Acquired second = acquired(request);

            Acquired again = acquired(request);

            assertEquals(second, again);
            assertEquals(onHold ? PreviousAttempt.HELD : PreviousAttempt.ABANDONED, again.previous());
        }
    }

    @Test
    void B06_repeatedAcquireStartsTheLeaseAnew() {
        RecordId id = newId();
        AcquireRequest request = request(id);
        acquired(request);
        harness().passTime(id, Duration.ofMinutes(40));
        assertLeft(Duration.ofMinutes(20), find(id).leaseLeft(), "lease left before");

        acquired(request);

        assertLeft(LEASE, find(id).leaseLeft(), "lease left");
        assertLeft(LEASE.plus(KEPT), find(id).retentionLeft(), "retention left");
    }

    @Test
    void B06_repeatedAcquireNeedsNoLeaveToWakeItsOwnEndedLease() {
        RecordId id = newId();
        AcquireRequest request = request(id);
        Acquired first = acquired(request);
        endLease(id);

        Acquired again = acquired(request);

        assertEquals(first, again);
        assertState(RecordState.IN_PROGRESS, id);
        held(takeover(id));
    }

    @Test
    void R03_attemptThatReleasedNeverComesBackByALateCopyOfItsAcquire() {
        RecordId id = newId();
        AcquireRequest request = request(id);
        Lease lease = acquired(request).lease();
        assertTrue(store().release(lease));
        Snapshot released = Snapshot.of(harness(), id);

        // when: the network delivers its acquire once more
        StoredRecord record = held(request.withTakeover(Takeover.SAME_FINGERPRINT));

        // then
        assertEquals(RecordState.RELEASED, record.state());
        assertEquals(lease.token(), record.token());
        released.assertUnchanged();
    }

    @Test
    void R03_attemptOnHoldNeverTakesItselfOverByALateCopyOfItsAcquire() {
        RecordId id = newId();
        AcquireRequest request = takeover(id);
        Lease lease = acquired(request).lease();
        assertTrue(store().hold(lease));
        Snapshot onHold = Snapshot.of(harness(), id);

        assertEquals(RecordState.HELD, abandoned(request).state());
        assertEquals(
                RecordState.HELD,
                abandoned(request.withTakeover(Takeover.ofToken(lease.token()))).state());

        onHold.assertUnchanged();
    }

    @Test
    void R03_attemptThatCompletedHearsItsResultFromALateCopyOfItsAcquire() {
        RecordId id = newId();
        AcquireRequest request = takeover(id);
        complete(acquired(request).lease());
        Snapshot done = Snapshot.of(harness(), id);

        assertEquals(RESULT, completed(request).result());

        done.assertUnchanged();
    }

    @Test
    void R03_lateCopyOfAReleasedAcquireMeetsTheNextHolder() {
        RecordId id = newId();
        AcquireRequest first = request(id);
        store().release(acquired(first).lease());
        Lease second = acquire(id);
        Snapshot before = Snapshot.of(harness(), id);

        assertEquals(second.token(), held(first).token());

        before.assertUnchanged();
    }
}
