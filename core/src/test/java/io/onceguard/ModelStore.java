package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
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
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The store contract in its plainest form: a map of immutable rows, one lock, and a clock that is given. Not local, so
 * that the executor treats it like a store on another machine. Rows can be looked at, for the checks of a simulation.
 */
public class ModelStore implements IdempotencyStore {

    /** A row. {@code state} is IN_PROGRESS, RELEASED, HELD or COMPLETED; times are the clock's nanoseconds. */
    record Row(
            RecordState state,
            StoredFingerprint fingerprint,
            @Nullable AttemptId attemptId,
            int number,
            long token,
            PreviousAttempt previous,
            long since,
            long leaseEnd,
            long expiry,
            @Nullable StoredResult result) {

        Row in(RecordState next, long now, long expiry) {
            return new Row(next, fingerprint, attemptId, number, token, previous, now, now, expiry, result);
        }
    }

    private final LongSupplier clock;
    private final Map<RecordId, Row> rows = new TreeMap<>();
    private long lastToken;

    public ModelStore(LongSupplier clock) {
        this.clock = clock;
    }

    @Override
    public synchronized AcquireResult acquire(AcquireRequest request) {
        long now = clock.getAsLong();
        Row row = live(request.id(), now);
        if (row == null) {
            return grant(request, 1, PreviousAttempt.NONE, now);
        }
        boolean own = request.attemptId().equals(row.attemptId);
        return switch (row.state) {
            case COMPLETED -> new AcquireResult.Completed(view(row, now));
            case RELEASED ->
                own
                        ? new AcquireResult.Held(view(row, now))
                        : grant(request, row.number + 1, PreviousAttempt.RELEASED, now);
            case IN_PROGRESS -> own ? rearm(request, row, now) : inProgress(request, row, now);
            // An attempt that was put on hold is over, whatever leave a late copy of its acquire brings.
            default ->
                own ? new AcquireResult.Abandoned(view(row, now)) : takeOver(request, row, PreviousAttempt.HELD, now);
        };
    }

    private AcquireResult inProgress(AcquireRequest request, Row row, long now) {
        return row.leaseEnd > now
                ? new AcquireResult.Held(view(row, now))
                : takeOver(request, row, PreviousAttempt.ABANDONED, now);
    }

    private AcquireResult takeOver(AcquireRequest request, Row row, PreviousAttempt previous, long now) {
        return mayTakeOver(request, row)
                ? grant(request, row.number + 1, previous, now)
                : new AcquireResult.Abandoned(view(row, now));
    }

    boolean mayTakeOver(AcquireRequest request, Row row) {
        Takeover takeover = request.takeover();
        return switch (takeover.kind()) {
            case NEVER -> false;
            case SAME_FINGERPRINT -> request.fingerprint().equals(row.fingerprint);
            case OF_TOKEN -> takeover.token() == row.token;
        };
    }

    private AcquireResult grant(AcquireRequest request, int number, PreviousAttempt previous, long now) {
        long token = ++lastToken;
        long leaseEnd = now + request.lease().toNanos();
        long expiry = after(leaseEnd, request.retention());
        put(
                request.id(),
                new Row(
                        RecordState.IN_PROGRESS,
                        request.fingerprint(),
                        request.attemptId(),
                        number,
                        token,
                        previous,
                        now,
                        leaseEnd,
                        expiry,
                        null));
        return acquired(request, number, token, previous);
    }

    private AcquireResult rearm(AcquireRequest request, Row row, long now) {
        long leaseEnd = now + request.lease().toNanos();
        put(request.id(), withLease(row, leaseEnd, after(leaseEnd, request.retention())));
        return acquired(request, row.number, row.token, row.previous);
    }

    private static AcquireResult acquired(AcquireRequest request, int number, long token, PreviousAttempt previous) {
        Lease lease = new Lease(request.id(), request.attemptId(), number, token, request.lease(), request.retention());
        return new AcquireResult.Acquired(lease, previous);
    }

    private static Row withLease(Row row, long leaseEnd, long expiry) {
        return new Row(
                row.state,
                row.fingerprint,
                row.attemptId,
                row.number,
                row.token,
                row.previous,
                row.since,
                leaseEnd,
                expiry,
                row.result);
    }

