package io.onceguard.jmh;

import io.onceguard.spi.IdempotencyStore;
import java.util.Map;

/** A store of the library with a database of its own, and the raw limit in the same one. Not safe for use by many threads; what it gives is. */
interface Backend extends AutoCloseable {

    /** The store of this node. Another one after {@link #clear}, perhaps. */
    IdempotencyStore store();

    /** Another instance over the same records, as another node has it. */
    IdempotencyStore otherNode();

    RawLimit limit();

    /** Removes all records. */
    void clear() throws Exception;

    @Override
    void close();

    /** How a backend is opened. */
    @FunctionalInterface
    interface Opener {
        Backend open() throws Exception;
    }

    /** All backends by the name that the benchmarks have for them. */
    Map<String, Opener> BY_NAME = Map.ofEntries(
            Map.entry("nothing", () -> new NothingBackend(false)),
            Map.entry("nothing-local", () -> new NothingBackend(true)),
            Map.entry("memory", MemoryBackend::new),
            Map.entry("redis", () -> new RedisBackend(RedisBackend.Kind.PLAIN)),
            Map.entry("redis-push", () -> new RedisBackend(RedisBackend.Kind.PUSH)),
            Map.entry("redis-near-cache", () -> new RedisBackend(RedisBackend.Kind.NEAR_CACHE)),
            Map.entry("h2", () -> JdbcBackend.h2(false)),
            Map.entry("h2-file", () -> JdbcBackend.h2(true)),
            Map.entry("postgresql", () -> JdbcBackend.postgres(false)),
            Map.entry("postgresql-read-first", () -> JdbcBackend.postgres(true)));

    static Backend open(String name) throws Exception {
        Opener opener = BY_NAME.get(name);
        if (opener == null) {
            throw new IllegalArgumentException("store: one of " + BY_NAME.keySet() + ", was " + name);
        }
        return opener.open();
    }
}
