package io.onceguard.testkit;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.ModelStore.Entry;
import io.onceguard.testkit.ModelStore.Storage;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Opens the model store, or a broken variant of it. Time passes for one record at a time, as on a real server. */
class ModelHarness implements StoreHarness {

    final Storage storage = new Storage();
    private final Function<Storage, ? extends IdempotencyStore> opener;
    private final IdempotencyStore store;

    ModelHarness(Function<Storage, ? extends IdempotencyStore> opener) {
        this.opener = opener;
        store = opener.apply(storage);
    }

    @Override
    public IdempotencyStore store() {
        return store;
    }

    @Override
    public IdempotencyStore anotherNode() {
        return opener.apply(storage);
    }

    @Override
    public void passTime(RecordId id, Duration duration) {
        synchronized (storage) {
            Entry entry = storage.entries.get(id);
            if (entry != null) {
                long nanos = duration.toNanos();
                entry.since -= nanos;
                entry.leaseEnd -= nanos;
                entry.end = entry.end == ModelStore.FOREVER ? ModelStore.FOREVER : entry.end - nanos;
            }
        }
    }

    @Override
    public Optional<String> dump(RecordId id) {
        synchronized (storage) {
            return Optional.ofNullable(storage.entries.get(id)).map(Entry::toString);
        }
    }
}
