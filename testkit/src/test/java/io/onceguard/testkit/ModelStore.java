package io.onceguard.testkit;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The simplest correct store: one lock, one map, a clock that stands still unless it is told to move. What a broken
 * store breaks is a method of its own.
 */
class ModelStore implements IdempotencyStore {

    static final long FOREVER = Long.MAX_VALUE;

    /** What all nodes share. Guarded by itself. */
    static final class Storage {
        final Map<Object, Entry> entries = new HashMap<>();
        long now = 1;
        long lastToken = 1_000;
    }

    /** A record; mutable, guarded by its storage. */
    static final class Entry {
        RecordState state = RecordState.IN_PROGRESS;
        StoredFingerprint fingerprint = StoredFingerprint.NONE;

        @Nullable
        AttemptId attempt;

        PreviousAttempt previous = PreviousAttempt.NONE;
        int number;
        long token;
        long since;
        long leaseEnd;
        long end;

        @Nullable
        StoredResult result;

        @Override
        public String toString() {
            return state + " " + fingerprint.hashCode() + " " + attempt + " " + previous + " " + number + " " + token
                    + " " + since + " " + leaseEnd + " " + end + " " + (result == null ? "none" : result.hashCode());
        }
    }

    final Storage storage;

    ModelStore(Storage storage) {
        this.storage = storage;
    }

    // what a store may get wrong

    long now() {
        return storage.now;
    }

    Object keyOf(RecordId id) {
        return id;
    }

    long nextToken(@Nullable Entry former) {
        return ++storage.lastToken;
    }

    int nextNumber(@Nullable Entry former) {
        return former == null ? 1 : former.number + 1;
    }

    boolean isOwnRepeat(Entry entry, AcquireRequest request) {
        return request.attemptId().equals(entry.attempt);
    }

    boolean mayTakeOver(Entry entry, AcquireRequest request) {
        return switch (request.takeover().kind()) {
            case NEVER -> false;
            case SAME_FINGERPRINT -> request.fingerprint().equals(entry.fingerprint);
            case OF_TOKEN -> request.takeover().token() == entry.token;
        };
    }

    boolean isOf(Entry entry, Lease lease) {
        return lease.attemptId().equals(entry.attempt);
    }

    void rearm(Entry entry, Duration lease, Retention retention) {
        entry.leaseEnd = now() + lease.toNanos();
        entry.end = retention.isForever() ? FOREVER : entry.leaseEnd + nanos(retention);
    }

    StoredResult keep(StoredResult result) {
        return result;
    }

    long endOf(Retention retention) {
        return retention.isForever() ? FOREVER : now() + nanos(retention);
    }

    static long nanos(Retention retention) {
        return retention.duration().orElseThrow().toNanos();
    }

    @Nullable
    Entry live(RecordId id) {
        Entry entry = storage.entries.get(keyOf(id));
        return entry == null || entry.end <= now() ? null : entry;
    }

    RecordState stateOf(Entry entry) {
        boolean over = entry.state == RecordState.IN_PROGRESS && entry.leaseEnd <= now();
        return over ? RecordState.ABANDONED : entry.state;
    }

