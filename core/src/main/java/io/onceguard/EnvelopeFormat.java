package io.onceguard;

import io.onceguard.spi.RecordId;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a store keeps for a result. Version 1, numbers big-endian:
 *
 * <pre>
 *  1  version, 1
 *  1  flags: 1 null, 2 failure, 4 no result (at most one of them), 8 compressed, 16 encrypted, 32 result expiry
 *  1  length of the codec id, 1 to 64; then the codec id, printable ASCII
 *  2  length of the origin id in bytes; then the origin id, UTF-8, at most 255 code points
 *  8  result expiry, if flagged
 *  4  length of the payload before compression, if compressed
 *     payload; compressed first, then encrypted
 *  4  CRC-32C of everything before it
 * </pre>
 *
 * <p>The associated data of the encryption is the digest of the record id and everything before the payload, so that
 * neither the row nor anything that says how to read it can be exchanged. The check sum finds decay, not attackers. A
 * null and the mark "no result" have nothing to hide and are never compressed or encrypted.
 *
 * @param compressAbove payloads of at least this many bytes are compressed if that makes them smaller
 * @param cipher seals and opens payloads, or null
 */
record EnvelopeFormat(int compressAbove, @Nullable ResultCipher cipher) {

    static final int VERSION = 1;
    static final int COMPRESSED = 8;
    static final int ENCRYPTED = 16;
    static final int RESULT_EXPIRY = 32;
    static final int KNOWN_FLAGS = 63;

    /** Version, flags, the lengths of both ids, check sum. */
    static final int MIN_BYTES = 9;

    static final int CHECKSUM_BYTES = Integer.BYTES;

    /** The value of {@link #compressAbove} that compresses nothing. */
    static final int NEVER = Integer.MAX_VALUE;

    /** Neither compresses nor encrypts. */
    static final EnvelopeFormat PLAIN = new EnvelopeFormat(NEVER, null);

    EnvelopeFormat {
        if (compressAbove < 0) {
            throw new IllegalArgumentException("compressAbove: 0 or more bytes, was " + compressAbove);
        }
    }

    /**
     * Returns the envelope of a content; compresses and encrypts as configured.
     *
     * @throws GeneralSecurityException if the cipher fails
     */
    byte[] seal(RecordId id, Content content) throws GeneralSecurityException {
        if (!content.kind().isEncoded()) {
            return sealPlain(content);
        }
        byte[] smaller = compressed(content.payload());
        byte[] body = smaller == null ? content.payload() : smaller;
        int flags = content.flags() | (smaller == null ? 0 : COMPRESSED);
        if (cipher == null) {
            return assemble(content, flags, body);
        }
        return assemble(content, flags | ENCRYPTED, cipher.encrypt(body, boundTo(id, content, flags | ENCRYPTED)));
    }

    /** Returns the envelope of a content as it is: what {@link #seal} does for a null and for no result. */
    static byte[] sealPlain(Content content) {
        return assemble(content, content.flags(), content.payload());
    }

    /**
     * Returns what an envelope holds. The payload is a new array.
     *
     * @throws UnreadableResultException if the bytes are not an envelope of this version, or the cipher refuses them
     */
    Content open(RecordId id, byte[] bytes) {
        return open(id, bytes, "");
    }

    /** Like {@link #open(RecordId, byte[])}; a codec id that equals the likely one is that very string. */
    Content open(RecordId id, byte[] bytes, String likelyCodecId) {
        return new EnvelopeReader(id, bytes, likelyCodecId).read(cipher);
    }

    /** Returns what encryption is bound to: the record, and everything that stands before the payload. */
    static byte[] associatedData(RecordId id, byte[] envelope, int headerBytes) {
        byte[] digest = id.digest();
        byte[] data = Arrays.copyOf(digest, digest.length + headerBytes);
        System.arraycopy(envelope, 0, data, digest.length, headerBytes);
        return data;
    }

    private static byte[] boundTo(RecordId id, Content content, int flags) {
        byte[] origin = checkedOrigin(content);
        byte[] header = new byte[headerBytes(content, flags, origin)];
        writeHeader(header, content, flags, origin);
        return associatedData(id, header, header.length);
    }

    /** Returns the bytes of the origin id, if both ids fit into an envelope. */
    private static byte[] checkedOrigin(Content content) {
        String originId = content.originId();
        if (!CodecId.isValid(content.codecId())
                || originId.codePointCount(0, originId.length()) > OriginId.MAX_CODE_POINTS) {
            throw new IllegalArgumentException("the ids of codec or origin do not fit into an envelope");
        }
        return StrictUtf8.encode(originId);
    }

    private byte @Nullable [] compressed(byte[] payload) {
        // The length that goes with compressed bytes is part of what must be smaller.
        int most = payload.length - Integer.BYTES - 1;
        return payload.length >= compressAbove && most > 0 ? Deflate.deflate(payload, most) : null;
    }

    private static byte[] assemble(Content content, int flags, byte[] body) {
        byte[] origin = checkedOrigin(content);
        int header = headerBytes(content, flags, origin);
        byte[] envelope = new byte[header + body.length + CHECKSUM_BYTES];
        writeHeader(envelope, content, flags, origin);
        System.arraycopy(body, 0, envelope, header, body.length);
        CRC32C checksum = new CRC32C();
        checksum.update(envelope, 0, header + body.length);
        writeNumber(checksum.getValue(), envelope, header + body.length, CHECKSUM_BYTES);
        return envelope;
    }

    private static int headerBytes(Content content, int flags, byte[] origin) {
        return MIN_BYTES
                - CHECKSUM_BYTES
                + content.codecId().length()
                + origin.length
                + ((flags & RESULT_EXPIRY) == 0 ? 0 : Long.BYTES)
                + ((flags & COMPRESSED) == 0 ? 0 : Integer.BYTES);
    }

    private static void writeHeader(byte[] out, Content content, int flags, byte[] origin) {
        String codecId = content.codecId();
        out[0] = VERSION;
        out[1] = (byte) flags;
        out[2] = (byte) codecId.length();
        int at = 3;
        for (int i = 0; i < codecId.length(); i++) {
            out[at++] = (byte) codecId.charAt(i);
        }
        at = writeNumber(origin.length, out, at, Short.BYTES);
        System.arraycopy(origin, 0, out, at, origin.length);
        at += origin.length;
        if (content.resultExpiry() != null) {
            at = writeNumber(content.resultExpiry(), out, at, Long.BYTES);
        }
        if ((flags & COMPRESSED) != 0) {
            writeNumber(content.payload().length, out, at, Integer.BYTES);
        }
    }

    /** Writes the lowest bytes of a number, and returns the position behind them. */
    private static int writeNumber(long number, byte[] out, int at, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out[at + i] = (byte) (number >>> (8 * (bytes - 1 - i)));
        }
        return at + bytes;
    }
}
