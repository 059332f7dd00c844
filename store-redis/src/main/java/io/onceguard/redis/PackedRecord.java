package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A record as the server keeps it, one string. The scripts write it and read all but its end; this reads it whole.
 *
 * <pre>
 * version      1 byte   '1'
 * state        1 byte   P in progress or abandoned, R released, H held, C completed
 * previous     1 byte   how the attempt before ended: N none, R released, A abandoned, H held
 * number       4 bytes  of the attempt; this and all numbers are unsigned, the high byte first
 * token        8 bytes
 * since        8 bytes  when the attempt acquired, completed, released or held it: microseconds since 1970
 * lease end    8 bytes  microseconds since 1970; equal to since unless the state is P
 * attempt      1 byte   16, or 0 if an operator resolved it; then that many bytes
 * fingerprint  1 byte   its length; then the algorithm id, a blank, and the digest
 * result       only with C: '+' and the bytes, or '-' if they were dropped
 * </pre>
 *
 * <p>The end of the record's life is the expiry of its key. A later version of this layout begins with another byte,
 * and its readers read this one too; what a reader does not know is an error and is never overwritten.
 */
final class PackedRecord {

    private static final byte VERSION = '1';
    private static final byte KEPT = '+';
    private static final byte DROPPED = '-';

    private final char state;
    private final char previous;
    private final int number;
    private final long token;
    private final long since;
    private final long leaseEnd;
    private final StoredFingerprint fingerprint;
    private final @Nullable StoredResult result;

    private PackedRecord(ByteBuffer bytes) {
        if (bytes.get() != VERSION) {
            throw new IllegalArgumentException("version");
        }
        state = (char) bytes.get();
        previous = (char) bytes.get();
        number = bytes.getInt();
        token = bytes.getLong();
        since = bytes.getLong();
        leaseEnd = bytes.getLong();
        next(bytes, bytes.get() & 0xFF);
        fingerprint = fingerprint(next(bytes, bytes.get() & 0xFF));
        result = state == 'C' ? result(next(bytes, bytes.remaining())) : null;
        if (bytes.hasRemaining()) {
            throw new IllegalArgumentException("bytes after the end");
        }
    }

    /**
     * Reads a record.
     *
     * @throws StoreException if it is not a record of this version; nothing was changed
     */
    static PackedRecord of(byte[] bytes) {
        try {
            return new PackedRecord(ByteBuffer.wrap(bytes));
        } catch (BufferUnderflowException | IllegalArgumentException damaged) {
            // without a cause: its message could show what is stored
            throw unreadable();
        }
    }

    /** The failure of a step that met something else than a record that it can read. */
    static StoreException unreadable() {
        return new StoreException(RedisFailure.UNREADABLE.message(), false, null);
    }

    private static byte[] next(ByteBuffer bytes, int length) {
        if (length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] part = new byte[length];
        bytes.get(part);
        return part;
    }

    private static StoredFingerprint fingerprint(byte[] packed) {
        int blank = 0;
        while (packed[blank] != ' ') {
            blank++;
        }
        String algorithm = new String(packed, 0, blank, US_ASCII);
        return new StoredFingerprint(algorithm, next(ByteBuffer.wrap(packed, blank + 1, packed.length - blank - 1)));
    }

    private static byte[] next(ByteBuffer bytes) {
        return next(bytes, bytes.remaining());
    }

    private static StoredResult result(byte[] packed) {
        ByteBuffer bytes = ByteBuffer.wrap(packed);
        return switch (bytes.get()) {
            case KEPT -> StoredResult.of(next(bytes));
            case DROPPED -> StoredResult.EVICTED;
            default -> throw new IllegalArgumentException("result");
        };
    }

    /** The fingerprint as the record has it. */
    static byte[] packed(StoredFingerprint fingerprint) {
        byte[] algorithm = (fingerprint.algorithm() + ' ').getBytes(US_ASCII);
        return ByteBuffer.allocate(algorithm.length + fingerprint.digest().length)
                .put(algorithm)
                .put(fingerprint.digest())
                .array();
    }

    /** The result as the record has it. */
    static byte[] packed(StoredResult result) {
        if (result.isEvicted()) {
            return new byte[] {DROPPED};
        }
        return ByteBuffer.allocate(1 + result.bytes().length)
                .put(KEPT)
                .put(result.bytes())
                .array();
    }

    /** The attempt as the record has it. */
    static byte[] packed(AttemptId attempt) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(attempt.process())
                .putLong(attempt.sequence())
                .array();
    }

    /** The lease of the request, which was granted by writing this record. */
    Acquired acquired(AcquireRequest request) {
        Lease lease = new Lease(request.id(), request.attemptId(), number, token, request.lease(), request.retention());
        return new Acquired(lease, previousAttempt());
    }

    private PreviousAttempt previousAttempt() {
        return switch (previous) {
            case 'N' -> PreviousAttempt.NONE;
            case 'R' -> PreviousAttempt.RELEASED;
            case 'A' -> PreviousAttempt.ABANDONED;
            case 'H' -> PreviousAttempt.HELD;
            default -> throw unreadable();
        };
    }

    /** What a request hears whom this record stands in the way of. */
    AcquireResult refused(long now, long millisLeft) {
        StoredRecord record = view(now, millisLeft);
        return switch (record.state()) {
            case COMPLETED -> new Completed(record);
            case IN_PROGRESS, RELEASED -> new Held(record);
            case ABANDONED, HELD -> new Abandoned(record);
        };
    }

    /** The record at a moment of the server's clock. */
    StoredRecord view(long now, long millisLeft) {
        RecordState shown = stateAt(now);
        return new StoredRecord(
                shown,
                fingerprint,
                number,
                token,
                micros(now - since),
                shown == RecordState.IN_PROGRESS ? micros(leaseEnd - now) : Duration.ZERO,
                Millis.left(millisLeft),
                result);
    }

    private RecordState stateAt(long now) {
        return switch (state) {
            case 'P' -> leaseEnd > now ? RecordState.IN_PROGRESS : RecordState.ABANDONED;
            case 'R' -> RecordState.RELEASED;
            case 'H' -> RecordState.HELD;
            case 'C' -> RecordState.COMPLETED;
            default -> throw unreadable();
        };
    }

    private static Duration micros(long micros) {
        return Duration.of(Math.max(0, micros), ChronoUnit.MICROS);
    }
}
