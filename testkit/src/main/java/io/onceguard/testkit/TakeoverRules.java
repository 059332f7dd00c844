package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A takeover needs an ended lease, or a record on hold, and leave. */
abstract class TakeoverRules extends StoreRules {

    /** The two ways in which an attempt ends without a result and without giving the key back. */
    private enum End {
        ABANDONED(RecordState.ABANDONED, PreviousAttempt.ABANDONED),
        HELD(RecordState.HELD, PreviousAttempt.HELD);

        private final RecordState state;
        private final PreviousAttempt previous;

        End(RecordState state, PreviousAttempt previous) {
            this.state = state;
            this.previous = previous;
        }
    }

    private Lease leftBehind(RecordId id, End end) {
        Lease lease = acquire(id);
        if (end == End.HELD) {
            assertTrue(store().hold(lease));
        } else {
            endLease(id);
        }
        assertState(end.state, id);
        return lease;
    }

    @Test
    void R06_withoutLeaveTheRecordIsReportedAsItIs() {
        for (End end : End.values()) {
            RecordId id = newId();
            Lease first = leftBehind(id, end);
            Snapshot before = Snapshot.of(harness(), id);

            StoredRecord record = abandoned(request(id));

            assertEquals(end.state, record.state());
            assertEquals(INPUT, record.fingerprint());
            assertEquals(1, record.number());
            assertEquals(first.token(), record.token());
            before.assertUnchanged();
        }
    }

    @Test
    void R06_sameFingerprintTakesOver() {
        for (End end : End.values()) {
            RecordId id = newId();
            Lease first = leftBehind(id, end);

            Acquired second = acquired(takeover(id));

            assertEquals(end.previous, second.previous());
            assertEquals(2, second.lease().number());
            assertTrue(second.lease().token() > first.token(), "the token grew");
            assertState(RecordState.IN_PROGRESS, id);
            assertLeft(LEASE, find(id).leaseLeft(), "lease left");
            assertLeft(LEASE.plus(KEPT), find(id).retentionLeft(), "retention left");
            assertTrue(complete(second.lease()));
        }
    }

    @Test
    void B04_takeoverWithAnotherFingerprintIsRefusedAndReportsTheStoredOne() {
        StoredFingerprint[] others = {
            OTHER_INPUT,
            new StoredFingerprint("sha-512", INPUT.digest()),
            new StoredFingerprint(INPUT.algorithm(), new byte[0]),
            StoredFingerprint.NONE
        };
        for (End end : End.values()) {
            RecordId id = newId();
            leftBehind(id, end);
            Snapshot before = Snapshot.of(harness(), id);
            for (StoredFingerprint other : others) {
                StoredRecord record = abandoned(withInput(takeover(id), other));
                assertEquals(end.state, record.state());
                assertEquals(INPUT, record.fingerprint());
            }
            before.assertUnchanged();
        }
    }

    @Test
    void R06_tokenTakesOverWhateverTheFingerprintWhichBecomesTheRecords() {
        for (End end : End.values()) {
            RecordId id = newId();
            Lease first = leftBehind(id, end);
            AcquireRequest request = withInput(request(id), OTHER_INPUT).withTakeover(Takeover.ofToken(first.token()));

            Acquired second = acquired(request);

            assertEquals(end.previous, second.previous());
            assertEquals(2, second.lease().number());
            assertEquals(OTHER_INPUT, find(id).fingerprint());
        }
    }

    @Test
    void R06_staleTokenTakesNothingOverEvenWithTheSameFingerprint() {
        for (End end : End.values()) {
            RecordId id = newId();
            Lease first = leftBehind(id, end);
            Snapshot before = Snapshot.of(harness(), id);
            for (long stale : new long[] {first.token() - 1, first.token() + 1, 0, Long.MAX_VALUE}) {
                assertEquals(
                        end.state,
                        abandoned(request(id).withTakeover(Takeover.ofToken(stale)))
                                .state());
            }
            before.assertUnchanged();
        }
    }

    @Test
    void R06_liveLeaseIsNeverTakenOver() {
        RecordId id = newId();
        Lease first = acquire(id);
        harness().passTime(id, LEASE.minus(SLACK));

        held(takeover(id));
        held(request(id).withTakeover(Takeover.ofToken(first.token())));

        assertTrue(complete(first));
    }

    @Test
    void R06_endedLeaseThatNobodyTookOverDoesNotRefuseItsOwner() {
        RecordId completing = newId();
        Lease late = acquire(completing);
        endLease(completing);
        abandoned(request(completing));
        assertTrue(complete(late), "complete");
        assertEquals(RESULT, find(completing).result());

        RecordId renewing = newId();
        late = acquire(renewing);
        endLease(renewing);
        abandoned(request(renewing));
        assertTrue(store().renew(late), "renew");
        assertLeft(LEASE, find(renewing).leaseLeft(), "lease left");
        held(takeover(renewing));
    }

    @Test
    void R06_secondTakeoverCountsOn() {
        RecordId id = newId();
        Lease last = acquire(id);
        for (int number = 2; number <= 5; number++) {
            endLease(id);
            Lease next = acquired(takeover(id)).lease();
            assertEquals(number, next.number());
            assertTrue(next.token() > last.token(), "the token grew");
            assertFalse(store().renew(last), "the former attempt is over");
            last = next;
        }
    }

    @Test
    void R06_takeoverThatWasMeantForAnEarlierAttemptMeetsTheNewOne() {
        // given: two callers saw the same abandoned record
        RecordId id = newId();
        Lease first = leftBehind(id, End.ABANDONED);
        AcquireRequest one = request(id).withTakeover(Takeover.ofToken(first.token()));
        AcquireRequest two = request(id).withTakeover(Takeover.ofToken(first.token()));

        // when: one takes over and dies, too
        Lease second = acquired(one).lease();
        endLease(id);

        // then: the other has seen too little to take over
        assertEquals(second.token(), abandoned(two).token());
        assertEquals(second.number(), find(id).number());
    }

    @Test
    void B15_recordOnHoldIsLeftByTakeoverOnly() {
        RecordId id = newId();
        Lease first = acquire(id);
        assertTrue(store().hold(first));

        assertFalse(store().renew(first), "renew");
        assertFalse(complete(first), "complete");
        assertFalse(store().release(first), "release");
        assertEquals(RecordState.HELD, abandoned(request(id)).state());

        acquired(takeover(id));
        assertState(RecordState.IN_PROGRESS, id);
    }

    @Test
    void B15_holdEndsTheLeaseAtOnce() {
        RecordId id = newId();
        Lease first = acquire(id);

        assertTrue(store().hold(first));

        assertEquals(Duration.ZERO, find(id).leaseLeft());
        assertEquals(first.number(), find(id).number());
        assertEquals(first.token(), find(id).token());
        assertLeft(KEPT, find(id).retentionLeft(), "retention left");
    }
}
