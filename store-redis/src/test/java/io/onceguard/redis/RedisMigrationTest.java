package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.RecordId;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClusterClient;

/** A slot wanders from node to node in traffic, with all of its records. */
class RedisMigrationTest {

    private static final int MOVES = Requests.SOAK ? 60 : 6;
    private static final int THREADS = 4;
    private static final Fingerprint INPUT = Fingerprint.of("input");

    /** A hash tag: all records lie in the slot that wanders. */
    private static final String PREFIX = "{wandering}:";

    private final AtomicBoolean going = new AtomicBoolean(true);
    private final AtomicInteger singles = new AtomicInteger();
    private final AtomicInteger batches = new AtomicInteger();

    private record Step(CountDownLatch calls) {}

    private volatile Step step = new Step(new CountDownLatch(0));

    /** Executes new keys, and each of them once more at once, until told to stop. Returns how many. */
    private int execute(RedisIdempotencyStore store, int thread) {
        IdempotencyExecutor<String> charges = IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                .build();
        AtomicInteger effects = new AtomicInteger();
        int keys = 0;
        while (going.get()) {
            IdempotencyKey key = IdempotencyKey.of("thread-" + thread, "order-" + keys++);
            assertThat(charges.execute(key, INPUT, () -> "receipt " + effects.incrementAndGet()))
                    .isInstanceOfSatisfying(
                            Executed.class, one -> assertThat(one.recording()).isEqualTo(Recording.RECORDED));
            assertThat(charges.execute(key, INPUT, () -> "receipt " + effects.incrementAndGet()))
                    .isInstanceOf(Replayed.class);
            singles.incrementAndGet();
            step.calls.countDown();
        }
        assertThat(effects).as("effects of " + keys + " keys").hasValue(keys);
        for (int i = 0; i < keys; i++) {
            assertThat(charges.execute(IdempotencyKey.of("thread-" + thread, "order-" + i), INPUT, () -> "lost"))
                    .isInstanceOf(Replayed.class);
        }
        return keys;
    }

    /** Acquires and completes in batches until told to stop. Returns how many records. */
    private int batch(RedisIdempotencyStore store) {
        List<RecordId> all = new ArrayList<>();
        while (going.get()) {
            List<RecordId> ids =
                    IntStream.range(0, 20).mapToObj(i -> Requests.newId()).toList();
            List<AcquireRequest> requests = ids.stream().map(Requests::request).toList();
            List<Completion> completions = store.acquireAll(requests).stream()
                    .map(answer -> (Acquired) answer.orElseThrow())
                    .map(one -> new Completion(one.lease(), Requests.RESULT, Requests.RETENTION))
                    .toList();
            assertThat(store.completeAll(completions)).allMatch(Answer::orElseThrow);
            all.addAll(ids);
            batches.incrementAndGet();
            step.calls.countDown();
        }
        store.acquireAll(all.stream().map(Requests::request).toList())
                .forEach(answer -> assertThat(answer.orElseThrow()).isInstanceOf(Completed.class));
        return all.size();
    }

    @Test
    void E03_slotThatMovesInTrafficLosesAndDoublesNothing() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        try (RedisCluster cluster = RedisCluster.start(RedisBinary.V7_0);
                RedisClusterClient jedis =
                        RedisClusterClient.builder().nodes(cluster.addresses()).build()) {
            RedisIdempotencyStore store =
                    RedisIdempotencyStore.builder(jedis).keyPrefix(PREFIX).build();
            List<Future<Integer>> traffic = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                traffic.add(threads.submit(() -> execute(store, thread)));
            }
            traffic.add(threads.submit(() -> batch(store)));

            int moved = 0;
            for (int move = 0; move < MOVES; move++) {
                moved += cluster.move(PREFIX, this::awaitTraffic);
            }
            going.set(false);
            for (Future<Integer> one : traffic) {
                assertThat(one.get()).as("records").isPositive();
            }
            assertThat(moved).as("records that moved").isPositive();
        } finally {
            going.set(false);
            threads.shutdownNow();
        }
    }

    /** Lets some calls meet the slot as it stands now. */
    private void awaitTraffic() {
        CountDownLatch calls = new CountDownLatch(20);
        step = new Step(calls);
        try {
            assertThat(calls.await(60, TimeUnit.SECONDS)).as("traffic goes on").isTrue();
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }
}
