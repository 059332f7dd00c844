package io.onceguard.jmh;

import io.onceguard.memory.NearCacheIdempotencyStore;
import io.onceguard.redis.RedisIdempotencyStore;
import io.onceguard.redis.RedisIdempotencyStoreBuilder;
import io.onceguard.spi.IdempotencyStore;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** The Redis store, and the commands that one would send by hand, over the same client. */
final class RedisBackend implements Backend {

    enum Kind {
        PLAIN,
        PUSH,
        NEAR_CACHE
    }

    private static final int CONNECTIONS = 10;

    private static final AtomicInteger DATABASE = new AtomicInteger();
    private static final int DATABASES = 16;

    private final RedisClient jedis = client();
    private final Kind kind;
    private final IdempotencyStore otherNode;
    private IdempotencyStore store;

    RedisBackend(Kind kind) {
        this.kind = kind;
        jedis.flushDB();
        this.store = newStore();
        this.otherNode = newStore();
    }

    private static RedisClient client() {
        URI server = URI.create(Servers.redis());
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS);
        pool.setMaxIdle(CONNECTIONS);
        pool.setMaxWait(Duration.ofSeconds(60));
        return RedisClient.builder()
                .hostAndPort(server.getHost(), server.getPort())
                .clientConfig(DefaultJedisClientConfig.builder()
                        .database(DATABASE.getAndIncrement() % DATABASES)
                        .build())
                .poolConfig(pool)
                .build();
    }

    private IdempotencyStore newStore() {
        RedisIdempotencyStoreBuilder builder = RedisIdempotencyStore.builder(jedis);
        return switch (kind) {
            case PLAIN -> builder.build();
            case PUSH -> builder.push().build();
            case NEAR_CACHE -> NearCacheIdempotencyStore.of(builder.build());
        };
    }

    @Override
    public IdempotencyStore store() {
        return store;
    }

    @Override
    public IdempotencyStore otherNode() {
        return otherNode;
    }

    @Override
    public RawLimit limit() {
        return new JedisLimit(jedis);
    }

    @Override
    public void clear() {
        jedis.flushDB();
        if (kind == Kind.NEAR_CACHE) {
            store = newStore();
        }
    }

    @Override
    public void close() {
        jedis.close();
    }
}
