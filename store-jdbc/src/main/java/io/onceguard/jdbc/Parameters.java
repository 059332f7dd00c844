package io.onceguard.jdbc;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The values of one item's parameters. Used by one thread. */
final class Parameters {

    /** What a statement may ask for, in small letters behind a colon. */
    enum Name {
        ID,
        OPERATION,
        SCOPE,
        KEY,
        ATTEMPT,
        ALGORITHM,
        FINGERPRINT,
        LEASE,
        RETENTION,
        LEAVE,
        LEAVE_TOKEN,
        STATE,
        RESULT,
        TOKEN,
        MARK,
        PATIENCE,
        TIMEOUT,
        LIMIT,
        SCHEMA,
        TABLE;

        static Name of(String text) {
            try {
                return valueOf(text.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException unknown) {
                throw new IllegalArgumentException("a statement asks for the unknown parameter :" + text, unknown);
            }
        }
    }

    private final Map<Name, @Nullable Object> values = new EnumMap<>(Name.class);

    Parameters() {}

    /** Begins with the digest of the record, as {@code :id}. */
    Parameters(ByteBuffer digest) {
        byte[] bytes = new byte[digest.remaining()];
        digest.duplicate().get(bytes);
        with(Name.ID, bytes);
    }

    /** The parameters of each record: its digest. */
    static List<Parameters> of(Set<ByteBuffer> digests) {
        List<Parameters> all = new ArrayList<>(digests.size());
        for (ByteBuffer digest : digests) {
            all.add(new Parameters(digest));
        }
        return all;
    }

    /** The parameters of each item: its digest, and what the filler adds. */
    static <I> List<Parameters> each(Map<ByteBuffer, I> items, BiConsumer<I, Parameters> filler) {
        List<Parameters> all = new ArrayList<>(items.size());
        for (Map.Entry<ByteBuffer, I> item : items.entrySet()) {
            Parameters parameters = new Parameters(item.getKey());
            filler.accept(item.getValue(), parameters);
            all.add(parameters);
        }
        return all;
    }

    Parameters with(Name name, @Nullable Object value) {
        values.put(name, value);
        return this;
    }

    /** The value of a parameter that a statement asks for. */
    @Nullable
    Object get(Name name) {
        if (!values.containsKey(name)) {
            throw new IllegalStateException("a statement asks for a parameter that it was not given: " + name);
        }
        return values.get(name);
    }
}
