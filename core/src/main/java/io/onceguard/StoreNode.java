package io.onceguard;

import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This JVM's side of one store instance, shared by all executors over it: the place where callers meet, the lease
 * keeper, and the writes that go on in the background.
 */
final class StoreNode {

    /** Identity of a store, so that stores with an equals of their own stay apart. Lives as long as its node. */
    private static final Map<Key, WeakReference<StoreNode>> NODES = new WeakHashMap<>(); // guarded by itself

    private static final class Key {
        private final IdempotencyStore store;
        private final Platform platform;

        Key(IdempotencyStore store, Platform platform) {
            this.store = store;
            this.platform = platform;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && store == that.store && platform == that.platform;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(store);
        }
    }

    final IdempotencyStore store;
    final Platform platform;
    final boolean local;
    final ConcurrentHashMap<RecordId, Meeting> meetings = new ConcurrentHashMap<>();
    final LeaseKeeper keeper;
    final DeferredWrites deferred;

    private final TaskThread callbacks;
    private final Key key;

    private StoreNode(Key key) {
        this.key = key;
        this.store = key.store;
        this.platform = key.platform;
        this.local = store.isLocal();
        this.callbacks = new TaskThread(platform, "onceguard-callbacks");
        this.keeper = new LeaseKeeper(this);
        this.deferred = new DeferredWrites(this);
    }

    /** Returns the node of a store instance; a delegating wrapper has a node of its own. */
    static StoreNode of(IdempotencyStore store, Platform platform) {
        Key key = new Key(store, platform);
        synchronized (NODES) {
            WeakReference<StoreNode> known = NODES.get(key);
            StoreNode node = known == null ? null : known.get();
            if (node == null) {
                node = new StoreNode(key);
                NODES.remove(key); // a map keeps its old key, which would die with the old node
                NODES.put(node.key, new WeakReference<>(node));
            }
            return node;
        }
    }

    /**
     * Calls the store. A call whose reply may have been lost is repeated once, with the same attempt id, and so gets
     * the answer that was lost.
     */
    <R> R ask(RecordId id, Step step, Events events, Supplier<R> call) {
        try {
            return once(call);
        } catch (StoreException first) {
            events.storeFailed(new StoreFailed(id, step, first));
            if (!first.ambiguous()) {
                throw first;
            }
            return askAgain(id, step, events, call, first);
        }
    }

    private static <R> R askAgain(RecordId id, Step step, Events events, Supplier<R> call, StoreException first) {
        try {
            return once(call);
        } catch (StoreException second) {
            events.storeFailed(new StoreFailed(id, step, second));
            if (second != first) {
                first.addSuppressed(second);
            }
            throw first; // it may have been applied, whatever is known of the second
        }
    }

    /**
     * Calls the store once. A store that breaks its contract, were it by an Error, must not hide what the work returned
     * or threw.
     */
    static <R> R once(Supplier<R> call) {
        try {
            return call.get();
        } catch (StoreException failure) {
            throw failure;
        } catch (Throwable breach) {
            throw new StoreException(
                    "the store threw " + breach.getClass().getName() + " instead of StoreException", true, breach);
        }
    }

    /**
     * Makes a meeting whose leader was granted a lease the one that callers find, unless a later attempt was faster.
     * Of two attempts the one with the lower token has lost its lease.
     */
    void register(Meeting next) {
        Meeting earlier = meetings.putIfAbsent(next.id, next);
        while (earlier != null && earlier != next) {
            if (earlier.token() > next.token()) {
                lose(next, LeaseLost.Loss.TAKEN);
                return;
            }
            if (meetings.replace(next.id, earlier, next)) {
                lose(earlier, LeaseLost.Loss.TAKEN);
                return;
            }
            earlier = meetings.putIfAbsent(next.id, next);
        }
    }

    /**
     * Lets later callers ask the store anew, because an operator moved the record away from the attempt with this token.
     * An attempt that has acquired the record since then is none of the operator's business.
     */
    void detach(RecordId id, long token) {
        Meeting earlier = meetings.get(id);
        if (earlier == null || earlier.token() > token || !meetings.remove(id, earlier)) {
            return;
        }
        if (earlier.token() <= token) {
            lose(earlier, LeaseLost.Loss.TAKEN);
            return;
        }
        register(earlier); // it was granted just now, and its leader may not have noticed that it was removed
        if (earlier.phase() == Meeting.Phase.ENDED) {
            meetings.remove(id, earlier);
        }
    }

    /** Notes once that the leader of a meeting has lost its lease, and tells all whom it concerns. */
    void lose(Meeting meeting, LeaseLost.Loss reason) {
        HeldLease lease = meeting.lease();
        List<Runnable> called = lease == null ? null : lease.lose(reason);
        if (lease != null && called != null) {
            meeting.nudge(platform);
            callbacks.run(() -> lease.operation.events().leaseLost(lease.lostEvent(reason)));
            called.forEach(callback -> callbacks.run(() -> lease.callBack(callback)));
        }
    }

    /** Runs a task at its time on the thread that waits for nobody. */
    void later(long nanos, Runnable task) {
        callbacks.at(nanos, task);
    }
}
