package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.ResultCodec;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Completion;
import io.onceguard.spi.RecordId;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;

/** How many commands a call sends, as the server counts them. */
class RedisCommandCountTest {

    /** What the scripts call in turn; the server counts that too. */
    private static final List<String> INSIDE = List.of("get", "set", "time", "pttl");

    private static final Fingerprint INPUT = Fingerprint.of("input");

    private final RedisServer server = RedisServer.start(RedisBinary.V7_0);
    private final RedisClient jedis = Requests.client(server);
    private final RedisIdempotencyStore store =
            RedisIdempotencyStore.builder(jedis).build();
    private final IdempotencyExecutor<String> charges =
            IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store).build();

    private final IdempotencyExecutor<String> elsewhere = IdempotencyExecutor.atMostOnce(
                    "charge",
                    ResultCodec.utf8(),
                    RedisIdempotencyStore.builder(jedis).build())
            .build();

    @BeforeEach
    void bringTheScripts() {
        assertThat(charges.execute(IdempotencyKey.of("tenant", "first"), INPUT, () -> "done"))
                .isInstanceOf(Executed.class);
    }

    @AfterEach
    void stop() {
        jedis.close();
        server.close();
    }

    /** Returns what the clients sent while the steps ran. */
    private Map<String, Integer> sentDuring(Runnable steps) {
        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            admin.configResetStat();
        }
        steps.run();
        Map<String, Integer> sent = new HashMap<>();
        Matcher lines = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)").matcher(jedis.info("commandstats"));
        while (lines.find()) {
            if (!INSIDE.contains(lines.group(1)) && !lines.group(1).matches("config.*|hello|client.*|info")) {
                sent.put(lines.group(1), Integer.valueOf(lines.group(2)));
            }
        }
        return sent;
    }

    @Test
    void E01_firstExecutionTakesTwoCommandsAReplayAndARejectionOne() {
        IdempotencyKey key = IdempotencyKey.of("tenant", "order-42");

        assertThat(sentDuring(() ->
                        assertThat(charges.execute(key, INPUT, () -> "receipt")).isInstanceOf(Executed.class)))
                .isEqualTo(Map.of("evalsha", 2));
        assertThat(sentDuring(() -> assertThat(elsewhere.execute(key, INPUT, () -> "receipt"))
                        .isInstanceOf(Replayed.class)))
                .isEqualTo(Map.of("evalsha", 1));

        RecordId running = Requests.newId();
        Requests.acquire(store, running);
        assertThat(sentDuring(() -> store.acquire(Requests.request(running)))).isEqualTo(Map.of("evalsha", 1));
    }

    @Test
    void E02_scriptFlushCostsOneMoreCommandOnce() {
        RecordId id = Requests.newId();
        Requests.acquire(store, id);
        jedis.scriptFlush();

        assertThat(sentDuring(() -> store.acquire(Requests.request(id)))).isEqualTo(Map.of("evalsha", 1, "eval", 1));
        assertThat(sentDuring(() -> store.acquire(Requests.request(id)))).isEqualTo(Map.of("evalsha", 1));
    }

    @Test
    void E02_scriptFlushIsNotSeenByABatch() {
        List<AcquireRequest> requests = IntStream.range(0, 20)
                .mapToObj(i -> Requests.request(Requests.newId()))
                .toList();
        jedis.scriptFlush();

        assertThat(sentDuring(() -> assertThat(store.acquireAll(requests))
                        .allSatisfy(answer -> assertThat(answer.failure()).isNull())))
                .isEqualTo(Map.of("evalsha", 20, "eval", 20));
        assertThat(sentDuring(() -> store.acquireAll(requests))).isEqualTo(Map.of("evalsha", 20));
    }

    @Test
    void B17_batchIsOnePipelineOnOneConnection() {
        List<Completion> items = IntStream.range(0, 500)
                .mapToObj(i ->
                        new Completion(Requests.acquire(store, Requests.newId()), Requests.RESULT, Requests.RETENTION))
                .toList();
        int before = reads();
        store.completeAll(items);
        // 500 commands of some 200 bytes come in a few dozen reads; one by one they would come in 500
        assertThat(reads() - before).isLessThan(100);
    }

    private int reads() {
        Matcher line = Pattern.compile("total_reads_processed:(\\d+)").matcher(jedis.info("stats"));
        assertThat(line.find()).isTrue();
        return Integer.parseInt(line.group(1));
    }
}
