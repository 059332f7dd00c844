package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.StoredFingerprint;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A digest of the input of the work. The same key with another fingerprint is a misuse of the key, never a replay.
 *
 * <p>The algorithm {@value #ALGORITHM} is SHA-256 over the parts of the input, each given by its length in bytes (8
 * bytes, big-endian) and its own SHA-256: {@code SHA-256(length1 || SHA-256(part1) || length2 || SHA-256(part2) ...)}.
 * So ("a", "bc") differs from ("ab", "c"), a missing part differs from an empty one, and a stream of unknown length
 * gives the same value as the whole bytes. Text counts as UTF-8. Immutable.
 */
public final class Fingerprint {

    /** The id of the algorithm of every fingerprint that is taken here. */
    public static final String ALGORITHM = "sha256-1";

    private static final Fingerprint NONE = new Fingerprint(StoredFingerprint.NONE);
    private static final int BUFFER_BYTES = 8192;

    private final StoredFingerprint stored;

    Fingerprint(StoredFingerprint stored) {
        this.stored = stored;
    }

    /**
     * Returns the fingerprint of one or more parts.
     *
     * @param part the first part
     * @param more further parts
     * @return the fingerprint
     */
    public static Fingerprint of(byte[] part, byte[]... more) {
        FingerprintBuilder builder = builder().part(part);
        for (byte[] next : more) {
            builder.part(next);
        }
        return builder.build();
    }

    /**
     * Returns the fingerprint of one or more texts, as UTF-8.
     *
     * @param part the first part
     * @param more further parts
     * @return the fingerprint
     * @throws IllegalArgumentException if a text has an unpaired surrogate
     */
    public static Fingerprint of(String part, String... more) {
        FingerprintBuilder builder = builder().part(part);
        for (String next : more) {
            builder.part(next);
        }
        return builder.build();
    }

    /**
     * Returns the fingerprint of a stream as one part; it equals that of the same bytes given whole. Reads to the end
     * of the stream and blocks as the stream does. Does not close it.
     *
     * @param part the stream
     * @return the fingerprint
     * @throws IOException if the stream fails; it is then read to an unknown point
     */
    public static Fingerprint of(InputStream part) throws IOException {
        FingerprintBuilder builder = builder();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = part.read(buffer); n >= 0; n = part.read(buffer)) {
            builder.update(buffer, 0, n);
        }
        return builder.endPart().build();
    }

    /** Returns a new builder, for parts that come in pieces. */
    public static FingerprintBuilder builder() {
        return new FingerprintBuilder();
    }

    /**
     * Declares that inputs are not compared: whoever brings the key gets the replay, whatever the input.
     *
     * @return the fingerprint that equals every other
     */
    public static Fingerprint none() {
        return NONE;
    }

    /**
     * Returns a fingerprint that was made elsewhere. Fingerprints of different algorithms are not compared, so change
     * the id whenever the way that the digest is made changes.
     *
     * @param algorithm the id of the algorithm: 1 to 16 printable ASCII characters, neither {@code none} nor
     *     {@value #ALGORITHM}
     * @param digest 1 to 64 bytes; copied. Use a cryptographic digest: whoever can make two inputs collide gets the
     *     replay of one for the other
     * @return the fingerprint
     * @throws IllegalArgumentException if a limit is broken
     */
    public static Fingerprint custom(String algorithm, byte[] digest) {
        if (requireNonNull(digest, "digest").length == 0) {
            throw new IllegalArgumentException("digest: must not be empty; Fingerprint.none() compares nothing");
        }
        StoredFingerprint stored = new StoredFingerprint(algorithm, digest.clone());
        if (stored.isNone() || algorithm.equals(ALGORITHM)) {
            throw new IllegalArgumentException("algorithm id: " + algorithm + " is reserved");
        }
        return new Fingerprint(stored);
    }

    StoredFingerprint stored() {
        return stored;
    }

    /** Compares algorithm and digest; {@link #none()} equals only itself here. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Fingerprint that && stored.equals(that.stored);
    }

    @Override
    public int hashCode() {
        return stored.hashCode();
    }

    /** Returns the algorithm id only; the digest of a small input could be guessed. */
    @Override
    public String toString() {
        return stored.toString();
    }
}
