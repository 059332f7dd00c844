package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import io.onceguard.testservers.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.UnifiedJedis;

/** Sixteen racers for each key, over many keys. */
class RedisRaceTest {

    private static final int RACERS = 16;

    private final AtomicInteger rejected = new AtomicInteger();
    private final AtomicInteger replayed = new AtomicInteger();

    /** The full number on one kind of server, and where there is time for it on all. */
    private static int many(int keys, Topology topology) {
        return Requests.SOAK || topology == Topology.STANDALONE ? keys : keys / 10;
    }

    /** Lets all racers meet at each key, and the winner complete. Returns how many won each key. */
    private List<AtomicInteger> race(
            RedisIdempotencyStore store, List<RecordId> ids, Function<RecordId, AcquireRequest> request)
            throws Exception {
        List<AtomicInteger> winners =
                ids.stream().map(id -> new AtomicInteger()).toList();
        CyclicBarrier start = new CyclicBarrier(RACERS);
        Callable<Void> racer = () -> {
            for (int key = 0; key < ids.size(); key++) {
                AcquireRequest mine = request.apply(ids.get(key));
                start.await(60, TimeUnit.SECONDS);
                AcquireResult answer = store.acquire(mine);
                if (answer instanceof Acquired acquired) {
                    winners.get(key).incrementAndGet();
                    assertThat(store.complete(acquired.lease(), Requests.RESULT, Requests.RETENTION))
                            .isTrue();
                } else {
                    assertThat(answer).isInstanceOfAny(Held.class, Completed.class);
                    (answer instanceof Held ? rejected : replayed).incrementAndGet();
                }
            }
            return null;
        };
        ExecutorService threads = Executors.newFixedThreadPool(RACERS);
        try {
            List<Future<Void>> racers = new ArrayList<>();
            for (int i = 0; i < RACERS; i++) {
                racers.add(threads.submit(racer));
            }
            for (Future<Void> one : racers) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return winners;
    }

    private void assertEachCompletedOnce(
            RedisIdempotencyStore store, List<RecordId> ids, List<AtomicInteger> winners, int number) {
        assertThat(winners)
                .as("double or lost")
                .allSatisfy(count -> assertThat(count).hasValue(1));
        assertThat(rejected).as("rejections").hasPositiveValue();
        assertThat(replayed).as("replays").hasPositiveValue();
        for (RecordId id : ids) {
            StoredRecord record = store.find(id).orElseThrow();
            assertThat(record.state()).isEqualTo(RecordState.COMPLETED);
            assertThat(record.number()).isEqualTo(number);
            store.delete(id, record.token());
        }
    }

    private static List<RecordId> newIds(int count) {
        return IntStream.range(0, count).mapToObj(i -> Requests.newId()).toList();
    }

    @ParameterizedTest
    @EnumSource(Topology.class)
    void B03_twoThousandKeysAndSixteenRacers(Topology topology) throws Exception {
        try (UnifiedJedis jedis = topology.open(RACERS)) {
            RedisIdempotencyStore store = RedisIdempotencyStore.builder(jedis)
                    .keyPrefix("onceguard-race:")
                    .build();
            List<RecordId> ids = newIds(many(2_000, topology));

            List<AtomicInteger> winners = race(store, ids, Requests::request);

            assertEachCompletedOnce(store, ids, winners, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Topology.class)
    void B03_fiveHundredTakeoversAndSixteenRacers(Topology topology) throws Exception {
        try (UnifiedJedis jedis = topology.open(RACERS)) {
            RedisIdempotencyStore store = RedisIdempotencyStore.builder(jedis)
                    .keyPrefix("onceguard-takeover:")
                    .build();
            List<RecordId> ids = newIds(many(500, topology));
            store.acquireAll(ids.stream()
                    .map(id -> Requests.request(id, Duration.ofMillis(1)))
                    .toList());
            ids.forEach(id -> Waiting.until(
                    "the lease is over", () -> store.find(id).orElseThrow().state() == RecordState.ABANDONED));

            List<AtomicInteger> winners = race(store, ids, Requests::takeover);

            assertEachCompletedOnce(store, ids, winners, 2);
        }
    }
}
