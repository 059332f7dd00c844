package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
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

/** Who gets the lease, and what those hear who do not. */
abstract class AcquireRules extends StoreRules {

    @Test
    void B01_absentThenAcquiredThenCompletedThenReplayedThenExpiredThenAcquiredAgain() {
        // given: nothing
        RecordId id = newId();
        assertAbsent(id);

        // when, then: the first caller runs and completes
        Acquired first = acquired(request(id));
        assertEquals(PreviousAttempt.NONE, first.previous());
        assertEquals(1, first.lease().number());
        assertTrue(complete(first.lease()));

        // when, then: a later caller replays
        assertEquals(RESULT, completed(request(id)).result());

        // when, then: the record expires, and the key is fresh
        expire(id);
        assertAbsent(id);
        Acquired fresh = acquired(request(id));
        assertEquals(PreviousAttempt.NONE, fresh.previous());
        assertEquals(1, fresh.lease().number());
    }

    @Test
    void B02_releasedRecordIsAcquiredAgainAndSaysSo() {
        RecordId id = newId();
        Lease first = acquire(id);
        assertTrue(store().release(first));
        assertState(RecordState.RELEASED, id);

        Acquired second = acquired(request(id));

        assertEquals(PreviousAttempt.RELEASED, second.previous());
        assertEquals(2, second.lease().number());
        assertTrue(second.lease().token() > first.token(), "the token grew");
        assertState(RecordState.IN_PROGRESS, id);
    }

    @Test
    void B02_releasedRecordIsAcquiredWithAnotherInputWhichBecomesItsFingerprint() {
        RecordId id = newId();
        store().release(acquire(id));

        acquired(withInput(request(id), OTHER_INPUT));

        assertEquals(OTHER_INPUT, find(id).fingerprint());
    }

    @Test
    void B02_releasedRecordNeedsNoLeaveToBeAcquired() {
        RecordId id = newId();
        Lease first = acquire(id);
        store().release(first);

        // a leave that fits nothing
        acquired(request(id).withTakeover(Takeover.ofToken(first.token() + 1)));
    }

    @Test
    void R04_secondCallerHearsWhoHoldsTheLease() {
        RecordId id = newId();
        Lease holder = acquire(id);

        StoredRecord record = held(withInput(takeover(id), OTHER_INPUT));

        assertEquals(RecordState.IN_PROGRESS, record.state());
        assertEquals(INPUT, record.fingerprint());
        assertEquals(holder.number(), record.number());
        assertEquals(holder.token(), record.token());
        assertLeft(LEASE, record.leaseLeft(), "lease left");
        assertLeft(LEASE.plus(KEPT), record.retentionLeft(), "retention left");
    }

    @Test
    void R04_rejectedCallersNeverDisturbTheHolder() {
        // given
        RecordId id = newId();
        Lease holder = acquire(id);
        Snapshot before = Snapshot.of(harness(), id);

        // when: they come with every leave and every input
        for (int round = 0; round < 3; round++) {
            held(request(id));
            held(takeover(id));
            held(withInput(takeover(id), OTHER_INPUT));
            held(request(id).withTakeover(Takeover.ofToken(holder.token())));
            held(withTimes(request(id), Duration.ofMillis(100), RETENTION));
        }

        // then
        before.assertUnchanged();
        assertTrue(store().renew(holder));
        assertTrue(complete(holder));
    }

    @Test
    void R09_storeNeverWaitsForTheHolder() {
        RecordId id = newId();
        acquire(id);
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> held(takeover(id)));
    }

    @Test
    void R05_completedRecordIsReplayedWhateverTheInputAndTheLeave() {
        RecordId id = newId();
        Lease lease = acquire(id);
        complete(lease);
        Snapshot done = Snapshot.of(harness(), id);

        for (AcquireRequest late : new AcquireRequest[] {
            request(id),
            takeover(id),
            withInput(takeover(id), OTHER_INPUT),
            request(id).withTakeover(Takeover.ofToken(lease.token()))
        }) {
            StoredRecord record = completed(late);
            assertEquals(RESULT, record.result());
            assertEquals(INPUT, record.fingerprint());
            assertEquals(lease.number(), record.number());
            assertEquals(lease.token(), record.token());
            assertEquals(Duration.ZERO, record.leaseLeft());
        }
        done.assertUnchanged();
    }

    @Test
    void R06_fingerprintsAreKeptExactly() {
        for (StoredFingerprint fingerprint : new StoredFingerprint[] {
            StoredFingerprint.NONE,
            new StoredFingerprint("a", new byte[] {0}),
            new StoredFingerprint("~!@%'\"\\{}:*-16ch", new byte[StoredFingerprint.MAX_DIGEST_LENGTH]),
            new StoredFingerprint("x", AllBytes.from(0, 64)),
            new StoredFingerprint("x", AllBytes.from(128, 64)),
            new StoredFingerprint("x", AllBytes.from(192, 64))
        }) {
            RecordId id = newId();
            AcquireRequest request = withInput(request(id), fingerprint);
            Lease lease = acquired(request).lease();
            assertEquals(fingerprint, find(id).fingerprint(), "in progress");
            assertEquals(fingerprint, held(request(id)).fingerprint(), "told to a rejected caller");
            complete(lease);
            assertEquals(fingerprint, completed(request(id)).fingerprint(), "told to a late caller");
        }
    }

    @Test
    void R01_bothNodesSeeTheSameRecord() {
        RecordId id = newId();
        var otherNode = harness().anotherNode();
        Lease lease = acquire(id);

        assertEquals(
                lease.token(),
                otherNode.find(id).map(StoredRecord::token).orElse(0L).longValue());
        assertTrue(otherNode.renew(lease), "the lease counts on every node");
        assertTrue(otherNode.complete(lease, RESULT, RETENTION));
        assertEquals(RESULT, completed(request(id)).result());
    }
}
