package io.onceguard.memory;

import io.onceguard.spi.IdempotencyStore;
import java.time.Duration;
import java.util.function.LongSupplier;

/** The options of a {@link NearCacheIdempotencyStore}. Not safe for use by many threads. */
public final class NearCacheBuilder {

    private static final Duration LONGEST = Duration.ofDays(1);

    private final IdempotencyStore store;
    long maxBytes = 64L << 20;
    Duration maxAge = Duration.ofSeconds(60);
    LongSupplier ticker = System::nanoTime;

    NearCacheBuilder(IdempotencyStore store) {
        this.store = store;
    }

    /**
     * Bounds the memory. Each record counts with the bytes of its result and 400 more. The default is 64 MiB. The bound
     * may be exceeded for an instant.
     *
     * @param bytes the bound; with 0 nothing is kept
     * @return this builder
     * @throws IllegalArgumentException if the bound is negative
     */
    public NearCacheBuilder maxBytes(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("maxBytes: 0 or more, was " + bytes);
        }
        maxBytes = bytes;
        return this;
    }

    /**
     * Bounds how long a record is replayed without asking the store: how long this node may not notice that another one
     * has forgotten it. The default is 60 s.
     *
     * @param duration 1 ms to 1 day
     * @return this builder
     * @throws IllegalArgumentException if the duration is outside these limits
     */
    public NearCacheBuilder maxAge(Duration duration) {
        if (duration.compareTo(Duration.ofMillis(1)) < 0 || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("maxAge: 1 ms to 1 day, was " + duration);
        }
        maxAge = duration;
        return this;
    }

    /** For tests: the time by which copies age. */
    NearCacheBuilder ticker(LongSupplier nanoTime) {
        ticker = nanoTime;
        return this;
    }

    /**
     * Builds the near cache, which is empty.
     *
     * @return the near cache
     */
    public NearCacheIdempotencyStore build() {
        return new NearCacheIdempotencyStore(store, new NearCache(this));
    }
}
