package io.onceguard;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the values of an operation are written and read.
 *
 * @param codec writes values, and reads those with its id
 * @param alsoDecodes read values with their ids
 * @param maxBytes the most bytes that the codec may write for a value to be kept
 */
record ResultFormat<T>(ResultCodec<T> codec, List<ResultCodec<? extends T>> alsoDecodes, int maxBytes) {

    static final int DEFAULT_MAX_BYTES = 4 << 20;

    ResultFormat {
        alsoDecodes = List.copyOf(alsoDecodes);
        Set<String> ids = new HashSet<>();
        ids.add(CodecId.checked(codec.id()));
        for (ResultCodec<? extends T> old : alsoDecodes) {
            if (!ids.add(CodecId.checked(old.id()))) {
                throw new IllegalArgumentException("alsoDecodes: codec id " + old.id() + " is taken");
            }
        }
        if (maxBytes < 1 || maxBytes > Deflate.MAX_INFLATED_BYTES) {
            throw new IllegalArgumentException(
                    "maxResultBytes: 1.." + Deflate.MAX_INFLATED_BYTES + ", was " + maxBytes);
        }
    }

    /** Returns the decoder for an id, or null. */
    @Nullable
    ResultCodec<? extends T> decoder(String codecId) {
        if (codec.id().equals(codecId)) {
            return codec;
        }
        for (ResultCodec<? extends T> old : alsoDecodes) {
            if (old.id().equals(codecId)) {
                return old;
            }
        }
        return null;
    }

    /** Returns what can be read, for a message. */
    String expected() {
        StringBuilder ids = new StringBuilder("codec ").append(codec.id());
        alsoDecodes.forEach(old -> ids.append(" or ").append(old.id()));
        return ids.toString();
    }
}
