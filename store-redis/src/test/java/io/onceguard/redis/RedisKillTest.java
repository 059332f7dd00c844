package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** A server that writes each command to disk is killed in traffic and comes back. */
class RedisKillTest {

    private static final int ROUNDS = Requests.SOAK ? 30 : 3;
    private static final int THREADS = 8;
    private static final Fingerprint INPUT = Fingerprint.of("input");

    private final Map<IdempotencyKey, String> delivered = new ConcurrentHashMap<>();
    private final Map<IdempotencyKey, AtomicInteger> effects = new ConcurrentHashMap<>();
    private final AtomicInteger recorded = new AtomicInteger();
    private final AtomicInteger deferred = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    /** What the threads of one round wait for. */
    private static final class Round {
        final AtomicBoolean going = new AtomicBoolean(true);
        final AtomicBoolean killing = new AtomicBoolean();
        final CountDownLatch busy = new CountDownLatch(THREADS * 20);
        final CountDownLatch killed = new CountDownLatch(1);
        final CountDownLatch refused = new CountDownLatch(THREADS);
        final CountDownLatch up = new CountDownLatch(1);
        final CountDownLatch busyAgain = new CountDownLatch(THREADS * 5);

        /** Half of the threads are inside their work when the server is killed. */
        void inWork(boolean inFlight) {
            busy.countDown();
            if (up.getCount() == 0) {
                busyAgain.countDown();
            } else if (inFlight && killing.get()) {
                await(killed);
            }
        }

        void onRefusal() {
            refused.countDown();
            await(up);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Takes payments one after the other until told to stop. */
    private void takePayments(IdempotencyExecutor<String> charges, int thread, Round round) {
        for (int i = 0; round.going.get(); i++) {
            IdempotencyKey key = IdempotencyKey.of("thread-" + thread, "payment-" + i);
            try {
                Executed<String> executed = (Executed<String>) charges.execute(key, INPUT, () -> {
                    effects.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
                    round.inWork(thread % 2 == 0);
                    return "receipt of " + key.hashCode();
                });
                (executed.recording() == Recording.DEFERRED ? deferred : recorded).incrementAndGet();
                delivered.put(key, executed.value());
            } catch (IdempotencyStoreException failedClosed) {
                refused.incrementAndGet();
                round.onRefusal();
            }
        }
    }

    @Test
    void E06_whatWasAcknowledgedIsReplayedAfterTheServerWasKilled() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (RedisServer server =
                        RedisServer.start(RedisBinary.V7_0, "--appendonly", "yes", "--appendfsync", "always");
                RedisClient jedis = Requests.client(server);
                LogCapture quiet = new LogCapture("io.onceguard")) {
            IdempotencyExecutor<String> charges = IdempotencyExecutor.atMostOnce(
                            "charge",
                            ResultCodec.utf8(),
                            RedisIdempotencyStore.builder(jedis).build())
                    .build();

            for (int round = 0; round < ROUNDS; round++) {
                killInTraffic(server, charges, threads, round);
                assertThat(charges.awaitDeferred(Duration.ofMinutes(1)))
                        .as("deferred writes reach the server")
                        .isTrue();
            }

            assertThat(recorded).as("recorded").hasPositiveValue();
            assertThat(deferred).as("deferred").hasPositiveValue();
            assertThat(refused).as("refused").hasPositiveValue();
            assertThat(effects.values())
                    .as("double")
                    .allSatisfy(count -> assertThat(count).hasValue(1));
            delivered.forEach((key, value) -> assertThat(charges.execute(key, INPUT, () -> "lost"))
                    .isInstanceOfSatisfying(
                            Replayed.class, replay -> assertThat(replay.value()).isEqualTo(value)));
            assertThat(quiet.warnings()).as("failures of the store").isNotEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    private void killInTraffic(
            RedisServer server, IdempotencyExecutor<String> charges, ExecutorService threads, int number)
            throws Exception {
        Round round = new Round();
        List<Future<?>> traffic = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = number * THREADS + i;
            traffic.add(threads.submit(() -> takePayments(charges, thread, round)));
        }
        await(round.busy);
        round.killing.set(true);
        server.kill();
        round.killed.countDown();
        await(round.refused);
        server.launch();
        round.up.countDown();
        await(round.busyAgain);
        round.going.set(false);
        for (Future<?> one : traffic) {
            one.get();
        }
    }
}
