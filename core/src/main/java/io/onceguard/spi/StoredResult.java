package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a result, opaque to the store, or the mark that the store had to drop them.
 *
 * <p>The bytes are shared, not copied: nobody writes to them. A store that bounds its memory may replace a result by
 * {@link #EVICTED}; the record then stays completed and its work is not run again.
 */
public final class StoredResult {

    /** The mark of a completed record whose bytes the store dropped to stay within its bounds. */
    public static final StoredResult EVICTED = new StoredResult(null);

    private final byte @Nullable [] bytes;

    private StoredResult(byte @Nullable [] bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns a result of these bytes.
     *
     * @param bytes 0 bytes or more; not copied
     * @return the result
     */
    public static StoredResult of(byte[] bytes) {
        return new StoredResult(requireNonNull(bytes, "bytes"));
    }

    /** Returns whether the store dropped the bytes. */
    public boolean isEvicted() {
        return bytes == null;
    }

    /**
     * Returns the bytes.
     *
     * @return the bytes, not copied
     * @throws IllegalStateException if the result was evicted
     */
    public byte[] bytes() {
        if (bytes == null) {
            throw new IllegalStateException("the store dropped the bytes of this result");
        }
        return bytes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredResult that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Returns the number of bytes, never the bytes. */
    @Override
    public String toString() {
        return bytes == null ? "evicted" : bytes.length + " bytes";
    }
}
