package io.onceguard.memory;

import static io.onceguard.memory.Attempts.LEASE;
import static io.onceguard.memory.Attempts.RETENTION;
import static io.onceguard.memory.Attempts.acquire;
import static io.onceguard.memory.Attempts.bytes;
import static io.onceguard.memory.Attempts.complete;
import static io.onceguard.memory.Attempts.granted;
import static io.onceguard.memory.Attempts.key;
import static io.onceguard.memory.Attempts.request;
import static io.onceguard.memory.Attempts.takeover;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** C03: the store knows monotonic time only, and knows it exactly. */
class MonotonicTimeTest {

    private final TestClock clock = new TestClock();
    private final InMemoryIdempotencyStore store =
            InMemoryIdempotencyStore.builder().ticker(clock::read).build();

    @Test
    void C03_whileTheMonotonicClockStandsStillNoWallClockTimeEndsAnything() {
        Lease claim = acquire(store, key(1));
        store.complete(acquire(store, key(2)), bytes(1), Retention.of(Duration.ofMillis(1)));

        // Real time goes by here, the store's does not: after 100,000 steps, every duration is still whole.
        for (int i = 0; i < 100_000; i++) {
            store.acquire(request(key(2)));
        }

        assertThat(store.find(claim.id()).orElseThrow().leaseLeft()).isEqualTo(LEASE);
        assertThat(store.find(key(2)).orElseThrow().retentionLeft()).isEqualTo(Retention.of(Duration.ofMillis(1)));
    }

    @Test
    void C03_timePassesTheOverflowOfTheMonotonicClock() {
        assertThat(clock.read()).isPositive();
        Lease lease = acquire(store, key(1));

        clock.advance(LEASE.minusNanos(1));
        assertThat(clock.read()).isNegative();
        StoredRecord live = store.find(key(1)).orElseThrow();
        clock.advance(Duration.ofNanos(1));
        StoredRecord over = store.find(key(1)).orElseThrow();

        assertThat(live.state()).isEqualTo(RecordState.IN_PROGRESS);
        assertThat(live.age()).isEqualTo(LEASE.minusNanos(1));
        assertThat(live.leaseLeft()).isEqualTo(Duration.ofNanos(1));
        assertThat(over.state()).isEqualTo(RecordState.ABANDONED);
        assertThat(over.leaseLeft()).isZero();
        assertThat(over.retentionLeft()).isEqualTo(RETENTION);
        assertThat(store.complete(lease, bytes(1), RETENTION)).isTrue();
    }

    @Test
    void C03_tokensIncreaseOverStoresAndBeginAboveThoseOfAnEarlierProcess() {
        long yesterday = (System.currentTimeMillis() - Duration.ofDays(1).toMillis()) * 1000;

        long first = acquire(InMemoryIdempotencyStore.create(), key(1)).token();
        long second = acquire(InMemoryIdempotencyStore.create(), key(1)).token();

        assertThat(first).isGreaterThan(yesterday);
        assertThat(second).isGreaterThan(first);
    }

    @Test
    void C03_theLongestLeaseAndTheLongestRetentionDoNotOverflow() {
        var longest = new AcquireRequest(
                key(1),
                Attempts.FINGERPRINT,
                new AttemptId(2, 1),
                Duration.ofSeconds(Long.MAX_VALUE),
                Retention.of(Retention.MAX),
                Takeover.NEVER);

        granted(store.acquire(longest));

        StoredRecord record = store.find(key(1)).orElseThrow();
        assertThat(record.state()).isEqualTo(RecordState.IN_PROGRESS);
        assertThat(record.retentionLeft()).isEqualTo(Retention.of(Retention.MAX));
    }

    @Test
    void C03_theLastMicrosecondOfARetentionIsReportedAsTheShortestThereIs() {
        complete(store, key(1), bytes(1));

        clock.advance(Duration.ofHours(1).minusNanos(1));

        assertThat(store.find(key(1)).orElseThrow().retentionLeft()).isEqualTo(Retention.of(Duration.ofMillis(1)));
    }

    /** A step counts from when it read the clock: whoever reads it later must not be shown what was before the step. */
    @Test
    void C03_whoLooksWhileAStepIsUnderWayIsShownTheStep() throws InterruptedException {
        List<Thread> lookers = new ArrayList<>();
        List<RecordState> seen = new CopyOnWriteArrayList<>();
        AtomicReference<Runnable> afterEachRead = new AtomicReference<>(() -> {});
        Thread stepping = Thread.currentThread();
        IdempotencyStore store = InMemoryIdempotencyStore.builder()
                .ticker(() -> {
                    long now = clock.read();
                    if (Thread.currentThread() == stepping) {
                        afterEachRead.get().run();
                    }
                    return now;
                })
                .build();
        Lease lease = acquire(store, key(1));
        clock.advance(LEASE);
        afterEachRead.set(() -> {
            clock.advance(Duration.ofSeconds(1));
            Thread looker = new Thread(() -> {
                seen.add(store.find(key(1)).orElseThrow().state());
                seen.add(((AcquireResult.Refused) store.acquire(request(key(1))))
                        .record()
                        .state());
            });
            lookers.add(looker);
            looker.start();
            while (looker.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait(); // until it waits for the step, or has its answer
            }
        });

        assertThat(store.renew(lease)).isTrue();

        for (Thread looker : lookers) {
            looker.join();
        }
        assertThat(seen).isNotEmpty().containsOnly(RecordState.IN_PROGRESS);
    }

    @Test
    void C03_aRenewalMovesTheEndOfTheLeaseAndOfTheRecord() {
        Lease lease = acquire(store, key(1));
        clock.advance(LEASE.plusSeconds(1));
        assertThat(store.acquire(request(key(1)))).isInstanceOf(AcquireResult.Abandoned.class);

        assertThat(store.renew(lease)).isTrue();

        assertThat(store.acquire(takeover(key(1)))).isInstanceOf(AcquireResult.Held.class);
        clock.advance(LEASE.plusHours(1).minusNanos(1));
        assertThat(store.find(key(1))).isPresent();
        clock.advance(Duration.ofNanos(1));
        assertThat(store.find(key(1))).isEmpty();
        assertThat(store.renew(lease)).isFalse();
        assertThat(store.complete(lease, bytes(1), RETENTION)).isFalse();
    }
}
