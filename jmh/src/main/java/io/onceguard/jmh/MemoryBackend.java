package io.onceguard.jmh;

import io.onceguard.memory.InMemoryIdempotencyStore;
import io.onceguard.spi.IdempotencyStore;

/** The memory store, and a Caffeine cache. */
final class MemoryBackend implements Backend {

    private IdempotencyStore store = InMemoryIdempotencyStore.create();
    private RawLimit limit = new CaffeineLimit();

    @Override
    public IdempotencyStore store() {
        return store;
    }

    @Override
    public IdempotencyStore otherNode() {
        return new OtherNode(store);
    }

    @Override
    public RawLimit limit() {
        return limit;
    }

    @Override
    public void clear() {
        store = InMemoryIdempotencyStore.create();
        limit = new CaffeineLimit();
    }

    @Override
    public void close() {}
}
