package io.onceguard.jmh;

import io.onceguard.spi.IdempotencyStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store that does nothing, to see what the executor costs; its limit does nothing either. */
final class NothingBackend implements Backend {

    private final IdempotencyStore store;

    /**
     * Creates the store.
     *
     * @param local whether callers meet only once one of them has the lease, as on a store in memory
     */
    NothingBackend(boolean local) {
        store = new NothingStore(local);
    }

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
        return new NothingLimit();
    }

    @Override
    public void clear() {}

    @Override
    public void close() {}

    private static final class NothingLimit implements RawLimit {
        @Override
        public boolean claim(String key) {
            return true;
        }

        @Override
        public void keep(String key, byte[] result) {}

        @Override
        public byte @Nullable [] result(String key) {
            return null;
        }

        @Override
        public void claimAndKeepAll(List<String> keys, byte[] result) {}
    }
}
