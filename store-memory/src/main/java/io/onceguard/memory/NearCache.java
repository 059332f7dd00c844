package io.onceguard.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Copies of completed records, each with the moment until which it may be used. Safe for use by many threads. */
final class NearCache {

    /** Beyond the bytes of a result: the key, the objects around both, and the place in the map. */
    static final int COPY_OVERHEAD = 400;

    /** Attempts that were begun here and never ended, because their lease was lost, must not pile up. */
    private static final int MAX_RUNNING = 100_000;

    /** The thread that calls: to wake another one takes longer than the few reads and writes that are to be booked. */
    private static final Executor HOUSEKEEPER = Runnable::run;

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final NearCacheBuilder options;
    private final Cache<RecordId, Copy> copies;

    /** A completion does not name the fingerprint, so it is remembered from the acquire. */
    private final Cache<AttemptId, Running> running;

    /** Counts beginnings and ends of deletions: an answer that was asked for before one of them may be out of date. */
    private final AtomicLong deletionSteps = new AtomicLong();

    private final AtomicInteger deletionsUnderWay = new AtomicInteger();

    /** When a question was asked: no answer to it can be older. */
    record Moment(long nanos, long deletionSteps) {}

    /** An attempt that was begun here, and how often it tried to end. */
    record Running(StoredFingerprint fingerprint, long token, AtomicInteger endings) {

        /** Whether the record has what the first of its ends wrote, if that was confirmed. */
        boolean endedOnce() {
            return endings.get() == 1;
        }
    }

    private record Copy(StoredRecord record, long seen, long end) {}

    NearCache(NearCacheBuilder options) {
        this.options = options;
        this.copies = Caffeine.newBuilder()
                .ticker(options.ticker::getAsLong)
                .executor(HOUSEKEEPER)
                .maximumWeight(options.maxBytes)
                .weigher(NearCache::weight)
                .expireAfterWrite(options.maxAge.plus(SHORTEST)) // frees memory; a copy knows its end to the nanosecond
                .build();
        this.running = Caffeine.newBuilder()
                .executor(HOUSEKEEPER)
                .maximumSize(MAX_RUNNING)
                .build();
    }

    private static int weight(RecordId id, Copy copy) {
        StoredResult result = copy.record.result();
        long bytes = result == null ? 0 : result.bytes().length;
        return (int) Math.min(Integer.MAX_VALUE, bytes + COPY_OVERHEAD);
    }

    Moment now() {
        return new Moment(options.ticker.getAsLong(), deletionSteps.get());
    }

    AcquireResult.@Nullable Completed find(RecordId id) {
        Copy copy = copies.getIfPresent(id);
        if (copy == null) {
            return null;
        }
        long now = options.ticker.getAsLong();
        return copy.end - now <= 0 ? null : new AcquireResult.Completed(aged(copy.record, now - copy.seen));
    }

    private static StoredRecord aged(StoredRecord record, long nanos) {
        return new StoredRecord(
                record.state(),
                record.fingerprint(),
                record.number(),
                record.token(),
                record.age().plusNanos(nanos),
                record.leaseLeft(),
                less(record.retentionLeft(), nanos),
                record.result());
    }

    private static Retention less(Retention retention, long nanos) {
        if (retention.isForever()) {
            return retention;
        }
        Duration left = retention.duration().orElseThrow().minusNanos(nanos);
        return Retention.of(left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
    }

    /** Keeps the answer to a question. */
    void keep(RecordId id, StoredRecord record, Moment asked) {
        StoredResult result = record.result();
        if (result == null || result.isEvicted()) {
            return;
        }
        Duration left = record.retentionLeft().duration().orElse(options.maxAge);
        Duration kept = left.compareTo(options.maxAge) < 0 ? left : options.maxAge;
        Copy copy = new Copy(record, asked.nanos, asked.nanos + kept.toNanos());
        copies.asMap().compute(id, (same, before) -> isUpToDate(asked) ? copy : before);
    }

    private boolean isUpToDate(Moment asked) {
        return deletionsUnderWay.get() == 0 && asked.deletionSteps == deletionSteps.get();
    }

    void begun(AcquireRequest request, Lease lease) {
        running.asMap().compute(request.attemptId(), (attempt, known) -> {
            if (known != null && known.token == lease.token()) {
                return known;
            }
            // An attempt that begins anew, because its record is gone, may still be ending as it was before.
            int endings = known == null ? 0 : 1;
            return new Running(request.fingerprint(), lease.token(), new AtomicInteger(endings));
        });
    }

    /** The attempt ends, or tries to; null if it was not begun here or has tried before. */
    @Nullable
    Running ending(Lease lease) {
        Running attempt = running.getIfPresent(lease.attemptId());
        if (attempt == null) {
            return null;
        }
        boolean first = attempt.endings.incrementAndGet() == 1;
        return first && attempt.token == lease.token() ? attempt : null;
    }

    /** Keeps what the attempt, whose fingerprint is given, has completed. */
    void keep(Completion completion, StoredFingerprint fingerprint, Moment asked) {
        Lease lease = completion.lease();
        StoredRecord record = new StoredRecord(
                RecordState.COMPLETED,
                fingerprint,
                lease.number(),
                lease.token(),
                Duration.ZERO,
                Duration.ZERO,
                completion.retention(),
                completion.result());
        keep(lease.id(), record, asked);
    }

    /** Runs the deletion of a record; until it is over, no copy is used or made. */
    boolean deleting(RecordId id, BooleanSupplier deletion) {
        deletionsUnderWay.incrementAndGet();
        drop(id);
        try {
            return deletion.getAsBoolean();
        } finally {
            drop(id);
            deletionsUnderWay.decrementAndGet();
        }
    }

    private void drop(RecordId id) {
        deletionSteps.incrementAndGet();
        copies.invalidate(id);
    }
}
