package io.onceguard.memory;

import static io.onceguard.memory.Attempts.RETENTION;
import static io.onceguard.memory.Attempts.acquire;
import static io.onceguard.memory.Attempts.bytes;
import static io.onceguard.memory.Attempts.complete;
import static io.onceguard.memory.Attempts.granted;
import static io.onceguard.memory.Attempts.key;
import static io.onceguard.memory.Attempts.request;
import static io.onceguard.memory.Attempts.takeover;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.github.benmanes.caffeine.cache.Scheduler;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** C01 and C02: what is bounded, what is freed, and what is never given up. */
class MemoryBoundsTest {

    private static final int WEIGHT_OF_KILOBYTE = 1024 + Entry.RESULT_OVERHEAD;

    private final TestClock clock = new TestClock();
    private @Nullable Runnable wakeUp;

    @Test
    void C01_aMillionKeysStayWithinTheConfiguredBytesAndAllOfThemStayCompleted() {
        InMemoryIdempotencyStore store = store(1 << 20);

        long most = 0;
        for (long i = 0; i < 1_000_000; i++) {
            complete(store, key(i), bytes((int) (i % 64)));
            most = Math.max(most, store.resultBytes());
        }

        assertThat(most).isLessThanOrEqualTo(1 << 20);
        long completed = count(store, 1_000_000, record -> record.state() == RecordState.COMPLETED);
        long keptBytes = LongStream.range(0, 1_000_000)
                .mapToObj(i -> resultOf(store, i))
                .filter(result -> !result.isEvicted())
                .mapToLong(result -> result.bytes().length + Entry.RESULT_OVERHEAD)
                .sum();
        assertThat(completed).isEqualTo(1_000_000);
        assertThat(keptBytes).isEqualTo(store.resultBytes()).isGreaterThan((1 << 20) - 200);
    }

    @Test
    void C01_expiredRecordsOfEveryStateAreFreedWithoutBeingRead() {
        InMemoryIdempotencyStore store = store(1 << 20);
        for (int i = 0; i < 1_000; i++) {
            Lease lease = acquire(store, key(i));
            switch (i % 4) {
                case 0 -> store.complete(lease, bytes(100), RETENTION);
                case 1 -> store.release(lease);
                case 2 -> store.hold(lease);
                default -> {}
            }
        }
        assertThat(store.recordCount()).isEqualTo(1_000);

        clock.advance(Duration.ofHours(2));
        wakeIdleStore();

        assertThat(store.recordCount()).isZero();
        assertThat(store.resultBytes()).isZero();
    }

    @Test
    void C01_aRetentionThatWasShortenedByCompletionFreesTheRecordByTheShorterOne() {
        InMemoryIdempotencyStore store = store(1 << 20);
        store.complete(acquire(store, key(1)), bytes(1), Retention.of(Duration.ofSeconds(5)));

        clock.advance(Duration.ofSeconds(8));
        wakeIdleStore();

        assertThat(store.recordCount()).isZero();
    }

    @Test
    void C01_aStoreWithDefaultsIsWokenByTheTimerOfTheJdk() {
        assertThat(InMemoryIdempotencyStore.builder().scheduler).isSameAs(Scheduler.systemScheduler());
    }

    @Test
    void C01_anExpiredRecordIsGoneAtOnceEvenIfItsMemoryIsNot() {
        InMemoryIdempotencyStore store = store(1 << 20);
        complete(store, key(1), bytes(100));

        clock.advance(Duration.ofHours(1).minusNanos(1));
        assertThat(store.find(key(1))).isPresent();
        clock.advance(Duration.ofNanos(1));

        assertThat(store.recordCount()).isEqualTo(1);
        assertThat(store.find(key(1))).isEmpty();
        assertThat(acquire(store, key(1)).number()).isEqualTo(1);
        assertThat(store.resultBytes()).isZero();
    }

    @Test
    void C01_savingOneKeyAThousandTimesLeavesOneEntry() {
        InMemoryIdempotencyStore store = store(1 << 20);

        for (int i = 0; i < 1_000; i++) {
            Lease lease = acquire(store, key(1));
            assertThat(store.complete(lease, bytes(1024), RETENTION)).isTrue();
            assertThat(store.complete(lease, bytes(1024), RETENTION)).isTrue();
            assertThat(store.resultBytes()).isEqualTo(WEIGHT_OF_KILOBYTE);
            if (i % 2 == 0) {
                assertThat(store.delete(key(1), lease.token())).isTrue();
                assertThat(store.resultBytes()).isZero();
            } else if (i < 999) {
                clock.advance(Duration.ofHours(1));
            }
        }

        assertThat(store.recordCount()).isEqualTo(1);
        assertThat(store.resultBytes()).isEqualTo(WEIGHT_OF_KILOBYTE);
    }

    @Test
    void C01_aRecordKeptForEverIsNotFreed() {
        InMemoryIdempotencyStore store = store(1 << 20);
        store.complete(acquire(store, key(1)), bytes(1), Retention.forever());

        clock.advance(Duration.ofDays(36_000));
        wakeIdleStore();

        assertThat(store.find(key(1)).orElseThrow().retentionLeft()).isEqualTo(Retention.forever());
    }