    @Override
    public synchronized boolean renew(Lease lease) {
        long now = clock.getAsLong();
        long leaseEnd = now + lease.duration().toNanos();
        return change(
                lease,
                now,
                RecordState.IN_PROGRESS,
                null,
                row -> withLease(row, leaseEnd, after(leaseEnd, lease.retention())));
    }

    @Override
    public synchronized boolean complete(Lease lease, StoredResult result, Retention retention) {
        long now = clock.getAsLong();
        return change(
                lease,
                now,
                RecordState.IN_PROGRESS,
                RecordState.COMPLETED,
                row -> completed(row, row.attemptId, result, now, after(now, retention)));
    }

    private static Row completed(Row row, @Nullable AttemptId owner, StoredResult result, long now, long expiry) {
        return new Row(
                RecordState.COMPLETED,
                row.fingerprint,
                owner,
                row.number,
                row.token,
                row.previous,
                now,
                now,
                expiry,
                result);
    }

    @Override
    public synchronized boolean release(Lease lease) {
        long now = clock.getAsLong();
        return change(
                lease,
                now,
                RecordState.IN_PROGRESS,
                RecordState.RELEASED,
                row -> row.in(RecordState.RELEASED, now, after(now, lease.retention())));
    }

    @Override
    public synchronized boolean hold(Lease lease) {
        long now = clock.getAsLong();
        return change(
                lease,
                now,
                RecordState.IN_PROGRESS,
                RecordState.HELD,
                row -> row.in(RecordState.HELD, now, after(now, lease.retention())));
    }

    private interface Change {
        Row of(Row row);
    }

    /** Changes the attempt's own row; a row that the attempt has brought to its end already is left as it is. */
    private boolean change(Lease lease, long now, RecordState from, @Nullable RecordState end, Change change) {
        Row row = live(lease.id(), now);
        if (row == null || !owns(lease, row)) {
            return false;
        }
        if (row.state == from) {
            put(lease.id(), change.of(row));
            return true;
        }
        return row.state == end;
    }

    boolean owns(Lease lease, Row row) {
        return lease.attemptId().equals(row.attemptId);
    }

    @Override
    public synchronized boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        long now = clock.getAsLong();
        Row row = live(id, now);
        boolean abandoned = row != null && row.state == RecordState.IN_PROGRESS && row.leaseEnd <= now;
        boolean open = abandoned || (row != null && row.state == RecordState.HELD);
        if (row == null || !open || row.token != expectedToken) {
            return false;
        }
        put(id, completed(row, null, result, now, after(now, retention)));
        return true;
    }

    @Override
    public synchronized boolean delete(RecordId id, long expectedToken) {
        return removeIf(id, row -> row.token == expectedToken);
    }

    private boolean removeIf(RecordId id, Predicate<Row> condition) {
        Row row = live(id, clock.getAsLong());
        if (row == null || !condition.test(row)) {
            return false;
        }
        rows.remove(id);
        return true;
    }

    @Override
    public synchronized Optional<StoredRecord> find(RecordId id) {
        long now = clock.getAsLong();
        return Optional.ofNullable(live(id, now)).map(row -> view(row, now));
    }

    /** Returns the row of a record as it is stored, expired or not, or null. */
    synchronized @Nullable Row row(RecordId id) {
        return rows.get(id);
    }

    /** Stores a row; the one place where anything changes. */
    void put(RecordId id, Row row) {
        rows.put(id, row);
    }

    private @Nullable Row live(RecordId id, long now) {
        Row row = rows.get(id);
        return row == null || row.expiry <= now ? null : row;
    }

    private static long after(long now, Retention retention) {
        return retention.duration().map(length -> now + length.toNanos()).orElse(Long.MAX_VALUE);
    }

    private static StoredRecord view(Row row, long now) {
        boolean running = row.state == RecordState.IN_PROGRESS;
        boolean abandoned = running && row.leaseEnd <= now;
        Retention left = row.expiry == Long.MAX_VALUE
                ? Retention.forever()
                : Retention.of(Duration.ofNanos(Math.max(1_000_000, row.expiry - now)));
        return new StoredRecord(
                abandoned ? RecordState.ABANDONED : row.state,
                row.fingerprint,
                row.number,
                row.token,
                Duration.ofNanos(Math.max(0, now - row.since)),
                Duration.ofNanos(running ? Math.max(0, row.leaseEnd - now) : 0),
                left,
                row.result);
    }
}