    // the verbs

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        synchronized (storage) {
            Entry entry = live(request.id());
            if (entry == null) {
                return grant(request, null, PreviousAttempt.NONE);
            }
            RecordState state = stateOf(entry);
            if (state == RecordState.COMPLETED) {
                return new Completed(view(entry));
            }
            if (isOwnRepeat(entry, request)) {
                return repeated(entry, request);
            }
            return switch (state) {
                case RELEASED -> grant(request, entry, PreviousAttempt.RELEASED);
                case ABANDONED, HELD ->
                    mayTakeOver(entry, request)
                            ? grant(
                                    request,
                                    entry,
                                    state == RecordState.HELD ? PreviousAttempt.HELD : PreviousAttempt.ABANDONED)
                            : new Abandoned(view(entry));
                default -> new Held(view(entry));
            };
        }
    }

    AcquireResult repeated(Entry entry, AcquireRequest request) {
        if (entry.state == RecordState.RELEASED) {
            return new Held(view(entry));
        }
        if (entry.state == RecordState.HELD) {
            return new Abandoned(view(entry));
        }
        rearm(entry, request.lease(), request.retention());
        return granted(entry, request);
    }

    AcquireResult grant(AcquireRequest request, @Nullable Entry former, PreviousAttempt previous) {
        Entry entry = new Entry();
        entry.fingerprint = request.fingerprint();
        entry.attempt = request.attemptId();
        entry.previous = previous;
        entry.number = nextNumber(former);
        entry.token = nextToken(former);
        entry.since = now();
        rearm(entry, request.lease(), request.retention());
        storage.entries.put(keyOf(request.id()), entry);
        return granted(entry, request);
    }

    static AcquireResult granted(Entry entry, AcquireRequest request) {
        Lease lease = new Lease(
                request.id(), request.attemptId(), entry.number, entry.token, request.lease(), request.retention());
        return new Acquired(lease, entry.previous);
    }

    @Override
    public boolean renew(Lease lease) {
        synchronized (storage) {
            Entry entry = live(lease.id());
            if (entry == null || !isOf(entry, lease) || entry.state != RecordState.IN_PROGRESS) {
                return false;
            }
            rearm(entry, lease.duration(), lease.retention());
            return true;
        }
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        requireNonNull(result, "result");
        requireNonNull(retention, "retention");
        return end(lease, RecordState.COMPLETED, keep(result), retention);
    }

    @Override
    public boolean release(Lease lease) {
        return end(lease, RecordState.RELEASED, null, lease.retention());
    }

    @Override
    public boolean hold(Lease lease) {
        return end(lease, RecordState.HELD, null, lease.retention());
    }

    boolean end(Lease lease, RecordState state, @Nullable StoredResult result, Retention retention) {
        synchronized (storage) {
            Entry entry = live(lease.id());
            if (entry == null || !isOf(entry, lease)) {
                return false;
            }
            if (entry.state == RecordState.IN_PROGRESS) {
                finish(entry, state, result, retention);
            }
            return entry.state == state;
        }
    }

    void finish(Entry entry, RecordState state, @Nullable StoredResult result, Retention retention) {
        entry.state = state;
        entry.result = result;
        entry.since = now();
        entry.leaseEnd = 0;
        entry.end = endOf(retention);
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        requireNonNull(result, "result");
        requireNonNull(retention, "retention");
        synchronized (storage) {
            requireNonNull(id, "id");
            Entry entry = live(id);
            if (entry == null || entry.token != expectedToken) {
                return false;
            }
            RecordState state = stateOf(entry);
            if (state != RecordState.ABANDONED && state != RecordState.HELD) {
                return false;
            }
            finish(entry, RecordState.COMPLETED, result, retention);
            entry.attempt = null;
            return true;
        }
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        synchronized (storage) {
            requireNonNull(id, "id");
            Entry entry = live(id);
            if (entry == null || entry.token != expectedToken) {
                return false;
            }
            storage.entries.remove(keyOf(id));
            return true;
        }
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        synchronized (storage) {
            requireNonNull(id, "id");
            return Optional.ofNullable(live(id)).map(this::view);
        }
    }

    @Override
    public int purgeExpired(int limit) {
        IdempotencyStore.super.purgeExpired(limit);
        synchronized (storage) {
            int removed = 0;
            Iterator<Entry> entries = storage.entries.values().iterator();
            while (removed < limit && entries.hasNext()) {
                if (isPurgeable(entries.next())) {
                    entries.remove();
                    removed++;
                }
            }
            return removed;
        }
    }

    boolean isPurgeable(Entry entry) {
        return entry.end <= now();
    }

    StoredRecord view(Entry entry) {
        RecordState state = stateOf(entry);
        long left = state == RecordState.IN_PROGRESS ? entry.leaseEnd - now() : 0;
        return new StoredRecord(
                state,
                entry.fingerprint,
                entry.number,
                entry.token,
                Duration.ofNanos(now() - entry.since),
                Duration.ofNanos(left),
                entry.end == FOREVER ? Retention.forever() : retentionOf(entry.end - now()),
                entry.result);
    }

    /** What is left may be less than the shortest retention that can be asked for, or more than the longest. */
    private static Retention retentionOf(long nanos) {
        long shortest = Duration.ofMillis(1).toNanos();
        return Retention.of(Duration.ofNanos(Math.min(Math.max(nanos, shortest), Retention.MAX.toNanos())));
    }
}
