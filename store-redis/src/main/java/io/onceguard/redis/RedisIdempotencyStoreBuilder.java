package io.onceguard.redis;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.StoreException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/** Builds a {@link RedisIdempotencyStore}. Not safe for use by many threads; the store is. */
public final class RedisIdempotencyStoreBuilder {

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

    final UnifiedJedis jedis;
    private String prefix = "onceguard:";

    @Nullable
    Replicas replicas;

    private boolean evictionAccepted;
    boolean push;
    LongSupplier nanoTime = System::nanoTime;

    RedisIdempotencyStoreBuilder(UnifiedJedis jedis) {
        this.jedis = requireNonNull(jedis, "jedis");
    }

    /**
     * Sets what the name of every key begins with. Default: {@code onceguard:}. All nodes of an application must use
     * the same. A hash tag in it, as in <code>{onceguard}:</code>, puts all records of a Cluster into one slot.
     *
     * @param text the prefix; at least one character
     * @return this
     * @throws IllegalArgumentException if it is empty
     */
    public RedisIdempotencyStoreBuilder keyPrefix(String text) {
        if (requireNonNull(text, "keyPrefix").isEmpty()) {
            throw new IllegalArgumentException("keyPrefix: at least one character");
        }
        prefix = text;
        return this;
    }

    /**
     * Waits after an acquire and after a completion until replicas have it ({@code WAIT}). Default: does not wait.
     *
     * <p>If too few answer in time after an acquire, the record is released and the call fails, so that the work is not
     * run. If too few answer after a completion, the call fails as {@linkplain StoreException#ambiguous() ambiguous}: the
     * primary has the result, and a repeated call waits again. The wait takes place on the server, within the same round
     * trip; it must be shorter than the socket timeout of the client. A batch waits once, but once for each item on a
     * Cluster.
     *
     * <p>It makes a failover safe that promotes a replica which acknowledged: with one replica, one acknowledgement; with
     * more, as many as there are. It does not make Redis a consensus system: a primary that is cut off from its clients
     * and its replicas at once may serve reads of old data.
     *
     * @param count how many replicas, at least 1
     * @param timeout how long to wait for them, at least 1 ms, in whole milliseconds
     * @return this
     * @throws IllegalArgumentException if the count is below 1 or the timeout below 1 ms
     */
    public RedisIdempotencyStoreBuilder replicaAcknowledgements(int count, Duration timeout) {
        if (count < 1) {
            throw new IllegalArgumentException("replicaAcknowledgements: at least 1, was " + count);
        }
        if (timeout.compareTo(SHORTEST_WAIT) < 0) {
            throw new IllegalArgumentException("replicaAcknowledgements: wait at least 1 ms, was " + timeout);
        }
        replicas = new Replicas(count, timeout);
        return this;
    }

    /**
     * Accepts servers whose {@code maxmemory-policy} lets them evict records, with a warning in the log. Default: they
     * are refused, because the work of an evicted record may run twice.
     *
     * @return this
     */
    public RedisIdempotencyStoreBuilder acceptEviction() {
        evictionAccepted = true;
        return this;
    }

    /**
     * Tells callers that wait for another node at once when the record moves, by publish and subscribe. Default: off;
     * they then ask at growing intervals of 0.5 to 250 ms, which they also do with it, since a message may be lost.
     *
     * <p>All nodes must switch it on: the one that completes publishes, one more command within its script. Whoever
     * waits shares one connection of the store, which is taken from the client's pool with the first caller that waits
     * and given back a minute after the last, and one daemon thread. The channel is the record's name; a user without
     * the right to publish there still completes. A Cluster passes each message to all of its nodes.
     *
     * @return this
     */
    public RedisIdempotencyStoreBuilder push() {
        push = true;
        return this;
    }

    /** For tests: the local time by which the server's is counted on. */
    RedisIdempotencyStoreBuilder nanoTime(LongSupplier local) {
        nanoTime = local;
        return this;
    }

    /**
     * Looks at the servers ({@code INFO}; all nodes of a Cluster that answer) and builds the store. Blocks until then.
     * Nothing is written. The policy is looked at here only: a later {@code CONFIG SET} goes unseen.
     *
     * @return the store
     * @throws StoreException if no server can be reached, or one refuses to answer
     * @throws IllegalArgumentException if a server is older than 6.2, or may evict records and that was not accepted
     */
    public RedisIdempotencyStore build() {
        ServerCheck servers = ServerCheck.of(jedis).refuseOldServers().refuseEviction(evictionAccepted);
        RecordNames names = new RecordNames(prefix);
        Calls calls = new Calls(names, servers.knowScriptFlags(), push);
        return new RedisIdempotencyStore(this, calls, names);
    }
}
