package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * A fingerprint as a store keeps it: the digest of the input and the id of the algorithm that made it.
 *
 * <p>A store compares fingerprints for equality only ({@link Takeover.Kind#SAME_FINGERPRINT}) and hands the stored one
 * back with every negative answer; what a difference means is decided by the executor. The bytes are shared, not
 * copied: nobody writes to them.
 *
 * @param algorithm 1 to 16 printable ASCII characters; {@code "none"} when no fingerprint was taken
 * @param digest 0 to 64 bytes
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode are its own
public record StoredFingerprint(String algorithm, byte[] digest) {

    /** The most characters that an algorithm id may have. */
    public static final int MAX_ALGORITHM_LENGTH = 16;

    /** The most bytes that a digest may have. */
    public static final int MAX_DIGEST_LENGTH = 64;

    /** Says that the caller declared not to compare inputs. */
    public static final StoredFingerprint NONE = new StoredFingerprint("none", new byte[0]);

    /**
     * Creates a fingerprint.
     *
     * @throws IllegalArgumentException if the algorithm id or the digest breaks its limit
     */
    public StoredFingerprint {
        requireNonNull(algorithm, "algorithm");
        requireNonNull(digest, "digest");
        if (algorithm.isEmpty() || algorithm.length() > MAX_ALGORITHM_LENGTH) {
            throw new IllegalArgumentException(
                    "algorithm id: 1.." + MAX_ALGORITHM_LENGTH + " characters, was " + algorithm.length());
        }
        for (int i = 0; i < algorithm.length(); i++) {
            if (algorithm.charAt(i) <= 0x20 || algorithm.charAt(i) >= 0x7F) {
                throw new IllegalArgumentException("algorithm id: printable ASCII only");
            }
        }
        if (digest.length > MAX_DIGEST_LENGTH) {
            throw new IllegalArgumentException("digest: at most " + MAX_DIGEST_LENGTH + " bytes, was " + digest.length);
        }
    }

    /** Returns whether the caller declared not to compare inputs. */
    public boolean isNone() {
        return algorithm.equals(NONE.algorithm);
    }

    /**
     * Returns whether equality says anything: both fingerprints were taken, and with the same algorithm.
     *
     * @param other the other fingerprint
     */
    public boolean isComparableTo(StoredFingerprint other) {
        return !isNone() && algorithm.equals(other.algorithm);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoredFingerprint that
                && algorithm.equals(that.algorithm)
                && Arrays.equals(digest, that.digest);
    }

    @Override
    public int hashCode() {
        return 31 * algorithm.hashCode() + Arrays.hashCode(digest);
    }

    /** Returns the algorithm id only; the digest of a small input could be guessed. */
    @Override
    public String toString() {
        return "fingerprint(" + algorithm + ")";
    }
}
