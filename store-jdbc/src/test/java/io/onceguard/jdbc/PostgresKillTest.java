package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.testservers.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** PostgreSQL is killed in traffic and comes back. */
class PostgresKillTest {

    private static final int THREADS = 8;
    private static final Fingerprint INPUT = Fingerprint.of("input");

    private final Map<IdempotencyKey, String> delivered = new ConcurrentHashMap<>();
    private final Map<IdempotencyKey, AtomicInteger> effects = new ConcurrentHashMap<>();
    private final AtomicInteger recorded = new AtomicInteger();
    private final AtomicInteger deferred = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    /** Takes payments one after the other until told to stop. */
    private void takePayments(IdempotencyExecutor<String> charges, int thread, Round round) {
        for (int i = 0; round.going.get(); i++) {
            IdempotencyKey key = IdempotencyKey.of("thread-" + thread, "payment-" + i);
            try {
                Outcome<String> outcome = charges.execute(key, INPUT, () -> {
                    effects.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
                    round.inWork(thread % 2 == 0);
                    return "receipt of " + key.hashCode();
                });
                Executed<String> executed = (Executed<String>) outcome;
                (executed.recording() == Recording.DEFERRED ? deferred : recorded).incrementAndGet();
                delivered.put(key, executed.value());
            } catch (IdempotencyStoreException failedClosed) {
                refused.incrementAndGet();
                round.onRefusal();
            }
        }
    }

    /** The failures of the store are what this test is about; held strongly, or the level is forgotten. */
    private static final Logger LOGGER = Logger.getLogger("io.onceguard");

    @BeforeAll
    static void beQuiet() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        LOGGER.setLevel(null);
    }

    @Test
    void A24_deferredResultsAreRecordedAfterTheRestartAndNothingIsLost() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (PostgresServer server = PostgresServer.start()) {
            HikariConfig config = TestDatabase.config(server.url(), THREADS, Session.DEFAULT);
            config.setConnectionTimeout(500);
            try (HikariDataSource pool = new HikariDataSource(config)) {
                JdbcSchema.createIfAbsent(pool);
                IdempotencyExecutor<String> charges = IdempotencyExecutor.atMostOnce(
                                "charge",
                                ResultCodec.utf8(),
                                JdbcIdempotencyStore.builder(pool).build())
                        .build();

                for (int round = 0; round < 2; round++) {
                    killInTraffic(server, charges, threads, round);
                    assertThat(charges.awaitDeferred(Duration.ofMinutes(2)))
                            .as("deferred writes reach the server")
                            .isTrue();
                }

                assertThat(recorded).as("recorded").hasPositiveValue();
                assertThat(deferred).as("deferred").hasPositiveValue();
                assertThat(refused).as("refused").hasPositiveValue();
                assertThat(effects.values())
                        .as("double")
                        .allSatisfy(count -> assertThat(count).hasValue(1));
                delivered.forEach((key, value) -> {
                    Outcome<String> replay = charges.execute(key, INPUT, () -> "lost");
                    assertThat(replay).isInstanceOf(Replayed.class);
                    assertThat(replay.orElseThrow()).isEqualTo(value);
                });
            }
        } finally {
            threads.shutdownNow();
        }
    }

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

    private void killInTraffic(
            PostgresServer server, IdempotencyExecutor<String> charges, ExecutorService threads, int number)
            throws Exception {
        Round round = new Round();
        List<Future<?>> traffic = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = number * THREADS + i;
            traffic.add(threads.submit(() -> takePayments(charges, thread, round)));
        }
        round.busy.await();
        round.killing.set(true);
        server.kill();
        round.killed.countDown();
        round.refused.await();
        server.launch();
        round.up.countDown();
        round.busyAgain.await();
        round.going.set(false);
        for (Future<?> one : traffic) {
            one.get();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }
}
