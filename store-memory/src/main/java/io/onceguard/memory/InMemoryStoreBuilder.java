package io.onceguard.memory;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Scheduler;
import io.onceguard.spi.StoredResult;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.LongSupplier;

/** The options of an {@link InMemoryIdempotencyStore}. Not safe for use by many threads. */
public final class InMemoryStoreBuilder {

    long maxResultBytes = 256L << 20;
    LongSupplier ticker = System::nanoTime;
    Scheduler scheduler = Scheduler.systemScheduler();
    Executor executor = ForkJoinPool.commonPool();

    InMemoryStoreBuilder() {}

    /**
     * Bounds the memory that results take. Each counts with its bytes and 96 more for
     * the objects around them, so that many empty results are bounded too. The default is
     * 256 MiB. The bound may be exceeded by one result per thread for an instant.
     *
     * @param bytes the bound; with 0 no result is kept, and every replay finds {@link StoredResult#EVICTED}
     * @return this builder
     * @throws IllegalArgumentException if the bound is negative
     */
    public InMemoryStoreBuilder maxResultBytes(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("maxResultBytes: 0 or more, was " + bytes);
        }
        maxResultBytes = bytes;
        return this;
    }

    /**
     * Replaces the clock, for tests. The default is {@link System#nanoTime()}; a ticker of Caffeine or Guava is
     * given as {@code ticker::read}.
     *
     * @param nanoseconds monotonic nanoseconds with an arbitrary origin; safe for use by many threads
     * @return this builder
     */
    public InMemoryStoreBuilder ticker(LongSupplier nanoseconds) {
        ticker = requireNonNull(nanoseconds, "ticker");
        return this;
    }

    /** Replaces what wakes an idle store to free expired records, and the threads that do so. */
    InMemoryStoreBuilder maintenance(Scheduler wakeUp, Executor threads) {
        scheduler = wakeUp;
        executor = threads;
        return this;
    }

    /**
     * Returns a new, empty store.
     *
     * @return the store
     */
    public InMemoryIdempotencyStore build() {
        return new InMemoryIdempotencyStore(this);
    }
}
