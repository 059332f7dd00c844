package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome;
import io.onceguard.ResultCodec;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisSentinels;
import io.onceguard.testservers.Waiting;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.params.ClientKillParams;

/** The primary dies in traffic while its replica lags, and Sentinel promotes the replica. */
class RedisFailoverTest {

    private static final int ROUNDS = Requests.SOAK ? 30 : 3;
    private static final int THREADS = 4;
    private static final int KEYS_OF_EACH = 5;
    private static final Fingerprint INPUT = Fingerprint.of("input");

    /** One failover: its servers, and how often the work of each key was run. */
    private static final class Failover {
        private final Map<IdempotencyKey, AtomicInteger> effects = new ConcurrentHashMap<>();
        private final boolean acknowledged;

        Failover(boolean acknowledged) {
            this.acknowledged = acknowledged;
        }

        /** Returns how many keys were run more than once. */
        int doubles() throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            try (RedisSentinels servers = RedisSentinels.start(RedisBinary.V7_0);
                    RedisSentinelClient jedis = client(servers)) {
                IdempotencyExecutor<String> here = executor(jedis);
                List<IdempotencyKey> replicated = keys("replicated", THREADS * KEYS_OF_EACH);
                replicated.forEach(key -> assertThat(run(here, key)).isInstanceOf(Outcome.Executed.class));
                Waiting.until("the replica has them", () -> isReplicated(servers));

                lag(servers);
                CountDownLatch inTraffic = new CountDownLatch(THREADS * 2);
                List<Future<?>> traffic = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    List<IdempotencyKey> keys = keys("lagging-" + i, KEYS_OF_EACH);
                    traffic.add(threads.submit(() -> keys.forEach(key -> {
                        run(here, key);
                        inTraffic.countDown();
                    })));
                }
                inTraffic.await();
                servers.primary().kill();
                servers.replica().pause(false);
                for (Future<?> one : traffic) {
                    one.get();
                }

                promoted(servers);
                IdempotencyExecutor<String> there = executor(jedis);
                replicated.forEach(key -> assertThat(retried(there, key)).isInstanceOf(Outcome.Replayed.class));
                effects.keySet().forEach(key -> retried(there, key));
                for (int i = 0; i < THREADS; i++) {
                    keys("lagging-" + i, KEYS_OF_EACH).forEach(key -> retried(there, key));
                }
                assertThat(here.awaitDeferred(Duration.ofMinutes(1))).isTrue();
                return (int) effects.values().stream()
                        .filter(count -> count.get() > 1)
                        .count();
            } finally {
                threads.shutdownNow();
            }
        }

        private static RedisSentinelClient client(RedisSentinels servers) {
            return RedisSentinelClient.builder()
                    .masterName(RedisSentinels.NAME)
                    .sentinels(servers.addresses())
                    .clientConfig(DefaultJedisClientConfig.builder()
                            .timeoutMillis(5_000)
                            .build())
                    .build();
        }

        private IdempotencyExecutor<String> executor(RedisSentinelClient jedis) {
            RedisIdempotencyStoreBuilder builder = RedisIdempotencyStore.builder(jedis);
            if (acknowledged) {
                builder.replicaAcknowledgements(1, Duration.ofMillis(100));
            }
            return IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), builder.build())
                    .build();
        }

        private static List<IdempotencyKey> keys(String name, int count) {
            return IntStream.range(0, count)
                    .mapToObj(i -> IdempotencyKey.of(name, "order-" + i))
                    .toList();
        }

        private static boolean isReplicated(RedisSentinels servers) {
            try (Jedis primary = new Jedis("127.0.0.1", servers.primary().port())) {
                primary.set("marker", "of the test");
                return primary.waitReplicas(1, 1_000) == 1;
            }
        }

        /** The replica stands still, and what the primary writes from now on goes nowhere. */
        private static void lag(RedisSentinels servers) {
            servers.replica().pause(true);
            try (Jedis primary = new Jedis("127.0.0.1", servers.primary().port())) {
                primary.clientKill(ClientKillParams.clientKillParams().type(ClientType.REPLICA));
            }
        }

        /** Waits for the failover. The old primary comes back as the replica that acknowledgements need. */
        private static void promoted(RedisSentinels servers) {
            int port = servers.replica().port();
            Waiting.until("the replica is promoted", () -> isPrimary(port));
            servers.primary().launch("--replicaof", "127.0.0.1", "" + port);
        }

        private static boolean isPrimary(int port) {
            try (Jedis replica = new Jedis("127.0.0.1", port)) {
                return replica.info("replication").contains("role:master");
            } catch (JedisConnectionException disconnected) {
                // the promotion itself cuts all connections
                return false;
            }
        }

        /** Returns null if the call failed closed. */
        private Outcome<String> run(IdempotencyExecutor<String> charges, IdempotencyKey key) {
            try {
                return charges.execute(key, INPUT, () -> {
                    effects.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
                    return "receipt";
                });
            } catch (IdempotencyStoreException failedClosed) {
                return null;
            }
        }

        /** Calls until it is answered: a client that retries through the failover. */
        private Outcome<String> retried(IdempotencyExecutor<String> charges, IdempotencyKey key) {
            List<Outcome<String>> answer = new ArrayList<>();
            Waiting.until("the replica is the primary and has a replica, or none is required", () -> {
                Outcome<String> outcome = run(charges, key);
                if (outcome != null) {
                    answer.add(outcome);
                }
                return outcome != null;
            });
            return answer.get(0);
        }
    }

    private static int doublesWithout;
    private static int doublesWith;

    /** All failovers at once, few at a time: most of their time passes in waiting for Sentinel. */
    @BeforeAll
    static void failOver() throws Exception {
        ExecutorService parallel = Executors.newFixedThreadPool(4);
        try (LogCapture quiet = new LogCapture("io.onceguard")) {
            Future<Integer> without = parallel.submit(() -> new Failover(false).doubles());
            List<Future<Integer>> with = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                with.add(parallel.submit(() -> new Failover(true).doubles()));
            }
            doublesWithout = without.get();
            doublesWith = 0;
            for (Future<Integer> one : with) {
                doublesWith += one.get();
            }
            assertThat(quiet.warnings()).as("failures of the store").isNotEmpty();
        } finally {
            parallel.shutdownNow();
        }
        System.getLogger("io.onceguard.test")
                .log(
                        Level.INFO,
                        "failover to a lagging replica, keys run twice: {0} without acknowledgements, {1} with, in {2} rounds",
                        doublesWithout,
                        doublesWith,
                        ROUNDS);
    }

    @Test
    void E03_failoverToALaggingReplicaRunsWorkTwiceWithoutAcknowledgements() {
        assertThat(doublesWithout).isPositive();
    }

    @Test
    void E03_failoverToALaggingReplicaRunsNothingTwiceWithAcknowledgements() {
        assertThat(doublesWith).isZero();
    }
}
