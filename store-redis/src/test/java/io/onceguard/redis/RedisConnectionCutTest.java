package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.ResultCodec;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import io.onceguard.testservers.TcpProxy;
import io.onceguard.testservers.TcpProxy.Cut;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** The connection is cut before or after a request is forwarded, at random; a retry comes over another connection. */
class RedisConnectionCutTest {

    private static final int ROUNDS = Requests.SOAK ? 2_500 : 250;
    private static final long SEED = Long.getLong("onceguard.seed", System.nanoTime());
    private static final Fingerprint INPUT = Fingerprint.of("input");

    private final RedisServer server = RedisServer.start(RedisBinary.V7_0);
    private final Random random = new Random(SEED);
    private final AtomicInteger cuts = new AtomicInteger();
    private final TcpProxy proxy = new TcpProxy(server.port(), this::cut);
    private final RedisClient cutClient =
            Requests.client(proxy.port(), DefaultJedisClientConfig.builder().build());
    private final RedisClient wholeClient = Requests.client(server);
    private final LogCapture quiet = new LogCapture("io.onceguard");
    private final Map<IdempotencyKey, AtomicInteger> effects = new ConcurrentHashMap<>();
    private final Map<IdempotencyKey, String> delivered = new ConcurrentHashMap<>();

    private Cut cut(String request) {
        if (!request.contains("EVAL")) {
            return Cut.NONE;
        }
        int choice;
        synchronized (random) {
            choice = random.nextInt(5);
        }
        if (choice > 1) {
            return Cut.NONE;
        }
        cuts.incrementAndGet();
        return choice == 0 ? Cut.BEFORE : Cut.AFTER;
    }

    @AfterEach
    void stop() {
        cutClient.close();
        wholeClient.close();
        proxy.close();
        server.close();
        quiet.close();
    }

    private RedisIdempotencyStore store(RedisClient jedis) {
        return RedisIdempotencyStore.builder(jedis).build();
    }

    private static IdempotencyKey key(int round) {
        return IdempotencyKey.of("tenant", "order-" + round);
    }

    private String charge(IdempotencyKey key) {
        int run = effects.computeIfAbsent(key, k -> new AtomicInteger()).incrementAndGet();
        return "run " + run;
    }

    /** Returns null if the store failed before the work, which was not run then. */
    private Outcome<String> executed(IdempotencyExecutor<String> charges, IdempotencyKey key) {
        int before = runs(key);
        try {
            return charges.execute(key, INPUT, () -> charge(key));
        } catch (IdempotencyStoreException failedClosed) {
            assertThat(runs(key)).as("seed " + SEED).isEqualTo(before);
            return null;
        }
    }

    private int runs(IdempotencyKey key) {
        return effects.getOrDefault(key, new AtomicInteger()).get();
    }

    @Test
    void A26_atMostOnceNeverRunsTwice() {
        IdempotencyExecutor<String> here = IdempotencyExecutor.atMostOnce(
                        "charge", ResultCodec.utf8(), store(cutClient))
                .build();
        IdempotencyExecutor<String> there = IdempotencyExecutor.atMostOnce(
                        "charge", ResultCodec.utf8(), store(wholeClient))
                .build();
        for (int round = 0; round < ROUNDS; round++) {
            IdempotencyKey key = key(round);
            if (executed(here, key) instanceof Executed<String> one) {
                delivered.put(key, one.value());
            }
            executed(there, key);
            assertThat(runs(key)).as("round " + round + ", seed " + SEED).isLessThanOrEqualTo(1);
        }

        assertThat(here.awaitDeferred(Duration.ofMinutes(1))).isTrue();
        assertThat(cuts).as("cuts").hasValueGreaterThan(ROUNDS / 4);
        delivered.forEach((key, value) -> assertThat(executed(there, key))
                .as("seed " + SEED)
                .isInstanceOfSatisfying(
                        Replayed.class, replay -> assertThat(replay.value()).isEqualTo(value)));
    }

    @Test
    void A26_atLeastOnceRunsAgainNoMoreOftenThanAConnectionWasCut() {
        IdempotencyExecutor<String> here = IdempotencyExecutor.atLeastOnce(
                        "charge", ResultCodec.utf8(), store(cutClient))
                .build();
        RedisIdempotencyStore whole = store(wholeClient);
        IdempotencyExecutor<String> there = IdempotencyExecutor.atLeastOnce("charge", ResultCodec.utf8(), whole)
                .build();
        int doubles = 0;
        for (int round = 0; round < ROUNDS; round++) {
            IdempotencyKey key = key(round);
            int cutBefore = cuts.get();
            executed(here, key);
            endLease(whole, new RecordId("charge", "tenant", "order-" + round));

            assertThat(executed(there, key)).as("seed " + SEED).isInstanceOfAny(Executed.class, Replayed.class);

            assertThat(runs(key)).isPositive();
            assertThat(runs(key) - 1)
                    .as("round " + round + ", seed " + SEED)
                    .isLessThanOrEqualTo(cuts.get() - cutBefore);
            doubles += runs(key) - 1;
        }
        assertThat(cuts).as("cuts").hasValueGreaterThan(ROUNDS / 4);
        assertThat(here.awaitDeferred(Duration.ofMinutes(1))).isTrue();
        assertThat(doubles).as("seed " + SEED).isPositive().isLessThanOrEqualTo(cuts.get());
    }

    /** The owner's process would be dead by now. */
    private void endLease(RedisIdempotencyStore store, RecordId id) {
        store.find(id)
                .filter(record -> record.state() == RecordState.IN_PROGRESS)
                .map(StoredRecord::leaseLeft)
                .ifPresent(
                        left -> RecordTime.pass(wholeClient, new RecordNames("onceguard:").of(id), left.plusMillis(2)));
    }
}
