package io.onceguard;

import static java.util.Objects.checkFromIndexSize;
import static java.util.Objects.requireNonNull;

import io.onceguard.spi.StoredFingerprint;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Takes a {@link Fingerprint} part by part; a part may come in pieces, and how it was cut does not matter. Good for one
 * fingerprint. Not thread-safe.
 */
public final class FingerprintBuilder {

    private final MessageDigest whole = sha256();
    private final MessageDigest current = sha256();
    private final ByteBuffer length = ByteBuffer.allocate(Long.BYTES);

    private long currentLength;
    private boolean partOpen;
    private boolean anyPart;
    private boolean built;

    FingerprintBuilder() {}

    /**
     * Adds a whole part.
     *
     * @param part the part, as UTF-8
     * @return this
     * @throws IllegalArgumentException if the text has an unpaired surrogate; the builder is unchanged
     * @throws IllegalStateException if a part in pieces is open, or the fingerprint was built
     */
    public FingerprintBuilder part(String part) {
        return part(StrictUtf8.encode(requireNonNull(part, "part")));
    }

    /**
     * Adds a whole part.
     *
     * @param part the part
     * @return this
     * @throws IllegalStateException if a part in pieces is open, or the fingerprint was built
     */
    public FingerprintBuilder part(byte[] part) {
        requireNonNull(part, "part");
        requirePartClosed("part");
        return update(part, 0, part.length).endPart();
    }

    /**
     * Adds a piece to the open part; the first piece opens one. A piece may be empty.
     *
     * @param bytes holds the piece
     * @param offset where the piece begins
     * @param count the length of the piece in bytes
     * @return this
     * @throws IndexOutOfBoundsException if the piece does not lie within the bytes
     * @throws IllegalStateException if the fingerprint was built
     */
    public FingerprintBuilder update(byte[] bytes, int offset, int count) {
        checkFromIndexSize(offset, count, bytes.length);
        requireNotBuilt("update");
        partOpen = true;
        currentLength += count;
        current.update(bytes, offset, count);
        return this;
    }

    /**
     * Ends the open part; without a piece before it, adds an empty part.
     *
     * @return this
     * @throws IllegalStateException if the fingerprint was built
     */
    public FingerprintBuilder endPart() {
        requireNotBuilt("endPart");
        whole.update(length.clear().putLong(currentLength).flip());
        whole.update(current.digest());
        currentLength = 0;
        partOpen = false;
        anyPart = true;
        return this;
    }

    /**
     * Returns the fingerprint and ends the builder.
     *
     * @return the fingerprint
     * @throws IllegalStateException if there is no part, a part in pieces is open, or the fingerprint was built
     */
    public Fingerprint build() {
        requirePartClosed("build");
        if (!anyPart) {
            throw new IllegalStateException("build: no part was given; Fingerprint.none() compares nothing");
        }
        built = true;
        return new Fingerprint(new StoredFingerprint(Fingerprint.ALGORITHM, whole.digest()));
    }

    private void requirePartClosed(String call) {
        requireNotBuilt(call);
        if (partOpen) {
            throw new IllegalStateException(call + ": a part is open; endPart() first");
        }
    }

    private void requireNotBuilt(String call) {
        if (built) {
            throw new IllegalStateException(call + ": the fingerprint was built");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
