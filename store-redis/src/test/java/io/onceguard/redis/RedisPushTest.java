package io.onceguard.redis;

import static io.onceguard.redis.Requests.RESULT;
import static io.onceguard.redis.Requests.RETENTION;
import static io.onceguard.redis.Requests.acquire;
import static io.onceguard.redis.Requests.newId;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Watch;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/** Who is told that a record moved. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisPushTest {

    private final List<AutoCloseable> opened = new ArrayList<>();

    private <T extends AutoCloseable> T closing(T one) {
        opened.add(0, one);
        return one;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private IdempotencyStore node(UnifiedJedis jedis) {
        return RedisIdempotencyStore.builder(jedis).push().build();
    }

    /** Counts what it is told. */
    private static final class Signal implements Runnable {
        private final Semaphore given = new Semaphore(0);

        @Override
        public void run() {
            given.release();
        }

        /** Waits until the watch is in force, which is told as well. */
        private void awaitBegin() throws InterruptedException {
            await();
        }

        private void await() throws InterruptedException {
            assertThat(given.tryAcquire(1, TimeUnit.MINUTES)).as("a signal").isTrue();
        }

        private boolean isSilent() {
            return given.availablePermits() == 0;
        }
    }

    @ParameterizedTest
    @EnumSource(Topology.class)
    void whoeverWaitsHearsOfEachWayInWhichARecordMoves(Topology topology) throws Exception {
        IdempotencyStore worker = node(closing(topology.open(2)));
        IdempotencyStore waiter = node(closing(topology.open(4)));

        RecordId id = newId();
        Lease lease = acquire(worker, id);
        Signal signal = new Signal();
        try (Watch watch = waiter.watch(id, signal)) {
            signal.awaitBegin();
            worker.release(lease);
            signal.await();
            lease = acquire(worker, id);
            worker.hold(lease);
            signal.await();
            worker.resolve(id, lease.token(), RESULT, RETENTION);
            signal.await();
            worker.delete(id, lease.token());
            signal.await();
            worker.complete(acquire(worker, id), RESULT, RETENTION);
            signal.await();
            assertThat(watch).isNotNull();
        }
    }

    @Test
    void manyWatchesShareOneConnectionAndOnlyTheRecordsOwnAreTold() throws Exception {
        RedisServer server = closing(RedisServer.start(RedisBinary.V7_0));
        IdempotencyStore store = node(closing(Requests.client(server)));
        List<RecordId> ids = new ArrayList<>();
        List<Signal> signals = new ArrayList<>();
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ids.add(newId());
            signals.add(new Signal());
            watches.add(store.watch(ids.get(i), signals.get(i)));
        }
        for (Signal signal : signals) {
            signal.awaitBegin();
        }
        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            assertThat(admin.clientList(ClientType.PUBSUB).lines()).hasSize(1);

            store.complete(acquire(store, ids.get(7)), RESULT, RETENTION);
            signals.get(7).await();
            assertThat(signals).allMatch(Signal::isSilent);

            watches.forEach(Watch::close);
            store.complete(acquire(store, ids.get(8)), RESULT, RETENTION);
            Signal last = new Signal();
            store.watch(ids.get(9), last);
            last.awaitBegin();
            assertThat(signals).as("after the end of their watches").allMatch(Signal::isSilent);
            assertThat(admin.pubsubNumPat()).isZero();
            assertThat(admin.clientList(ClientType.PUBSUB).lines()).hasSize(1);
        }
    }

    @Test
    void aLostConnectionIsASignalAndIsOpenedAgain() throws Exception {
        RedisServer server = closing(RedisServer.start(RedisBinary.V7_0));
        IdempotencyStore store = node(closing(Requests.client(server)));
        RecordId id = newId();
        Lease lease = acquire(store, id);
        Signal signal = new Signal();
        store.watch(id, signal);
        signal.awaitBegin();

        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            admin.clientKill(new ClientKillParams().type(ClientType.PUBSUB));
        }
        signal.await(); // that it was lost
        signal.awaitBegin();
        store.complete(lease, RESULT, RETENTION);
        signal.await();
    }

    @Test
    void aSecondWaiterOfOneRecordIsToldAtOnceToLookAgain() throws Exception {
        IdempotencyStore store = node(closing(Topology.STANDALONE.open(4)));
        RecordId id = newId();
        Signal first = new Signal();
        Signal second = new Signal();
        store.watch(id, first);
        first.awaitBegin();
        store.watch(id, second);
        second.await();

        store.complete(acquire(store, id), RESULT, RETENTION);
        first.await();
        second.await();
    }

    @Test
    void aUserWhoMayNotPublishCompletesAllTheSame() throws Exception {
        RedisServer server = closing(RedisServer.start(RedisBinary.V7_0));
        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            admin.aclSetUser("default", "resetchannels");
            IdempotencyStore store = node(closing(Requests.client(server)));
            RecordId id = newId();

            assertThat(store.complete(acquire(store, id), RESULT, RETENTION)).isTrue();

            admin.aclSetUser("default", "allchannels");
        }
    }

    @Test
    void withoutPushNobodyIsTold() {
        UnifiedJedis jedis = closing(Topology.STANDALONE.open(1));
        assertThat(RedisIdempotencyStore.builder(jedis).build().watch(newId(), () -> {}))
                .isSameAs(Watch.NONE);
    }
}
