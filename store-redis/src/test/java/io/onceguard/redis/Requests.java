package io.onceguard.redis;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import io.onceguard.testservers.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;

/** The words in which the tests of this module speak to a store, and clients for it. */
final class Requests {

    static final boolean SOAK = Boolean.getBoolean("onceguard.soak");
    static final Duration LEASE = Duration.ofHours(1);
    static final Retention RETENTION = Retention.of(Duration.ofHours(24));
    static final StoredFingerprint INPUT = new StoredFingerprint("sha-256", new byte[32]);
    static final StoredResult RESULT = StoredResult.of("the result".getBytes(StandardCharsets.UTF_8));

    private static final AtomicLong SEQUENCE = new AtomicLong();

    private Requests() {}

    static RecordId newId() {
        return new RecordId("charge", "tenant", "order-" + SEQUENCE.incrementAndGet());
    }

    static AcquireRequest request(RecordId id) {
        return request(id, LEASE);
    }

    static AcquireRequest request(RecordId id, Duration lease) {
        AttemptId attempt = new AttemptId(0x1234_5678_9ABC_DEF0L, SEQUENCE.incrementAndGet());
        return new AcquireRequest(id, INPUT, attempt, lease, RETENTION, Takeover.NEVER);
    }

    static AcquireRequest takeover(RecordId id) {
        return request(id).withTakeover(Takeover.SAME_FINGERPRINT);
    }

    static Lease acquire(IdempotencyStore store, RecordId id) {
        return ((Acquired) store.acquire(request(id))).lease();
    }

    static RedisClient client(RedisServer server) {
        return client(server.port(), DefaultJedisClientConfig.builder().build());
    }

    static RedisClient client(int port, JedisClientConfig config) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(16);
        pool.setMaxIdle(16);
        pool.setMaxWait(Duration.ofSeconds(60));
        return RedisClient.builder()
                .hostAndPort("127.0.0.1", port)
                .clientConfig(config)
                .poolConfig(pool)
                .build();
    }
}
