package io.onceguard.jdbc;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A row as one statement saw it, with the database's time at that moment; and what it says to a request. */
final class StoredRow {

    static final int IN_PROGRESS = 1;
    static final int RELEASED = 2;
    static final int HELD = 3;
    static final int COMPLETED = 4;

    private final int state;
    private final byte @Nullable [] attempt;
    private final int previous;
    private final int number;
    private final long token;
    private final StoredFingerprint fingerprint;
    private final long since;
    private final long leaseEnd;
    private final long expiry;
    private final byte @Nullable [] result;
    private final long now;

    /** Reads the current row, whose columns are those of {@link JdbcDialect}; the id is read by the caller. */
    StoredRow(ResultSet row) throws SQLException {
        state = row.getInt(2);
        attempt = row.getBytes(3);
        previous = row.getInt(4);
        number = row.getInt(5);
        token = row.getLong(6);
        byte[] input = row.getBytes(8);
        // there are databases, and modes of databases, to which empty is null
        fingerprint = new StoredFingerprint(row.getString(7), input == null ? new byte[0] : input);
        since = row.getLong(9);
        leaseEnd = row.getLong(10);
        expiry = row.getLong(11);
        result = row.getBytes(12);
        // a row that was written after the statement had read the clock
        now = Math.max(row.getLong(13), since);
    }

    /** The 16 bytes that name an attempt in the table. */
    static byte[] bytes(AttemptId attempt) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(attempt.process())
                .putLong(attempt.sequence())
                .array();
    }

    /** Whether the record is gone. */
    boolean hasExpired() {
        return expiry <= now;
    }

    /** The lease, if this row, as it was written, grants it to the request. */
    @Nullable
    AcquireResult granted(AcquireRequest request) {
        if (state != IN_PROGRESS || !isOf(request.attemptId())) {
            return null;
        }
        Lease lease = new Lease(request.id(), request.attemptId(), number, token, request.lease(), request.retention());
        return new Acquired(lease, previousAttempt());
    }

    /** What stands in the way of the request, or null if it may take this record, as it was read. */
    @Nullable
    AcquireResult refused(AcquireRequest request) {
        boolean own = isOf(request.attemptId());
        RecordState shown = shownState();
        if (shown == RecordState.COMPLETED) {
            return new Completed(view());
        }
        if (shown == RecordState.RELEASED) {
            return own ? new Held(view()) : null;
        }
        if (own) {
            return shown == RecordState.HELD ? new Abandoned(view()) : null;
        }
        if (shown == RecordState.IN_PROGRESS) {
            return new Held(view());
        }
        return mayTakeOver(request) ? null : new Abandoned(view());
    }

    private boolean isOf(AttemptId id) {
        return Arrays.equals(attempt, bytes(id));
    }

    private boolean mayTakeOver(AcquireRequest request) {
        return switch (request.takeover().kind()) {
            case NEVER -> false;
            case SAME_FINGERPRINT -> fingerprint.equals(request.fingerprint());
            case OF_TOKEN -> token == request.takeover().token();
        };
    }

    private PreviousAttempt previousAttempt() {
        return switch (previous) {
            case IN_PROGRESS -> PreviousAttempt.ABANDONED;
            case RELEASED -> PreviousAttempt.RELEASED;
            case HELD -> PreviousAttempt.HELD;
            default -> PreviousAttempt.NONE;
        };
    }

    StoredRecord view() {
        RecordState shown = shownState();
        return new StoredRecord(
                shown,
                fingerprint,
                number,
                token,
                Micros.toDuration(now - since),
                shown == RecordState.IN_PROGRESS ? Micros.toDuration(leaseEnd - now) : Duration.ZERO,
                Micros.left(expiry, now),
                shown == RecordState.COMPLETED ? storedResult() : null);
    }

    private RecordState shownState() {
        return switch (state) {
            case RELEASED -> RecordState.RELEASED;
            case HELD -> RecordState.HELD;
            case COMPLETED -> RecordState.COMPLETED;
            default -> leaseEnd > now ? RecordState.IN_PROGRESS : RecordState.ABANDONED;
        };
    }

    private StoredResult storedResult() {
        return result == null ? StoredResult.EVICTED : StoredResult.of(result);
    }
}
