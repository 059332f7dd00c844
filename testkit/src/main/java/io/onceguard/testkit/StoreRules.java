package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the groups of the contract share: a harness for each test, the words in which tests are written, and the check
 * of every touched record afterwards. Not specific to a store and free of state between tests.
 */
abstract class StoreRules {

    static final Duration LEASE = Duration.ofHours(1);
    static final Duration KEPT = Duration.ofHours(24);
    static final Retention RETENTION = Retention.of(KEPT);

    /** More than any test takes, and far less than any lease in it: real time passes while a test runs. */
    static final Duration SLACK = Duration.ofMinutes(15);

    /** Stores may keep the end of a record in whole milliseconds. */
    static final Duration GRAIN = Duration.ofMillis(1);

    static final StoredFingerprint INPUT = new StoredFingerprint("sha-256", bytes("an input of 32 bytes: 0123456789"));
    static final StoredFingerprint OTHER_INPUT =
            new StoredFingerprint("sha-256", bytes("another input, 32 bytes: 0123456"));
    static final StoredResult RESULT = StoredResult.of(bytes("the result"));
    static final StoredResult OTHER_RESULT = StoredResult.of(bytes("another result"));

    private static final long PROCESS = 0x7E57_0000_0000_0001L;
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private final Queue<RecordId> touched = new ConcurrentLinkedQueue<>();
    private StoreHarness harness;

    abstract StoreHarness openHarness();

    @BeforeEach
    void open() {
        harness = openHarness();
    }

    @AfterEach
    void checkAndClose() {
        try {
            for (RecordId id : touched) {
                store().find(id).ifPresent(StoreRules::checkForm);
            }
            harness.checkInvariants();
        } finally {
            harness.cleanUp();
        }
    }

    // what tests talk about

    final StoreHarness harness() {
        return harness;
    }

    final IdempotencyStore store() {
        return harness.store();
    }

    /** A record that no test has used. */
    final RecordId newId() {
        return touching(new RecordId("contract", "tenant", "key-" + SEQUENCE.incrementAndGet()));
    }

    /** Remembers a record, so that it is looked at after the test. */
    final RecordId touching(RecordId id) {
        touched.add(id);
        return id;
    }

    static AttemptId newAttempt() {
        return new AttemptId(PROCESS, SEQUENCE.incrementAndGet());
    }

    /** A request by a new attempt that takes nothing over. */
    static AcquireRequest request(RecordId id) {
        return new AcquireRequest(id, INPUT, newAttempt(), LEASE, RETENTION, Takeover.NEVER);
    }

    /** A request by a new attempt that takes over what has the same input. */
    static AcquireRequest takeover(RecordId id) {
        return request(id).withTakeover(Takeover.SAME_FINGERPRINT);
    }

    static AcquireRequest withInput(AcquireRequest request, StoredFingerprint input) {
        return new AcquireRequest(
                request.id(), input, request.attemptId(), request.lease(), request.retention(), request.takeover());
    }

    static AcquireRequest withTimes(AcquireRequest request, Duration lease, Retention retention) {
        return new AcquireRequest(
                request.id(), request.fingerprint(), request.attemptId(), lease, retention, request.takeover());
    }

    /** A lease like the given one, in the name of an attempt that never held it. */
    static Lease byStranger(Lease lease) {
        return new Lease(lease.id(), newAttempt(), lease.number(), lease.token(), lease.duration(), lease.retention());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // what tests do and expect

    final Lease acquire(RecordId id) {
        return acquired(request(id)).lease();
    }

    final Acquired acquired(AcquireRequest request) {
        Acquired answer = granted(store().acquire(request));
        Lease lease = answer.lease();
        assertEquals(request.id(), lease.id(), "record of the lease");
        assertEquals(request.attemptId(), lease.attemptId(), "attempt of the lease");
        assertEquals(request.lease(), lease.duration(), "duration of the lease");
        assertEquals(request.retention(), lease.retention(), "retention of the lease");
        return answer;
    }

    static Acquired granted(AcquireResult answer) {
        return assertInstanceOf(Acquired.class, answer, "answer to acquire");
    }

    final StoredRecord held(AcquireRequest request) {
        return checkForm(assertInstanceOf(Held.class, store().acquire(request), "answer to acquire")
                .record());
    }

    final StoredRecord abandoned(AcquireRequest request) {
        return checkForm(assertInstanceOf(Abandoned.class, store().acquire(request), "answer to acquire")
                .record());
    }

    final StoredRecord completed(AcquireRequest request) {
        return checkForm(assertInstanceOf(Completed.class, store().acquire(request), "answer to acquire")
                .record());
    }

    final boolean complete(Lease lease) {
        return store().complete(lease, RESULT, RETENTION);
    }

    final StoredRecord find(RecordId id) {
        return checkForm(store().find(id).orElseGet(() -> fail("the record is gone")));
    }

    final void assertAbsent(RecordId id) {
        assertEquals(Optional.empty(), store().find(id).map(StoredRecord::state), "state of an absent record");
    }

    final void assertState(RecordState expected, RecordId id) {
        assertEquals(expected, find(id).state(), "state");
    }

    /** Lets the lease of a record in progress end, and the record live on. */
    final void endLease(RecordId id) {
        harness.passTime(id, find(id).leaseLeft().plus(GRAIN.multipliedBy(2)));
    }

    /** Lets a record expire that is not kept for ever. */
    final void expire(RecordId id) {
        Duration left = find(id).retentionLeft().duration().orElseThrow();
        harness.passTime(id, left.plus(GRAIN.multipliedBy(2)));
    }

    /** Asserts that this much is left, less what has passed since in real time. */
    static void assertLeft(Duration expected, Duration actual, String what) {
        if (actual.compareTo(expected.plus(GRAIN)) > 0 || actual.compareTo(expected.minus(SLACK)) < 0) {
            fail(what + ": expected " + expected + ", or a little less, but was " + actual);
        }
    }

    static void assertLeft(Duration expected, Retention actual, String what) {
        assertLeft(expected, actual.duration().orElse(Retention.MAX), what);
    }

    /** Asserts what is true of every record that a store shows. */
    static StoredRecord checkForm(StoredRecord record) {
        assertTrue(record.number() >= 1, "attempt numbers start at 1");
        assertTrue(record.token() > 0, "tokens are positive");
        assertTrue(!record.age().isNegative(), "an age is not negative");
        assertEquals(
                record.state() == RecordState.IN_PROGRESS,
                record.leaseLeft().compareTo(Duration.ZERO) > 0,
                "a lease is left if and only if the record is in progress; state " + record.state());
        record.retentionLeft()
                .duration()
                .ifPresent(left ->
                        assertTrue(left.plus(GRAIN).compareTo(record.leaseLeft()) >= 0, "a record outlives its lease"));
        return record;
    }
}
