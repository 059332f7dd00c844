package io.onceguard;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.Watch;

/** Wakes the thread that made it, which waits for a holder on another node, when the store says that the record moved. */
final class RemoteWatch implements AutoCloseable {

    private final Platform platform;
    private final Thread waiter = Thread.currentThread();
    private final Watch watch;
    private volatile boolean moved;

    RemoteWatch(StoreNode node, RecordId id) {
        this.platform = node.platform;
        this.watch = begin(node, id);
    }

    /** A store that cannot watch now is asked from time to time, as one that never can. */
    private Watch begin(StoreNode node, RecordId id) {
        try {
            return StoreNode.once(() -> node.store.watch(id, this::signal));
        } catch (StoreException without) {
            return Watch.NONE;
        }
    }

    private void signal() {
        moved = true;
        platform.unpark(waiter);
    }

    /** Whether the record may have moved since this was asked last. */
    boolean hasMoved() {
        boolean told = moved;
        moved = false;
        return told;
    }

    @Override
    public void close() {
        watch.close();
    }
}
