package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.onceguard.spi.IdempotencyStore;
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

/** Renew, complete, release and hold: the whole table of verb, situation, and whose attempt it is. */
abstract class WriteRules extends StoreRules {

    /** What the record has come to since the attempt acquired it. */
    private enum Situation {
        IN_PROGRESS,
        LEASE_OVER,
        RELEASED,
        HELD,
        COMPLETED,
        TAKEN_OVER,
        RELEASED_AND_ACQUIRED_BY_ANOTHER,
        TAKEN_OVER_AND_COMPLETED,
        RESOLVED,
        DELETED,
        DELETED_AND_ACQUIRED_BY_ANOTHER,
        EXPIRED,
        EXPIRED_AND_ACQUIRED_BY_ANOTHER
    }

    /** The verbs of an attempt. */
    private enum Verb {
        RENEW,
        COMPLETE,
        RELEASE,
        HOLD;

        /** Whether the attempt hears yes: as long as its record is open, and when it asks again after its own end. */
        boolean accepts(Situation situation) {
            return switch (situation) {
                case IN_PROGRESS, LEASE_OVER -> true;
                case COMPLETED -> this == COMPLETE;
                case RELEASED -> this == RELEASE;
                case HELD -> this == HOLD;
                default -> false;
            };
        }

        boolean apply(IdempotencyStore store, Lease lease) {
            return switch (this) {
                case RENEW -> store.renew(lease);
                case COMPLETE -> store.complete(lease, OTHER_RESULT, Retention.of(KEPT.multipliedBy(2)));
                case RELEASE -> store.release(lease);
                case HOLD -> store.hold(lease);
            };
        }
    }

    private Lease leaseIn(Situation situation, RecordId id) {
        Lease lease = acquire(id);
        switch (situation) {
            case IN_PROGRESS -> {}
            case LEASE_OVER -> endLease(id);
            case RELEASED -> assertTrue(store().release(lease));
            case HELD -> assertTrue(store().hold(lease));
            case COMPLETED -> assertTrue(complete(lease));
            case TAKEN_OVER -> takeOver(id);
            case RELEASED_AND_ACQUIRED_BY_ANOTHER -> {
                assertTrue(store().release(lease));
                acquire(id);
            }
            case TAKEN_OVER_AND_COMPLETED -> assertTrue(complete(takeOver(id)));
            case RESOLVED -> {
                endLease(id);
                assertTrue(store().resolve(id, lease.token(), RESULT, RETENTION));
            }
            case DELETED -> assertTrue(store().delete(id, lease.token()));
            case DELETED_AND_ACQUIRED_BY_ANOTHER -> {
                assertTrue(store().delete(id, lease.token()));
                acquire(id);
            }
            case EXPIRED -> expire(id);
            case EXPIRED_AND_ACQUIRED_BY_ANOTHER -> {
                expire(id);
                acquire(id);
            }
        }
        return lease;
    }

    private Lease takeOver(RecordId id) {
        endLease(id);
        return acquired(takeover(id)).lease();
    }

    @TestFactory
    List<DynamicTest> R02_ownAttempt() {
        List<DynamicTest> table = new ArrayList<>();
        for (Verb verb : Verb.values()) {
            for (Situation situation : Situation.values()) {
                boolean expected = verb.accepts(situation);
                table.add(dynamicTest(verb + " when " + situation + " is " + expected, () -> {
                    Lease lease = leaseIn(situation, newId());
                    assertAnswer(expected, verb, lease);
                }));
            }
        }
        return table;
    }

    private void assertAnswer(boolean expected, Verb verb, Lease lease) {
        Snapshot before = Snapshot.of(harness(), lease.id());
        assertEquals(expected, verb.apply(store(), lease), "answer");
        if (expected) {
            before = Snapshot.of(harness(), lease.id());
            if (verb == Verb.RENEW) {
                return;
            }
            assertTrue(verb.apply(store(), lease), "answer to the repeated call");
        }
        before.assertUnchanged();
    }

    @TestFactory
    List<DynamicTest> B05_attemptThatNeverHeldTheRecordChangesNothing() {
        List<DynamicTest> table = new ArrayList<>();
        for (Verb verb : Verb.values()) {
            for (Situation situation : Situation.values()) {
                table.add(dynamicTest(verb + " when " + situation, () -> {
                    Lease stranger = byStranger(leaseIn(situation, newId()));
                    assertAnswer(false, verb, stranger);
                }));
            }
        }
        return table;
    }

