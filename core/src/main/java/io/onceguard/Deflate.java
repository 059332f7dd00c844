package io.onceguard;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Compresses payloads (RFC 1950), and never inflates more than was stated and is possible. */
final class Deflate {

    /** The most bytes that a payload may have once inflated: 64 MiB. */
    static final int MAX_INFLATED_BYTES = 64 << 20;

    /** The best ratio that the format allows; a higher one is a lie about the length. */
    private static final int MAX_RATIO = 1032;

    private static final int RATIO_SLACK = 64;

    private Deflate() {}

    /** Returns the compressed bytes, or null if they would have more than the given number of bytes. */
    static byte @Nullable [] deflate(byte[] plain, int maxBytes) {
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(plain);
            deflater.finish();
            byte[] buffer = new byte[maxBytes];
            int length = deflater.deflate(buffer);
            return deflater.finished() ? Arrays.copyOf(buffer, length) : null;
        } finally {
            deflater.end();
        }
    }

    /** Returns whether so many compressed bytes can have come from so many plain ones. Checked before allocating. */
    static boolean isPossible(long inflated, int compressed) {
        return inflated <= MAX_INFLATED_BYTES && inflated <= (long) MAX_RATIO * compressed + RATIO_SLACK;
    }

    /**
     * Returns the plain bytes.
     *
     * @throws DataFormatException if the bytes are malformed or do not inflate to exactly the stated length
     */
    static byte[] inflate(byte[] bytes, int offset, int count, int inflated) throws DataFormatException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, offset, count);
            byte[] plain = new byte[inflated];
            int length = 0;
            while (length < inflated) {
                int n = inflater.inflate(plain, length, inflated - length);
                if (n == 0) {
                    throw new DataFormatException("ends after " + length + " of " + inflated + " bytes");
                }
                length += n;
            }
            // The check value at the end is read only when somebody asks for one byte more.
            int surplus = inflater.inflate(new byte[1]);
            if (surplus != 0 || !inflater.finished() || inflater.getRemaining() != 0) {
                throw new DataFormatException("does not end after " + inflated + " bytes");
            }
            return plain;
        } finally {
            inflater.end();
        }
    }
}
