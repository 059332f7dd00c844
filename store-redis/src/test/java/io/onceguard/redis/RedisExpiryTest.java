package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.Answer;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import io.onceguard.testservers.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** Records go away by themselves, and give their memory back. */
class RedisExpiryTest {

    private static final int RECORDS = Requests.SOAK ? 100_000 : 20_000;
    private static final int BATCH = 500;
    private static final Retention SHORT = Retention.of(Duration.ofMillis(500));
    private static final StoredResult RESULT = StoredResult.of(new byte[200]);

    private static long memory(RedisClient jedis) {
        Matcher line = Pattern.compile("used_memory:(\\d+)").matcher(jedis.info("memory"));
        assertThat(line.find()).isTrue();
        return Long.parseLong(line.group(1));
    }

    private static AcquireRequest request() {
        AcquireRequest one = Requests.request(Requests.newId(), Duration.ofMillis(100));
        AttemptId attempt = one.attemptId();
        return new AcquireRequest(one.id(), one.fingerprint(), attempt, one.lease(), SHORT, Takeover.NEVER);
    }

    /** Records in every state; returns the most memory that was seen. */
    private static long fill(RedisIdempotencyStore store, RedisClient jedis) {
        long most = 0;
        for (int i = 0; i < RECORDS; i += BATCH) {
            List<Acquired> acquired =
                    store
                            .acquireAll(IntStream.range(0, BATCH)
                                    .mapToObj(n -> request())
                                    .toList())
                            .stream()
                            .map(answer -> (Acquired) answer.orElseThrow())
                            .toList();
            List<Completion> completions = acquired.stream()
                    .filter(one -> one.lease().attemptId().sequence() % 10 > 2)
                    .map(one -> new Completion(one.lease(), RESULT, SHORT))
                    .toList();
            assertThat(store.completeAll(completions)).allMatch(Answer::orElseThrow);
            acquired.forEach(one -> {
                long last = one.lease().attemptId().sequence() % 10;
                if (last == 0) {
                    assertThat(store.release(one.lease())).isTrue();
                } else if (last == 1) {
                    assertThat(store.hold(one.lease())).isTrue();
                }
            });
            most = Math.max(most, memory(jedis));
        }
        return most;
    }

    @Test
    void E04_expiredRecordsGiveTheirMemoryBack() {
        try (RedisServer server = RedisServer.start(RedisBinary.V6_2);
                RedisClient jedis = Requests.client(server)) {
            RedisIdempotencyStore store = RedisIdempotencyStore.builder(jedis).build();
            store.completeAll(store.acquireAll(List.of(request())).stream()
                    .map(answer -> new Completion(((Acquired) answer.orElseThrow()).lease(), RESULT, SHORT))
                    .toList());
            Waiting.until("it is expired", () -> jedis.dbSize() == 0);
            long before = memory(jedis);

            long most = fill(store, jedis);

            assertThat(most).as("memory in use").isGreaterThan(before * 3 / 2);
            Waiting.until("all are expired", () -> jedis.dbSize() == 0);
            Waiting.until("memory is within 5 % of " + before, () -> memory(jedis) < before + before / 20);
        }
    }
}
