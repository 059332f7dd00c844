package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.Optional;

/**
 * A record at one moment, taken before calls that must change nothing. Compares the stored content where the harness
 * can show it, and always what {@code find} shows: its times may only have run down.
 */
final class Snapshot {

    private final StoreHarness harness;
    private final RecordId id;
    private final Optional<StoredRecord> shown;
    private final Optional<String> stored;

    private Snapshot(StoreHarness harness, RecordId id) {
        this.harness = harness;
        this.id = id;
        shown = harness.store().find(id);
        stored = harness.dump(id);
    }

    static Snapshot of(StoreHarness harness, RecordId id) {
        return new Snapshot(harness, id);
    }

    /** Asserts that the record is as it was, or that there is still none. */
    void assertUnchanged() {
        assertEquals(stored, harness.dump(id), "stored content");
        Optional<StoredRecord> now = harness.store().find(id);
        assertEquals(shown.isPresent(), now.isPresent(), "existence of the record");
        shown.ifPresent(before -> assertSame(before, now.orElseThrow()));
    }

    /** Asserts that two views show the same record: the later one may only be older. */
    static void assertSame(StoredRecord before, StoredRecord after) {
        assertEquals(before.state(), after.state(), "state");
        assertEquals(before.fingerprint(), after.fingerprint(), "fingerprint");
        assertEquals(before.number(), after.number(), "attempt number");
        assertEquals(before.token(), after.token(), "token");
        assertEquals(before.result(), after.result(), "result");
        assertRanDown(before.leaseLeft(), after.leaseLeft(), "lease left");
        assertEquals(before.retentionLeft().isForever(), after.retentionLeft().isForever(), "kept for ever");
        assertRanDown(
                before.retentionLeft().duration().orElse(Duration.ZERO),
                after.retentionLeft().duration().orElse(Duration.ZERO),
                "retention left");
        assertRanDown(after.age(), before.age(), "age, backwards");
    }

    private static void assertRanDown(Duration before, Duration after, String what) {
        Duration passed = before.minus(after);
        assertTrue(
                passed.plus(StoreRules.GRAIN).compareTo(Duration.ZERO) >= 0 && passed.compareTo(StoreRules.SLACK) < 0,
                () -> what + ": was " + before + ", is " + after);
    }
}
