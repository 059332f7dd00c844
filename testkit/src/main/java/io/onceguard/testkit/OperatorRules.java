package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What operators see and may do: find, resolve, delete. */
abstract class OperatorRules extends StoreRules {

    private Lease leaseIn(RecordState state, RecordId id) {
        Lease lease = acquire(id);
        switch (state) {
            case IN_PROGRESS -> {}
            case ABANDONED -> endLease(id);
            case RELEASED -> assertTrue(store().release(lease));
            case HELD -> assertTrue(store().hold(lease));
            case COMPLETED -> assertTrue(complete(lease));
        }
        return lease;
    }

    @TestFactory
    List<DynamicTest> B15_resolveCompletesAbandonedAndHeldRecordsOnly() {
        List<DynamicTest> table = new ArrayList<>();
        for (RecordState state : RecordState.values()) {
            boolean expected = state == RecordState.ABANDONED || state == RecordState.HELD;
            table.add(dynamicTest("resolve when " + state + " is " + expected, () -> {
                RecordId id = newId();
                Lease lease = leaseIn(state, id);
                Snapshot before = Snapshot.of(harness(), id);

                assertEquals(expected, store().resolve(id, lease.token(), OTHER_RESULT, RETENTION));

                if (expected) {
                    assertResolved(lease);
                } else {
                    before.assertUnchanged();
                }
            }));
        }
        return table;
    }

    private void assertResolved(Lease lease) {
        StoredRecord record = completed(request(lease.id()));
        assertEquals(OTHER_RESULT, record.result());
        assertEquals(INPUT, record.fingerprint());
        assertEquals(lease.number(), record.number());
        assertEquals(lease.token(), record.token());
        assertLeft(KEPT, record.retentionLeft(), "retention left");
    }

    @TestFactory
    List<DynamicTest> B15_resolveTakesTheRecordAwayFromTheLateAttempt() {
        List<DynamicTest> table = new ArrayList<>();
        for (RecordState state : new RecordState[] {RecordState.ABANDONED, RecordState.HELD}) {
            table.add(dynamicTest("when " + state, () -> {
                // given
                RecordId id = newId();
                AcquireRequest request = takeover(id);
                Lease late = acquired(request).lease();
                if (state == RecordState.HELD) {
                    store().hold(late);
                } else {
                    endLease(id);
                }
                assertTrue(store().resolve(id, late.token(), OTHER_RESULT, RETENTION));
                Snapshot before = Snapshot.of(harness(), id);

                // when, then: the late attempt is refused, even with the same bytes
                assertFalse(complete(late), "complete");
                assertFalse(store().complete(late, OTHER_RESULT, RETENTION), "complete with the same result");
                assertFalse(store().renew(late), "renew");
                assertFalse(store().release(late), "release");
                assertFalse(store().hold(late), "hold");
                assertEquals(OTHER_RESULT, completed(request).result());
                before.assertUnchanged();
            }));
        }
        return table;
    }

    @Test
    void B15_secondResolveChangesNothing() {
        RecordId id = newId();
        Lease lease = leaseIn(RecordState.HELD, id);
        assertTrue(store().resolve(id, lease.token(), RESULT, RETENTION));
        Snapshot before = Snapshot.of(harness(), id);

        assertFalse(store().resolve(id, lease.token(), OTHER_RESULT, Retention.forever()));

        before.assertUnchanged();
    }

    @Test
    void B15_resolveCountsItsRetentionFromNow() {
        for (Retention retention : new Retention[] {Retention.of(Duration.ofDays(90)), Retention.forever()}) {
            RecordId id = newId();
            Lease lease = leaseIn(RecordState.ABANDONED, id);
            assertTrue(store().resolve(id, lease.token(), RESULT, retention));
            if (retention.isForever()) {
                assertTrue(find(id).retentionLeft().isForever(), "kept for ever");
            } else {
                assertLeft(Duration.ofDays(90), find(id).retentionLeft(), "retention left");
            }
        }
    }

    @TestFactory
    List<DynamicTest> B15_staleTokenChangesNothing() {
        List<DynamicTest> table = new ArrayList<>();
        for (RecordState state : RecordState.values()) {
            table.add(dynamicTest("when " + state, () -> {
                RecordId id = newId();
                Lease lease = leaseIn(state, id);
                Snapshot before = Snapshot.of(harness(), id);
                for (long stale : new long[] {lease.token() - 1, lease.token() + 1, 0, -1, Long.MAX_VALUE}) {
                    assertFalse(store().resolve(id, stale, OTHER_RESULT, RETENTION), "resolve");
                    assertFalse(store().delete(id, stale), "delete");
                }
                before.assertUnchanged();
            }));
        }
        return table;
    }

    @Test
    void B15_tokenOfAFormerAttemptIsStale() {
        RecordId id = newId();
        Lease former = leaseIn(RecordState.ABANDONED, id);
        Lease current = acquired(takeover(id)).lease();
        endLease(id);
        Snapshot before = Snapshot.of(harness(), id);

        assertFalse(store().resolve(id, former.token(), RESULT, RETENTION));
        assertFalse(store().delete(id, former.token()));

        before.assertUnchanged();
        assertTrue(store().resolve(id, current.token(), RESULT, RETENTION));
    }

    @TestFactory
    List<DynamicTest> B15_deleteRemovesARecordInAnyState() {
        List<DynamicTest> table = new ArrayList<>();
        for (RecordState state : RecordState.values()) {
            table.add(dynamicTest("when " + state, () -> {
                RecordId id = newId();
                Lease lease = leaseIn(state, id);

                assertTrue(store().delete(id, lease.token()));

                assertAbsent(id);
                assertFalse(store().delete(id, lease.token()), "there is nothing left to delete");
                assertFalse(store().resolve(id, lease.token(), RESULT, RETENTION), "nor to resolve");
            }));
        }
        return table;
    }

    @Test
    void B15_deleteOfALiveRecordMakesItsOwnersWritesStale() {
        RecordId id = newId();
        Lease owner = acquire(id);
        assertTrue(store().delete(id, owner.token()));

        assertFalse(complete(owner), "complete");
        assertFalse(store().renew(owner), "renew");
        assertAbsent(id);

        Lease next = acquire(id);
        assertEquals(1, next.number(), "a deleted record is a fresh key");
        assertFalse(complete(owner), "complete, when another attempt runs");
        assertTrue(complete(next));
    }

    @Test
    void B15_findChangesNothing() {
        for (RecordState state : RecordState.values()) {
            RecordId id = newId();
            leaseIn(state, id);
            Snapshot before = Snapshot.of(harness(), id);
            for (int i = 0; i < 3; i++) {
                assertEquals(state, find(id).state());
            }
            before.assertUnchanged();
        }
    }

    @Test
    void B15_findOfAnUnknownRecordIsEmptyAndLeavesNone() {
        RecordId id = newId();
        assertAbsent(id);
        assertAbsent(id);
        assertEquals(1, acquire(id).number());
    }

    @Test
    void B15_operatorsDisturbNoOtherRecord() {
        RecordId other = newId();
        leaseIn(RecordState.HELD, other);
        RecordId mine = newId();
        Lease lease = leaseIn(RecordState.HELD, mine);
        Snapshot before = Snapshot.of(harness(), other);

        assertTrue(store().resolve(mine, lease.token(), RESULT, RETENTION));
        assertTrue(store().delete(mine, lease.token()));

        before.assertUnchanged();
    }
}
