package io.onceguard.redis;

import static io.onceguard.redis.Requests.RESULT;
import static io.onceguard.redis.Requests.RETENTION;
import static io.onceguard.redis.Requests.acquire;
import static io.onceguard.redis.Requests.newId;
import static io.onceguard.redis.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/** Replays by a plain GET: what it is used for, and that it says the same as the script. */
class RedisReplayTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final RedisServer server = RedisServer.start(RedisBinary.V7_0);
    private final RedisClient jedis = Requests.client(server);
    private final AtomicLong local = new AtomicLong(42);
    private final RedisIdempotencyStore store =
            RedisIdempotencyStore.builder(jedis).nanoTime(local::get).build();
    private final RedisIdempotencyStore elsewhere =
            RedisIdempotencyStore.builder(jedis).build();

    @AfterEach
    void stop() {
        jedis.close();
        server.close();
    }

    private RecordId completed(Retention retention) {
        RecordId id = newId();
        assertThat(store.complete(acquire(store, id), RESULT, retention)).isTrue();
        return id;
    }

    /** Asserts what the answer is and which commands the server ran for it, those within a script included. */
    private <T extends AcquireResult> T answered(Class<T> type, String commands, Supplier<AcquireResult> step) {
        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            admin.configResetStat();
            AcquireResult answer = step.get();
            Map<String, String> ran = new TreeMap<>();
            Matcher lines = Pattern.compile("cmdstat_(evalsha|get|pttl|set|time):calls=(\\d+)")
                    .matcher(admin.info("commandstats"));
            while (lines.find()) {
                ran.put(lines.group(1), lines.group(2));
            }
            assertThat(ran.toString()).isEqualTo(commands);
            return type.cast(answer);
        }
    }

    private static StoredRecord found(AcquireResult.Refused answer) {
        return answer.record();
    }

    @Test
    void E01_whatThisNodeCompletedIsReplayedByAPlainGet() {
        RecordId id = completed(RETENTION);
        StoredRecord before = elsewhere.find(id).orElseThrow();

        StoredRecord replayed = found(answered(Completed.class, "{get=1}", () -> store.acquire(request(id))));

        StoredRecord after = elsewhere.find(id).orElseThrow();
        assertThat(replayed.token()).isEqualTo(before.token());
        assertThat(replayed.number()).isEqualTo(1);
        assertThat(replayed.fingerprint()).isEqualTo(before.fingerprint());
        assertThat(replayed.result()).isEqualTo(RESULT);
        // the local time stands still, so the server's is that of the acquire
        assertThat(replayed.retentionLeft().duration().orElseThrow())
                .isBetween(
                        after.retentionLeft().duration().orElseThrow(),
                        before.retentionLeft().duration().orElseThrow().plus(SECOND));
        assertThat(replayed.age()).isBetween(Duration.ZERO, after.age());
    }

    @Test
    void E01_whatThisNodeReplayedOnceIsReplayedByAPlainGet() {
        RecordId id = completed(RETENTION);
        RedisIdempotencyStore third = RedisIdempotencyStore.builder(jedis).build();

        answered(Completed.class, "{evalsha=1, get=1, time=1}", () -> third.acquire(request(id)));
        answered(Completed.class, "{get=1}", () -> third.acquire(request(id)));
    }

    @Test
    void timeGoesOnBetweenTheServersAnswers() {
        RecordId id = completed(RETENTION);
        StoredRecord first = found((Completed) store.acquire(request(id)));
        local.addAndGet(SECOND.toNanos());

        StoredRecord second = found(answered(Completed.class, "{get=1}", () -> store.acquire(request(id))));

        assertThat(second.age()).isBetween(first.age(), SECOND);
        assertThat(second.retentionLeft().duration().orElseThrow())
                .isEqualTo(first.retentionLeft().duration().orElseThrow().minus(SECOND));
    }

    @Test
    void theServerIsAskedForItsTimeOnceASecond() {
        RecordId id = completed(RETENTION);
        local.addAndGet(SECOND.toNanos() + 1);

        answered(Completed.class, "{evalsha=1, get=1, time=1}", () -> store.acquire(request(id)));
        answered(Completed.class, "{get=1}", () -> store.acquire(request(id)));
    }

    @Test
    void aRecordThatIsKeptForEverSaysSo() {
        RecordId id = completed(Retention.forever());
        assertThat(found(answered(Completed.class, "{get=1}", () -> store.acquire(request(id))))
                        .retentionLeft())
                .isEqualTo(Retention.forever());
    }

    @Test
    void aResolvedRecordSaysHowLongItIsKept() {
        RecordId id = newId();
        var lease = acquire(store, id);
        store.hold(lease);
        assertThat(store.resolve(id, lease.token(), RESULT, RETENTION)).isTrue();
        assertThat(found((Completed) elsewhere.acquire(request(id)))
                        .retentionLeft()
                        .duration()
                        .orElseThrow())
                .isBetween(
                        RETENTION.duration().orElseThrow().minus(SECOND.multipliedBy(60)),
                        RETENTION.duration().orElseThrow());
    }

    @Test
    void aRecordThatAnotherNodeForgotBeginsAnew() {
        RecordId id = completed(RETENTION);
        elsewhere.delete(id, elsewhere.find(id).orElseThrow().token());

        answered(Acquired.class, "{evalsha=1, get=2, set=1, time=1}", () -> store.acquire(request(id)));
        answered(Held.class, "{evalsha=1, get=1, pttl=1, time=1}", () -> store.acquire(request(id)));
    }

    @Test
    void aRecordThatAnotherNodeWorksOnAnewIsHeld() {
        RecordId id = completed(RETENTION);
        elsewhere.delete(id, elsewhere.find(id).orElseThrow().token());
        acquire(elsewhere, id);

        answered(Held.class, "{evalsha=1, get=2, pttl=1, time=1}", () -> store.acquire(request(id)));
    }

    @Test
    void aLostConnectionIsNoAnswer() {
        RecordId id = completed(RETENTION);
        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            admin.clientKill(new ClientKillParams().type(ClientType.NORMAL).skipMe(ClientKillParams.SkipMe.YES));
        }
        answered(Completed.class, "{evalsha=1, get=1, time=1}", () -> store.acquire(request(id)));
    }
}
