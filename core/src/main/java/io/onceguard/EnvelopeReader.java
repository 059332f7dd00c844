package io.onceguard;

import io.onceguard.Content.Kind;
import io.onceguard.spi.RecordId;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one envelope ({@link EnvelopeFormat} has the layout). Takes nothing on trust: every length is checked against
 * what is there before anything of that length is read or allocated.
 */
final class EnvelopeReader {

    private static final long NOT_COMPRESSED = -1;

    private final RecordId id;
    private final byte[] bytes;
    private final String likelyCodecId;
    private int position;
    private int end;

    EnvelopeReader(RecordId id, byte[] bytes, String likelyCodecId) {
        this.id = id;
        this.bytes = bytes;
        this.likelyCodecId = likelyCodecId;
        this.end = bytes.length;
    }

    Content read(@Nullable ResultCipher cipher) {
        readVersion();
        checkSum();
        int flags = readFlags();
        Kind kind = kind(flags);
        String codecId = readCodecId();
        String originId = readOriginId();
        Long resultExpiry = (flags & EnvelopeFormat.RESULT_EXPIRY) == 0 ? null : Long.valueOf(readNumber(Long.BYTES));
        long inflated = (flags & EnvelopeFormat.COMPRESSED) == 0 ? NOT_COMPRESSED : readNumber(Integer.BYTES);
        byte[] payload = (flags & EnvelopeFormat.ENCRYPTED) == 0
                ? unpack(bytes, position, end, inflated)
                : unpack(decrypted(cipher), inflated);
        if (kind == Kind.NULL && payload.length != 0) {
            throw unreadable("a null of " + payload.length + " bytes", "a null of 0 bytes", null);
        }
        return new Content(kind, codecId, originId, payload, resultExpiry);
    }

    /** Comes first, because another version may keep its check sum elsewhere. */
    private void readVersion() {
        if (bytes.length == 0) {
            throw unreadable("0 bytes", "an envelope", null);
        }
        int version = (int) readNumber(1);
        if (version != EnvelopeFormat.VERSION) {
            throw unreadable("format version " + version, "format version " + EnvelopeFormat.VERSION, null);
        }
    }

    private void checkSum() {
        if (bytes.length < EnvelopeFormat.MIN_BYTES) {
            throw cut();
        }
        end = bytes.length - EnvelopeFormat.CHECKSUM_BYTES;
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, end);
        int found = (int) number(end, EnvelopeFormat.CHECKSUM_BYTES);
        int expected = (int) checksum.getValue();
        if (found != expected) {
            throw unreadable(
                    "check sum " + Integer.toHexString(found),
                    "check sum " + Integer.toHexString(expected) + " over " + end + " bytes",
                    null);
        }
    }

    private int readFlags() {
        int flags = (int) readNumber(1);
        if ((flags & ~EnvelopeFormat.KNOWN_FLAGS) != 0) {
            throw unreadable(
                    "flags " + Integer.toHexString(flags),
                    "flags within " + Integer.toHexString(EnvelopeFormat.KNOWN_FLAGS),
                    null);
        }
        return flags;
    }

    private Kind kind(int flags) {
        int packed = flags & (EnvelopeFormat.COMPRESSED | EnvelopeFormat.ENCRYPTED);
        int mark = flags & ~packed & ~EnvelopeFormat.RESULT_EXPIRY;
        Kind kind = Kind.of(mark);
        if (kind != null && (packed == 0 || kind.isEncoded())) {
            return kind;
        }
        throw unreadable(
                "flags " + Integer.toHexString(flags), "at most one kind, and a packed one only with a payload", null);
    }

    private String readCodecId() {
        int length = (int) readNumber(1);
        need(length);
        if (isLikelyCodecId(length)) {
            position += length;
            return likelyCodecId;
        }
        String codecId = new String(bytes, position, length, StandardCharsets.ISO_8859_1);
        position += length;
        if (!CodecId.isValid(codecId)) {
            throw unreadable(
                    "a codec id of " + length + " bytes that breaks its rules",
                    "1.." + CodecId.MAX_LENGTH + " printable ASCII characters",
                    null);
        }
        return codecId;
    }

    private boolean isLikelyCodecId(int length) {
        boolean same = length > 0 && length == likelyCodecId.length();
        for (int i = 0; same && i < length; i++) {
            same = bytes[position + i] == likelyCodecId.charAt(i);
        }
        return same;
    }

    private String readOriginId() {
        int length = (int) readNumber(Short.BYTES);
        need(length);
        try {
            String originId = StrictUtf8.decode(bytes, position, length);
            position += length;
            int codePoints = originId.codePointCount(0, originId.length());
            if (codePoints <= OriginId.MAX_CODE_POINTS) {
                return originId;
            }
            throw unreadable(
                    "an origin id of " + codePoints + " code points", "at most " + OriginId.MAX_CODE_POINTS, null);
        } catch (CharacterCodingException malformed) {
            throw unreadable("an origin id that is not UTF-8", "UTF-8", malformed);
        }
    }

    private byte[] decrypted(@Nullable ResultCipher cipher) {
        if (cipher == null) {
            throw unreadable("an encrypted result", "a plain one, for no cipher is configured", null);
        }
        try {
            return cipher.decrypt(
                    Arrays.copyOfRange(bytes, position, end), EnvelopeFormat.associatedData(id, bytes, position));
        } catch (GeneralSecurityException | RuntimeException refused) {
            throw unreadable("an encrypted result", "one that the configured cipher opens", refused);
        }
    }

    private byte[] unpack(byte[] whole, long inflated) {
        return inflated == NOT_COMPRESSED ? whole : unpack(whole, 0, whole.length, inflated);
    }

    /** Returns the payload as the codec wrote it, in a new array. */
    private byte[] unpack(byte[] from, int start, int end, long inflated) {
        if (inflated == NOT_COMPRESSED) {
            return Arrays.copyOfRange(from, start, end);
        }
        int compressed = end - start;
        if (!Deflate.isPossible(inflated, compressed)) {
            throw unreadable(
                    compressed + " bytes that claim to inflate to " + inflated,
                    "at most what the format allows, and at most " + Deflate.MAX_INFLATED_BYTES,
                    null);
        }
        try {
            return Deflate.inflate(from, start, compressed, (int) inflated);
        } catch (DataFormatException malformed) {
            throw unreadable("malformed compressed bytes", "compressed bytes (RFC 1950) of " + inflated, malformed);
        }
    }

    /** Reads an unsigned number; of eight bytes, a signed one. */
    private long readNumber(int count) {
        need(count);
        position += count;
        return number(position - count, count);
    }

    private long number(int at, int count) {
        long number = 0;
        for (int i = 0; i < count; i++) {
            number = number << 8 | Byte.toUnsignedInt(bytes[at + i]);
        }
        return number;
    }

    /** Refuses an input that has fewer bytes left. */
    private void need(int count) {
        if (end - position < count) {
            throw cut();
        }
    }

    private UnreadableResultException cut() {
        return unreadable("an envelope cut at " + bytes.length + " bytes", "a whole one", null);
    }

    private UnreadableResultException unreadable(String found, String expected, @Nullable Exception cause) {
        return new UnreadableResultException(id, found, expected, cause);
    }
}
