package io.onceguard.memory;

import static io.onceguard.spi.RecordState.ABANDONED;
import static io.onceguard.spi.RecordState.COMPLETED;
import static io.onceguard.spi.RecordState.HELD;
import static io.onceguard.spi.RecordState.IN_PROGRESS;
import static io.onceguard.spi.RecordState.RELEASED;
import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Policy;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps records in the memory of this process. For one process, for tests, and as the example of a correct store.
 *
 * <p><b>What is lost.</b> Everything, when the process ends: claims, results, and the knowledge that a key was ever
 * used. Another process never sees the records. Work that must not be repeated after a restart needs another store.
 *
 * <p><b>What is bounded.</b> The bytes of the results, by {@link InMemoryStoreBuilder#maxResultBytes}. When they exceed
 * the bound, the results completed longest ago lose their bytes. Their records stay completed, with
 * {@link StoredResult#EVICTED} in place of the result, until their retention is over: the work is not run again. A
 * result larger than the whole bound is never kept.
 *
 * <p><b>What is not bounded.</b> The number of records. A record that has not expired is never given up, whatever its
 * state, because that would run its work a second time. Each takes some 300 bytes and its key beside its result, so
 * that a million keys within their retention take 300 to 400 MB without a single result; a shorter retention is the
 * means against that.
 *
 * <p><b>Expiry</b> is decided within each call, exactly. The memory of an expired record is freed without anybody
 * asking for it, as a rule within two seconds, in a busy or an idle store, on a thread of
 * {@link ForkJoinPool#commonPool()}. The store starts no thread and needs no closing; an idle store relies on the JDK's
 * own timer thread for delayed tasks, which all of the JVM shares.
 *
 * <p><b>Time</b> is {@link System#nanoTime()}: a jump of the wall clock has no effect. <b>Tokens</b> come from one
 * counter of the process, shared by all stores, so that they increase over deletion and expiry. It starts at the wall
 * clock's microseconds, so that they also increase over a restart, unless the wall clock went back in between.
 *
 * <p>Safe for use by many threads. A call waits for no work and no I/O, only for short steps of other calls; replays
 * take no lock. No method throws {@link io.onceguard.spi.StoreException}.
 */
public final class InMemoryIdempotencyStore implements IdempotencyStore {

    private static final AtomicLong LAST_TOKEN = new AtomicLong(System.currentTimeMillis() * 1000);

    /*
     * The truth about a key is the one immutable entry that the map holds. A step replaces it within compute, which is
     * atomic per key, and reads the clock in there, so that the steps on a key are in the order of their times. So does
     * whoever looks at a record that is not completed: the step of another thread may have read the clock, and not yet
     * have replaced the entry. The cache has no bound on its size; it is used for the map and for the timer wheel that
     * frees what expired, and no answer depends on when the wheel turns. Within a step the budget is kept in line with
     * the map; entries that exceed it are replaced by markers afterwards, because that is a step on another record.
     */
    private final Cache<RecordId, Entry> cache;
    private final ConcurrentMap<RecordId, Entry> entries;

    /** Looks without telling the cache, which would note every read and learn nothing from it. */
    private final Policy<RecordId, Entry> present;

    private final ResultBudget budget;
    private final LongSupplier ticker;

    InMemoryIdempotencyStore(InMemoryStoreBuilder builder) {
        LongSupplier nanoTime = builder.ticker;
        ResultBudget results = new ResultBudget(builder.maxResultBytes);
        cache = Caffeine.newBuilder()
                .ticker(nanoTime::getAsLong)
                .scheduler(builder.scheduler)
                .executor(builder.executor)
                .expireAfter(new Lifetimes())
                .evictionListener((id, entry, cause) -> results.remove(requireNonNull(entry)))
                .build();
        entries = cache.asMap();
        present = cache.policy();
        budget = results;
        ticker = nanoTime;
    }

    /**
     * Returns a new, empty store with the defaults.
     *
     * @return the store
     */
    public static InMemoryIdempotencyStore create() {
        return builder().build();
    }

    /**
     * Returns a builder with the defaults: 256 MiB of results, and the time of {@link System#nanoTime()}.
     *
     * @return the builder
     */
    public static InMemoryStoreBuilder builder() {
        return new InMemoryStoreBuilder();
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        // The entry was there when the clock was read, or was made after that: one of the two is the moment of the
        // answer. No step moves the times of a completed record.
        long clock = ticker.getAsLong();
        Entry seen = present.getIfPresentQuietly(request.id());
        if (seen != null && seen.state() == COMPLETED) {
            long now = seen.notBefore(clock);
            if (!seen.isExpired(now)) {
                return seen.refused(now);
            }
        }
        return acquireAtomically(request);
    }

    private AcquireResult acquireAtomically(AcquireRequest request) {
        AcquireResult[] answer = new AcquireResult[1];
        entries.compute(request.id(), (id, current) -> {
            long now = ticker.getAsLong();
            Entry live = liveAt(now, current);
            if (live != null && !live.grants(request, now)) {
                answer[0] = live.refused(now);
                return live;
            }
            Entry granted = live != null && live.isOwnedBy(request.attemptId())
                    ? live.renewed(request.lease(), request.retention(), now)
                    : Entry.granted(request, live, LAST_TOKEN.incrementAndGet(), now);
            answer[0] = granted.acquired(request);
            return granted;
        });
        return answer[0];
    }

    @Override
    public boolean renew(Lease lease) {
        return step(lease.id(), (entry, now) -> {
            boolean holds = entry.isOwnedBy(lease.attemptId()) && entry.state() == IN_PROGRESS;
            return holds ? entry.renewed(lease.duration(), lease.retention(), now) : null;
        });
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        requireNonNull(result, "result");
        requireNonNull(retention, "retention");
        return step(lease.id(), (entry, now) -> {
            if (!entry.isOwnedBy(lease.attemptId())) {
                return null;
            }
            return switch (entry.state()) {
                case IN_PROGRESS -> entry.completed(result, retention, now);
                case COMPLETED -> entry;
                default -> null;
            };
        });
    }

    @Override
    public boolean release(Lease lease) {
        return end(lease, RELEASED);
    }

    @Override
    public boolean hold(Lease lease) {
        return end(lease, HELD);
    }

    private boolean end(Lease lease, RecordState how) {
        return step(lease.id(), (entry, now) -> {
            if (!entry.isOwnedBy(lease.attemptId())) {
                return null;
            }
            if (entry.state() == how) {
                return entry;
            }
            return entry.state() == IN_PROGRESS ? entry.ended(how, lease.retention(), now) : null;
        });
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        requireNonNull(result, "result");
        requireNonNull(retention, "retention");
        return step(id, (entry, now) -> {
            RecordState state = entry.stateAt(now);
            boolean open = state == ABANDONED || state == HELD;
            return open && entry.attempt().token() == expectedToken ? entry.resolved(result, retention, now) : null;
        });
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        boolean[] deleted = new boolean[1];
        entries.compute(id, (key, current) -> {
            Entry live = liveAt(ticker.getAsLong(), current);
            if (live != null && live.attempt().token() == expectedToken) {
                budget.remove(live);
                deleted[0] = true;
                return null;
            }
            return live;
        });
        return deleted[0];
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        StoredRecord[] seen = new StoredRecord[1];
        step(id, (entry, now) -> {
            seen[0] = entry.view(now);
            return entry;
        });
        return Optional.ofNullable(seen[0]);
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    /** How long the cache keeps an entry: for as long as its record lives, whoever reads it. */
    private static final class Lifetimes implements Expiry<RecordId, Entry> {
        @Override
        public long expireAfterCreate(RecordId id, Entry entry, long now) {
            return entry.nanosToExpiry(now);
        }

        @Override
        public long expireAfterUpdate(RecordId id, Entry entry, long now, long left) {
            return entry.nanosToExpiry(now);
        }

        @Override
        public long expireAfterRead(RecordId id, Entry entry, long now, long left) {
            return left;
        }
    }

    /** Looks at a live entry and returns what takes its place, possibly the entry itself; null refuses the step. */
    private interface Rule {
        @Nullable
        Entry apply(Entry entry, long now);
    }

    /** Applies the rule as one atomic step; returns false if there is no record or the rule refused. */
    private boolean step(RecordId id, Rule rule) {
        boolean[] accepted = new boolean[1];
        entries.compute(id, (key, current) -> {
            long now = ticker.getAsLong();
            Entry live = liveAt(now, current);
            Entry next = live == null ? null : rule.apply(live, now);
            accepted[0] = next != null;
            return next == null || next.equals(live) ? live : budgeted(next);
        });
        for (Entry oldest = budget.pollExcess(); oldest != null; oldest = budget.pollExcess()) {
            entries.replace(oldest.id(), oldest, oldest.withoutBytes());
        }
        return accepted[0];
    }

    private Entry budgeted(Entry next) {
        if (!budget.fits(next)) {
            return next.withoutBytes();
        }
        budget.add(next);
        return next;
    }

    /** The entry, or null if there is none or it has expired since the cache looked, whose bytes are then given up. */
    private @Nullable Entry liveAt(long now, @Nullable Entry entry) {
        if (entry != null && entry.isExpired(now)) {
            budget.remove(entry);
            return null;
        }
        return entry;
    }

    /** Returns how many records take memory, including those that expired and were not freed yet. */
    long recordCount() {
        return cache.estimatedSize();
    }

    /** Returns what the kept results weigh together. */
    long resultBytes() {
        return budget.bytes();
    }
}
