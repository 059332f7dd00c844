package io.onceguard.jdbc;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The values of one item's parameters, by name. Used by one thread. */
final class Parameters {

    private final Map<String, @Nullable Object> values = new HashMap<>();

    Parameters() {}

    /** Begins with the digest of the record, as {@code :id}. */
    Parameters(ByteBuffer digest) {
        byte[] bytes = new byte[digest.remaining()];
        digest.duplicate().get(bytes);
        values.put("id", bytes);
    }

    /** The parameters of each item: its digest, and what the filler adds. */
    static <I> List<Parameters> each(Map<ByteBuffer, I> items, BiConsumer<I, Parameters> filler) {
        return items.entrySet().stream()
                .map(entry -> {
                    Parameters parameters = new Parameters(entry.getKey());
                    filler.accept(entry.getValue(), parameters);
                    return parameters;
                })
                .toList();
    }

    Parameters with(String name, @Nullable Object value) {
        values.put(name, value);
        return this;
    }

    /** The value of a parameter that a statement asks for. */
    @Nullable
    Object get(String name) {
        if (!values.containsKey(name)) {
            throw new IllegalStateException("a statement asks for the unknown parameter :" + name);
        }
        return values.get(name);
    }
}
