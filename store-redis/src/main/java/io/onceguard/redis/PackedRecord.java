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
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
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
 * end          8 bytes  microseconds since 1970: with P of the lease; with C of the record, equal to since if it is
 *                       kept for ever; otherwise equal to since
 * attempt      1 byte   16, or 0 if an operator resolved it; then that many bytes
 * fingerprint  1 byte   its length; then the algorithm id, a blank, and the digest
 * result       only with C: '+' and the bytes, or '-' if they were dropped
 * </pre>
 *
 * <p>The life of the record ends with the expiry of its key. A later version of this layout begins with another byte,
 * and its readers read this one too; what a reader does not know is an error and is never overwritten.
 */
final class PackedRecord {

    private static final byte VERSION = '1';
    private static final byte KEPT = '+';
    private static final byte DROPPED = '-';
    private static final int ATTEMPT_BYTES = 2 * Long.BYTES;

    private final char state;
    private final char previous;
    private final int number;
    private final long token;
    private final long since;
    private final long end;
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
        end = bytes.getLong();
        skip(bytes, bytes.get() & 0xFF);
        fingerprint = fingerprint(next(bytes, bytes.get() & 0xFF));
        result = state == 'C' ? result(bytes) : null;
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
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException damaged) {
            // without a cause: its message could show what is stored
            throw unreadable();
        }
    }

    /** The failure of a step that met something else than a record that it can read. */
    static StoreException unreadable() {
        return new StoreException(RedisFailure.UNREADABLE.message(), false, null);
    }

    private static void skip(ByteBuffer bytes, int length) {
        bytes.position(bytes.position() + length); // beyond the end is an IllegalArgumentException
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
        return new StoredFingerprint(algorithm, Arrays.copyOfRange(packed, blank + 1, packed.length));
    }

    private static StoredResult result(ByteBuffer bytes) {
        byte kind = bytes.get();
        if (kind == DROPPED) {
            return StoredResult.EVICTED;
        }
        if (kind != KEPT) {
            throw new IllegalArgumentException("result");
        }
        return StoredResult.of(next(bytes, bytes.remaining()));
    }

    /** The attempt and the fingerprint as the record has them, each after its length. */
    static byte[] packed(AttemptId attempt, StoredFingerprint fingerprint) {
        byte[] algorithm = fingerprint.algorithm().getBytes(US_ASCII);
        int length = algorithm.length + 1 + fingerprint.digest().length;
        return ByteBuffer.allocate(2 + ATTEMPT_BYTES + length)
                .put((byte) ATTEMPT_BYTES)
                .putLong(attempt.process())
                .putLong(attempt.sequence())
                .put((byte) length)
                .put(algorithm)
                .put((byte) ' ')
                .put(fingerprint.digest())
                .array();
    }

    /** The result as the record has it. */
    static byte[] packed(StoredResult result) {
        if (result.isEvicted()) {
            return new byte[] {DROPPED};
        }
        byte[] packed = new byte[1 + result.bytes().length];
        packed[0] = KEPT;
        System.arraycopy(result.bytes(), 0, packed, 1, packed.length - 1);
        return packed;
    }

    /** The attempt as the record has it. */
    static byte[] packed(AttemptId attempt) {
        return ByteBuffer.allocate(ATTEMPT_BYTES)
                .putLong(attempt.process())
                .putLong(attempt.sequence())
                .array();
    }

    /** The lease of the request that was granted by the first record of its key, at this moment of the server's clock. */
    static Acquired first(AcquireRequest request, long now) {
        return new Acquired(lease(request, 1, now), PreviousAttempt.NONE);
    }

    /** The lease of the request, which was granted by writing this record. */
    Acquired acquired(AcquireRequest request) {
        return new Acquired(lease(request, number, token), previousAttempt());
    }

    private static Lease lease(AcquireRequest request, int number, long token) {
        return new Lease(request.id(), request.attemptId(), number, token, request.lease(), request.retention());
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

    /** Whether it is completed: then it says itself how long it is kept. */
    boolean isCompleted() {
        return state == 'C';
    }

    /** What a request hears whom this record, which is completed, stands in the way of. */
    Completed completed(long now) {
        return new Completed(view(now, end == since ? Retention.forever() : Millis.leftOf(end - now)));
    }

    /** What a request hears whom this record, which is not completed, stands in the way of. */
    AcquireResult refused(long now, long millisLeft) {
        StoredRecord record = view(now, millisLeft);
        return switch (record.state()) {
            case IN_PROGRESS, RELEASED -> new Held(record);
            case ABANDONED, HELD -> new Abandoned(record);
            case COMPLETED -> throw unreadable();
        };
    }

    /** The record at a moment of the server's clock. */
    StoredRecord view(long now, long millisLeft) {
        return view(now, Millis.left(millisLeft));
    }

    private StoredRecord view(long now, Retention left) {
        RecordState shown = stateAt(now);
        return new StoredRecord(
                shown,
                fingerprint,
                number,
                token,
                micros(now - since),
                shown == RecordState.IN_PROGRESS ? micros(end - now) : Duration.ZERO,
                left,
                result);
    }

    private RecordState stateAt(long now) {
        return switch (state) {
            case 'P' -> end > now ? RecordState.IN_PROGRESS : RecordState.ABANDONED;
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