    @Test
    void C02_aFullStoreLosesNoClaimNoReleasedAndNoHeldRecord() {
        InMemoryIdempotencyStore store = store(10 * WEIGHT_OF_KILOBYTE);
        Lease[] claims =
                LongStream.range(0, 1_000).mapToObj(i -> acquire(store, key(i))).toArray(Lease[]::new);
        Lease released = acquire(store, key(1_001));
        store.release(released);
        Lease held = acquire(store, key(1_002));
        store.hold(held);

        for (long i = 10_000; i < 20_000; i++) {
            complete(store, key(i), bytes(1024));
        }

        assertThat(store.resultBytes()).isEqualTo(10L * WEIGHT_OF_KILOBYTE);
        for (Lease claim : claims) {
            assertThat(store.acquire(request(claim.id()))).isInstanceOf(AcquireResult.Held.class);
            assertThat(store.renew(claim)).isTrue();
        }
        assertThat(store.acquire(request(key(1_002)))).isInstanceOf(AcquireResult.Abandoned.class);
        var next = (AcquireResult.Acquired) store.acquire(request(key(1_001)));
        assertThat(next.previous()).isEqualTo(PreviousAttempt.RELEASED);
        assertThat(next.lease().number()).isEqualTo(2);
        clock.advance(Attempts.LEASE);
        assertThat(granted(store.acquire(takeover(key(1)))).number()).isEqualTo(2);
    }

    @Test
    void C02_theResultCompletedLongestAgoIsReplacedByAMarkerThatDiffersInNothingElse() {
        InMemoryIdempotencyStore store = store(2 * WEIGHT_OF_KILOBYTE);
        Lease oldest = acquire(store, key(1));
        complete(store, key(2), bytes(1024));
        store.complete(oldest, bytes(1024), RETENTION);
        clock.advance(Duration.ofMinutes(10));
        StoredRecord before = store.find(key(2)).orElseThrow();

        complete(store, key(3), bytes(1024));

        StoredRecord after = store.find(key(2)).orElseThrow();
        assertThat(after)
                .isEqualTo(new StoredRecord(
                        RecordState.COMPLETED,
                        before.fingerprint(),
                        before.number(),
                        before.token(),
                        before.age(),
                        before.leaseLeft(),
                        before.retentionLeft(),
                        StoredResult.EVICTED));
        assertThat(store.acquire(takeover(key(2)))).isEqualTo(new AcquireResult.Completed(after));
        assertThat(resultOf(store, 1).isEvicted()).isFalse();
        assertThat(resultOf(store, 3).isEvicted()).isFalse();
    }

    @Test
    void C02_aMarkerStaysUntilItsRetentionIsOverAndTheKeyIsFreeThen() {
        InMemoryIdempotencyStore store = store(0);
        Lease lease = acquire(store, key(1));
        assertThat(store.complete(lease, bytes(0), RETENTION)).isTrue();
        assertThat(store.complete(lease, bytes(0), RETENTION)).isTrue();

        clock.advance(Duration.ofHours(1).minusNanos(1));
        assertThat(resultOf(store, 1).isEvicted()).isTrue();
        clock.advance(Duration.ofNanos(1));

        assertThat(granted(store.acquire(request(key(1)))).number()).isEqualTo(1);
    }

    @Test
    void C02_aResultLargerThanTheBoundDoesNotDriveOutTheOthers() {
        InMemoryIdempotencyStore store = store(2 * WEIGHT_OF_KILOBYTE);
        complete(store, key(1), bytes(1024));

        complete(store, key(2), bytes(4096));

        assertThat(resultOf(store, 1).isEvicted()).isFalse();
        assertThat(resultOf(store, 2).isEvicted()).isTrue();
    }

    @Test
    void C02_theBoundIsCheckedWhenItIsGiven() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InMemoryIdempotencyStore.builder().maxResultBytes(-1))
                .withMessage("maxResultBytes: 0 or more, was -1");
    }

    private InMemoryIdempotencyStore store(long maxResultBytes) {
        Scheduler scheduler = (executor, command, delay, unit) -> {
            wakeUp = command;
            Future<?> pending = new CompletableFuture<>();
            return pending;
        };
        return InMemoryIdempotencyStore.builder()
                .maxResultBytes(maxResultBytes)
                .ticker(clock::read)
                .maintenance(scheduler, Runnable::run)
                .build();
    }

    /** Does what the timer does for a store that nobody calls. */
    private void wakeIdleStore() {
        assertThat(wakeUp).as("the store has asked to be woken").isNotNull();
        wakeUp.run();
    }

    private static StoredResult resultOf(InMemoryIdempotencyStore store, long number) {
        StoredResult result = store.find(key(number)).orElseThrow().result();
        assertThat(result).isNotNull();
        return result;
    }

    private static long count(InMemoryIdempotencyStore store, long keys, Function<StoredRecord, Boolean> property) {
        return LongStream.range(0, keys)
                .mapToObj(i -> store.find(key(i)))
                .filter(found -> found.map(property).orElse(false))
                .count();
    }
}