    @Test
    void B05_staleAttemptChangesNothingAndTheOwnerGoesOn() {
        RecordId id = newId();
        Lease stale = acquire(id);
        Lease owner = takeOver(id);
        Snapshot before = Snapshot.of(harness(), id);

        assertFalse(complete(stale), "complete");
        assertFalse(store().renew(stale), "renew");
        assertFalse(store().release(stale), "release");
        assertFalse(store().hold(stale), "hold");

        before.assertUnchanged();
        assertTrue(store().renew(owner));
        assertTrue(store().complete(owner, OTHER_RESULT, RETENTION));
        assertFalse(complete(stale), "complete after the owner");
        assertEquals(OTHER_RESULT, find(id).result());
    }

    @Test
    void B06_renewRepeatedIsTrueEachTime() {
        RecordId id = newId();
        Lease lease = acquire(id);
        for (int i = 0; i < 3; i++) {
            assertTrue(store().renew(lease));
            assertEquals(lease.token(), find(id).token(), "renewal keeps the token");
            assertEquals(lease.number(), find(id).number(), "renewal keeps the number");
        }
    }

    @Test
    void B12_secondCompletionByTheSameAttemptIsAcceptedAndChangesNothing() {
        RecordId id = newId();
        Lease lease = acquire(id);
        assertTrue(store().complete(lease, RESULT, RETENTION));
        Snapshot before = Snapshot.of(harness(), id);

        assertTrue(store().complete(lease, OTHER_RESULT, Retention.forever()));
        assertTrue(store().complete(lease, OTHER_RESULT, Retention.of(Duration.ofMillis(1))));

        before.assertUnchanged();
        assertEquals(RESULT, find(id).result());
    }

    @Test
    void B12_completionByAnotherAttemptIsRefused() {
        RecordId id = newId();
        Lease lease = acquire(id);
        assertFalse(complete(byStranger(lease)), "while in progress");
        assertState(RecordState.IN_PROGRESS, id);
        assertTrue(complete(lease));
        assertFalse(store().complete(byStranger(lease), OTHER_RESULT, RETENTION), "when completed");
        assertEquals(RESULT, find(id).result());
    }

    @Test
    void R02_eachVerbLeadsToItsStateAndKeepsNumberTokenAndFingerprint() {
        for (Situation from : new Situation[] {Situation.IN_PROGRESS, Situation.LEASE_OVER}) {
            for (Verb verb : Verb.values()) {
                RecordId id = newId();
                Lease lease = leaseIn(from, id);
                assertTrue(verb.apply(store(), lease));

                StoredRecord record = find(id);
                assertEquals(stateAfter(verb), record.state());
                assertEquals(lease.number(), record.number());
                assertEquals(lease.token(), record.token());
                assertEquals(INPUT, record.fingerprint());
                assertEquals(verb == Verb.COMPLETE ? OTHER_RESULT : null, record.result());
            }
        }
    }

    private static RecordState stateAfter(Verb verb) {
        return switch (verb) {
            case RENEW -> RecordState.IN_PROGRESS;
            case COMPLETE -> RecordState.COMPLETED;
            case RELEASE -> RecordState.RELEASED;
            case HOLD -> RecordState.HELD;
        };
    }

    @Test
    void R02_attemptIdAloneDecidesNotNumberNorToken() {
        for (Verb verb : Verb.values()) {
            // given: a caller that never saw the answer to its acquire knows neither
            RecordId id = newId();
            Lease lease = acquire(id);
            Lease unseen = new Lease(id, lease.attemptId(), 0, 0, lease.duration(), lease.retention());

            assertTrue(verb.apply(store(), unseen), () -> "answer to " + verb);

            assertEquals(stateAfter(verb), find(id).state());
            assertEquals(lease.number(), find(id).number(), "the number is kept");
            assertEquals(lease.token(), find(id).token(), "the token is kept");
        }
    }

    @Test
    void R02_releaseAndHoldKeepTheNumberForTheNextAttempt() {
        RecordId id = newId();
        Lease first = acquire(id);
        store().release(first);
        Lease second = acquire(id);
        store().hold(second);
        Lease third = acquired(takeover(id)).lease();

        assertEquals(List.of(1, 2, 3), List.of(first.number(), second.number(), third.number()));
        assertTrue(first.token() < second.token() && second.token() < third.token(), "tokens grow");
    }
}
