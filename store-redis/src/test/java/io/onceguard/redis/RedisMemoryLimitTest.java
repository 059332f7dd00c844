package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** A server whose memory is full. */
class RedisMemoryLimitTest {

    private static final StoredResult LARGE = StoredResult.of(new byte[16 * 1024]);

    private static void assertOutOfMemory(ThrowingCallable call) {
        StoreException failure = catchThrowableOfType(StoreException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.ambiguous()).isFalse();
        assertThat(failure).hasMessageContaining(RedisFailure.OOM.message());
    }

    /** A record that is completed. */
    private static RecordId done(RedisIdempotencyStore store) {
        RecordId id = Requests.newId();
        store.complete(Requests.acquire(store, id), LARGE, Requests.RETENTION);
        return id;
    }

    /** Sets the limit below what is in use. */
    private static void fill(RedisClient jedis) {
        jedis.configSet("maxmemory", "100kb");
    }

    private static List<Lease> runningAttempts(RedisIdempotencyStore store) {
        return Stream.generate(() -> Requests.acquire(store, Requests.newId()))
                .limit(4)
                .toList();
    }

    @Test
    void B16_fullServerRefusesNewClaimsAndLetsRunningAttemptsEnd() {
        try (RedisServer server = RedisServer.start(RedisBinary.V7_0);
                RedisClient jedis = Requests.client(server)) {
            RedisIdempotencyStore store = RedisIdempotencyStore.builder(jedis).build();
            List<Lease> running = runningAttempts(store);
            RecordId done = done(store);
            fill(jedis);

            assertOutOfMemory(() -> Requests.acquire(store, Requests.newId()));
            assertThat(store.renew(running.get(0))).isTrue();
            assertThat(store.complete(running.get(0), LARGE, Requests.RETENTION))
                    .isTrue();
            assertThat(store.release(running.get(1))).isTrue();
            assertThat(store.hold(running.get(2))).isTrue();
            assertThat(store.acquire(Requests.request(done))).isInstanceOf(Completed.class);
            assertThat(store.acquire(Requests.request(running.get(0).id()))).isInstanceOf(Completed.class);
        }
    }

    @Test
    void B16_fullServerBefore70RefusesToRecordToo() {
        try (RedisServer server = RedisServer.start(RedisBinary.V6_2);
                RedisClient jedis = Requests.client(server)) {
            RedisIdempotencyStore store = RedisIdempotencyStore.builder(jedis).build();
            List<Lease> running = runningAttempts(store);
            RecordId done = done(store);
            fill(jedis);

            assertOutOfMemory(() -> Requests.acquire(store, Requests.newId()));
            assertOutOfMemory(() -> store.complete(running.get(0), LARGE, Requests.RETENTION));
            assertThat(store.acquire(Requests.request(done))).isInstanceOf(Completed.class);
            jedis.configSet("maxmemory", "0");
            assertThat(store.complete(running.get(0), LARGE, Requests.RETENTION))
                    .isTrue();
        }
    }
}
