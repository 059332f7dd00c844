package io.onceguard.testkit;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.FaultInjectingStore.Fault;
import io.onceguard.testkit.FaultInjectingStore.Verb;
import io.onceguard.testkit.ModelStore.Entry;
import io.onceguard.testkit.ModelStore.Storage;
import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.function.Function;

/** Opens the model store, or a broken variant of it. Time passes for one record at a time, as on a real server. */
class ModelHarness implements StoreHarness {

    final Storage storage = new Storage();
    private final Function<Storage, ? extends ModelStore> opener;
    private final ModelStore store;

    ModelHarness(Function<Storage, ? extends ModelStore> opener) {
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
            Entry entry = storage.entries.get(store.keyOf(id));
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
            return Optional.ofNullable(storage.entries.get(store.keyOf(id))).map(Entry::toString);
        }
    }

    @Override
    public Optional<IdempotencyStore> unreachableStore() {
        FaultInjectingStore down = new FaultInjectingStore(store);
        down.setDown(true);
        return Optional.of(down);
    }

    @Override
    public Optional<IdempotencyStore> replyLosingStore() {
        FaultInjectingStore losing = new FaultInjectingStore(store);
        for (Verb verb : Verb.values()) {
            losing.next(verb, Collections.nCopies(10, Fault.LOSE_REPLY).toArray(Fault[]::new));
        }
        return Optional.of(losing);
    }
}
