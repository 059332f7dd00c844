package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Expired records are removed, and nothing else. */
abstract class PurgeRules extends StoreRules {

    /** Longer than the slack that a store may leave between the end of a record and its removal. */
    private static final Duration LONG_AFTER = Duration.ofDays(4);

    private final List<RecordId> expired = new ArrayList<>();

    /** Records of every kind that expired days ago. */
    private void givenExpiredRecords(int count) {
        for (int i = 0; i < count; i++) {
            RecordId id = newId();
            Lease lease = acquired(withTimes(request(id), LEASE, Retention.of(Duration.ofMinutes(1))))
                    .lease();
            switch (i % 4) {
                case 0 -> store().complete(lease, RESULT, Retention.of(Duration.ofMinutes(1)));
                case 1 -> store().release(lease);
                case 2 -> store().hold(lease);
                default -> {}
            }
            expired.add(id);
        }
        if (harness().timePassesForAll()) {
            harness().passTime(expired.get(0), LONG_AFTER);
        } else {
            expired.forEach(id -> harness().passTime(id, LONG_AFTER));
        }
    }

    /** One record in each state; none of them expired. */
    private List<Snapshot> liveRecords() {
        RecordId dead = newId();
        acquire(dead);
        endLease(dead);
        Lease forever = acquire(newId());
        store().complete(forever, RESULT, Retention.forever());
        Lease completed = acquire(newId());
        complete(completed);
        Lease released = acquire(newId());
        store().release(released);
        Lease onHold = acquire(newId());
        store().hold(onHold);
        Lease running = acquire(newId());
        return List.of(dead, forever.id(), completed.id(), released.id(), onHold.id(), running.id()).stream()
                .map(id -> Snapshot.of(harness(), id))
                .toList();
    }

    private static int purgeUntilNothingIsLeft(IdempotencyStore store, int limit) {
        int total = 0;
        int removed;
        do {
            removed = store.purgeExpired(limit);
            assertTrue(removed >= 0 && removed <= limit, "a purge of at most " + limit + " removed " + removed);
            total += removed;
        } while (removed > 0);
        return total;
    }

    @Test
    void B14_purgeRemovesExpiredRecordsOnlyInBoundedBatchesAndCountsThem() {
        // given
        givenExpiredRecords(10);
        List<Snapshot> live = liveRecords();

        // when
        int removed = purgeUntilNothingIsLeft(store(), 4);

        // then
        assertEquals(harness().purgesItself() ? 0 : 10, removed);
        live.forEach(Snapshot::assertUnchanged);
        expired.forEach(this::assertAbsent);
    }

    @Test
    void B14_fullBatchIsUsed() {
        givenExpiredRecords(5);
        assertEquals(harness().purgesItself() ? 0 : 3, store().purgeExpired(3));
        assertEquals(harness().purgesItself() ? 0 : 2, store().purgeExpired(3));
        assertEquals(0, store().purgeExpired(3));
    }

    @Test
    void B14_purgeOfAStoreWithoutExpiredRecordsRemovesNothing() {
        assertEquals(0, store().purgeExpired(1));
        List<Snapshot> live = liveRecords();
        assertEquals(0, store().purgeExpired(1_000));
        live.forEach(Snapshot::assertUnchanged);
    }

    @Test
    void B14_limitBelowOneIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> store().purgeExpired(0));
        assertThrows(IllegalArgumentException.class, () -> store().purgeExpired(-1));
    }

    @Test
    void B14_recordAcquiredAgainAfterItsExpiryIsNotPurged() {
        givenExpiredRecords(4);
        List<Snapshot> again = new ArrayList<>();
        for (RecordId id : expired) {
            assertEquals(1, acquire(id).number());
            again.add(Snapshot.of(harness(), id));
        }

        assertEquals(0, purgeUntilNothingIsLeft(store(), 10));

        again.forEach(Snapshot::assertUnchanged);
    }

    @Test
    void B14_twoPurgesCountEachRecordOnce() {
        givenExpiredRecords(60);
        IdempotencyStore otherNode = harness().anotherNode();
        try (Racers racers = new Racers()) {
            Callable<Integer> here = () -> purgeUntilNothingIsLeft(store(), 7);
            Callable<Integer> there = () -> purgeUntilNothingIsLeft(otherNode, 7);

            int removed = racers.race(List.of(here, there)).stream()
                            .mapToInt(Integer::intValue)
                            .sum()
                    + purgeUntilNothingIsLeft(store(), 7);

            assertEquals(harness().purgesItself() ? 0 : 60, removed);
        }
    }

    @Test
    void B14_purgeBesideLiveTrafficLosesNoNewRecord() {
        givenExpiredRecords(60);
        IdempotencyStore otherNode = harness().anotherNode();
        try (Racers racers = new Racers()) {
            Callable<Integer> purge = () -> purgeUntilNothingIsLeft(otherNode, 3);
            Callable<Integer> traffic = () -> {
                for (RecordId id : expired) {
                    Lease lease = acquire(id);
                    assertEquals(1, lease.number());
                    assertTrue(store().renew(lease), "the new owner holds the lease");
                    assertTrue(complete(lease), "the new owner completes");
                }
                return 0;
            };

            racers.race(List.of(purge, traffic));

            expired.forEach(id -> assertEquals(RESULT, find(id).result()));
            assertEquals(0, purgeUntilNothingIsLeft(store(), 10));
        }
    }
}
