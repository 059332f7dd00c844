package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.TimeZone;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Short times are kept exactly, and the clock of the application's node counts for nothing. */
abstract class ClockRules extends StoreRules {

    private record Sight(RecordId id, StoredRecord record) {}

    @Test
    void B11_subSecondLeasesAreNeverRounded() {
        for (int millis : new int[] {100, 250, 300, 999}) {
            Duration lease = Duration.ofMillis(millis);

            Sight seen = whileFresh(lease, id -> acquired(withTimes(request(id), lease, RETENTION)));

            assertEquals(RecordState.IN_PROGRESS, seen.record.state(), "state with a lease of " + lease);
            assertAtMost(lease, seen.record.leaseLeft());
            harness().passTime(seen.id, lease.plus(GRAIN));
            assertState(RecordState.ABANDONED, seen.id);
        }
    }

    @Test
    void B11_subSecondRetentionsAreNeverRounded() {
        for (int millis : new int[] {100, 250, 300, 999}) {
            Duration kept = Duration.ofMillis(millis);

            Sight seen = whileFresh(kept, id -> store().complete(acquire(id), RESULT, Retention.of(kept)));

            assertEquals(RecordState.COMPLETED, seen.record.state(), "state with a retention of " + kept);
            assertAtMost(kept, seen.record.retentionLeft().duration().orElse(Retention.MAX));
            harness().passTime(seen.id, kept.plus(GRAIN.multipliedBy(2)));
            assertAbsent(seen.id);
            acquire(seen.id);
        }
    }

    /**
     * Writes a record and looks at it, with a new record each time, until both took less than the time that is
     * observed: a paused test machine is no fault of the store.
     */
    private Sight whileFresh(Duration time, Consumer<RecordId> write) {
        for (int tries = 0; tries < 50; tries++) {
            RecordId id = newId();
            long start = System.nanoTime();
            write.accept(id);
            StoredRecord record = store().find(id).orElse(null);
            if (System.nanoTime() - start < time.toNanos()) {
                return new Sight(id, checkForm(record == null ? fail("rounded to nothing: " + time) : record));
            }
        }
        return fail("the store takes longer than " + time + " to write a record and find it");
    }

    private static void assertAtMost(Duration given, Duration left) {
        assertTrue(left.compareTo(given.plus(GRAIN)) <= 0, () -> "of " + given + " there are left " + left);
    }

    @Test
    void B11_shortestRetentionEnds() {
        RecordId id = newId();
        Lease lease = acquire(id);
        assertTrue(store().complete(lease, RESULT, Retention.of(Duration.ofMillis(1))));
        harness().passTime(id, GRAIN.multipliedBy(3));
        assertAbsent(id);
        assertFalse(complete(lease), "the late owner of an expired record");
        acquire(id);
    }

    @Test
    @ResourceLock(Resources.TIME_ZONE)
    void B13_timeZoneOfTheNodeHasNoEffect() {
        TimeZone before = TimeZone.getDefault();
        try {
            for (String zone : new String[] {"Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"}) {
                RecordId here = newId();
                Lease lease = acquire(here);
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                IdempotencyStore elsewhere = harness().anotherNode();

                StoredRecord seen = elsewhere.find(here).orElseThrow();
                assertEquals(RecordState.IN_PROGRESS, seen.state(), zone);
                assertLeft(LEASE, seen.leaseLeft(), "lease left in " + zone);
                assertTrue(elsewhere.renew(lease));
                RecordId there = newId();
                granted(elsewhere.acquire(request(there)));

                TimeZone.setDefault(before);
                assertLeft(LEASE, find(here).leaseLeft(), "lease left, renewed in " + zone);
                assertLeft(LEASE, held(takeover(there)).leaseLeft(), zone);
                assertLeft(LEASE.plus(KEPT), find(there).retentionLeft(), "retention left, from " + zone);
            }
        } finally {
            TimeZone.setDefault(before);
        }
    }
}
