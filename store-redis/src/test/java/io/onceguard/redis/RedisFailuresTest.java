package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import io.onceguard.testservers.Waiting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;

/** What an engine that fails or refuses is told as. */
class RedisFailuresTest {

    private static final RecordId ID = new RecordId("charge", "tenant", "card-4111111111111111");
    private static final byte[] NAME = new RecordNames("onceguard:").of(ID);

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

    private RedisServer start(String... options) {
        return closing(RedisServer.start(RedisBinary.V7_0, options));
    }

    private RedisClient connect(RedisServer server) {
        return closing(Requests.client(server));
    }

    private RedisClient connect(RedisServer server, String user, String password) {
        return closing(Requests.client(
                server.port(),
                DefaultJedisClientConfig.builder().user(user).password(password).build()));
    }

    private static RedisIdempotencyStore store(RedisClient jedis) {
        return RedisIdempotencyStore.builder(jedis).build();
    }

    private static StoreException failureOf(ThrowingCallable call) {
        StoreException failure = catchThrowableOfType(StoreException.class, call);
        assertThat(failure).isNotNull();
        for (Throwable one = failure; one != null; one = one.getCause()) {
            assertThat(String.valueOf(one.getMessage())).doesNotContain("4111");
        }
        return failure;
    }

    private static void assertNotApplied(RedisFailure kind, ThrowingCallable call) {
        StoreException failure = failureOf(call);
        assertThat(failure).hasMessageContaining(kind.message());
        assertThat(failure.ambiguous()).isFalse();
    }

    /** The verbs of attempts. */
    private static Map<String, Consumer<IdempotencyStore>> verbs(Lease lease) {
        Map<String, Consumer<IdempotencyStore>> verbs = new TreeMap<>();
        verbs.put("acquire", store -> store.acquire(Requests.request(lease.id())));
        verbs.put("renew", store -> store.renew(lease));
        verbs.put("complete", store -> store.complete(lease, Requests.RESULT, Requests.RETENTION));
        verbs.put("release", store -> store.release(lease));
        verbs.put("hold", store -> store.hold(lease));
        return verbs;
    }

    private static Map<String, Consumer<IdempotencyStore>> allVerbs(Lease lease) {
        Map<String, Consumer<IdempotencyStore>> verbs = verbs(lease);
        verbs.put("find", store -> store.find(lease.id()));
        verbs.put("delete", store -> store.delete(lease.id(), lease.token()));
        verbs.put("resolve", store -> store.resolve(lease.id(), lease.token(), Requests.RESULT, Requests.RETENTION));
        return verbs;
    }

    @Test
    void B16_wrongPassword() {
        RedisServer server = start("--requirepass", "a-secret");
        assertNotApplied(RedisFailure.WRONGPASS, () -> store(connect(server, null, "another-secret")));
        assertNotApplied(RedisFailure.NOAUTH, () -> store(connect(server)));
    }

    @Test
    void B16_passwordThatChangesLater() {
        RedisServer server = start();
        RedisClient admin = connect(server);
        RedisClient jedis = connect(server);
        RedisIdempotencyStore store = store(jedis);
        admin.configSet("requirepass", "a-secret");
        jedis.getPool().clear();
        assertNotApplied(RedisFailure.NOAUTH, () -> store.acquire(Requests.request(ID)));
    }

    @Test
    void B16_serverThatIsGone() {
        RedisServer server = start();
        RedisIdempotencyStore store = store(connect(server));
        Lease lease = Requests.acquire(store, ID);
        server.kill();

        // the connection looked alive when the command was sent
        assertThat(failureOf(() -> store.complete(lease, Requests.RESULT, Requests.RETENTION))
                        .ambiguous())
                .isTrue();
        StoreException refused = failureOf(() -> store.complete(lease, Requests.RESULT, Requests.RETENTION));
        assertThat(refused).hasMessageContaining("nothing was applied");
        assertThat(refused.ambiguous()).isFalse();
        assertThat(failureOf(() -> store(connect(server))).ambiguous()).isFalse();
    }

    @Test
    void B16_serverThatDoesNotAnswer() {
        RedisServer server = start();
        RedisClient jedis = closing(Requests.client(
                server.port(),
                DefaultJedisClientConfig.builder().socketTimeoutMillis(200).build()));
        RedisIdempotencyStore store = store(jedis);
        server.pause(true);
        assertThat(failureOf(() -> store.acquire(Requests.request(ID))).ambiguous())
                .isTrue();
        server.pause(false);
    }

    @Test
    void B16_serverThatIsLoading() {
        RedisServer server = start();
        RedisIdempotencyStore store = store(connect(server));
        Lease lease = Requests.acquire(store, ID);
        for (int i = 0; i < 50; i++) {
            Requests.acquire(store, Requests.newId());
        }
        try (Jedis admin = new Jedis("127.0.0.1", server.port())) {
            admin.save();
        }
        server.kill();
        server.launch("--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024");
        failureOf(() -> store.renew(lease)); // the connection from before

        assertNotApplied(RedisFailure.LOADING, () -> store.renew(lease));

        Waiting.until("it is loaded", () -> {
            try {
                return store.renew(lease);
            } catch (StoreException loading) {
                return false;
            }
        });
    }

    @Test
    void B16_readOnlyReplica() {
        RedisServer primary = start();
        RedisServer replica = start("--replicaof", "127.0.0.1", "" + primary.port());
        RedisIdempotencyStore here = store(connect(primary));
        RedisIdempotencyStore there = store(connect(replica));
        RecordId done = Requests.newId();
        here.complete(Requests.acquire(here, done), Requests.RESULT, Requests.RETENTION);
        Waiting.until("the replica has it", () -> there.find(done).isPresent());

        assertNotApplied(RedisFailure.READONLY, () -> there.acquire(Requests.request(ID)));
        assertThat(there.acquire(Requests.request(done))).isInstanceOf(Completed.class);

        Lease lease = Requests.acquire(here, ID);
        Waiting.until("the replica has it", () -> there.find(ID).isPresent());
        verbs(lease).forEach((verb, call) -> {
            if (!verb.equals("acquire")) {
                assertNotApplied(RedisFailure.READONLY, () -> call.accept(there));
            }
        });
    }

    @Test
    void B16_keyOfAnotherType() {
        for (RedisBinary binary : List.of(RedisBinary.V7_0, RedisBinary.V6_2)) {
            RedisServer server = closing(RedisServer.start(binary));
            RedisClient jedis = connect(server);
            RedisIdempotencyStore store = store(jedis);
            Lease lease = Requests.acquire(store, ID);
            jedis.del(NAME);
            jedis.rpush(NAME, "not a record".getBytes(java.nio.charset.StandardCharsets.UTF_8));

            allVerbs(lease).forEach((verb, call) -> assertNotApplied(RedisFailure.WRONGTYPE, () -> call.accept(store)));
            assertThat(jedis.llen(NAME)).isEqualTo(1);
        }
    }

    @Test
    void B16_damagedRecord() {
        RedisClient jedis = connect(start());
        RedisIdempotencyStore store = store(jedis);
        Lease lease = Requests.acquire(store, ID);
        byte[] good = jedis.get(NAME);
        byte[] later = good.clone();
        later[0] = '2';
        byte[] unknownState = good.clone();
        unknownState[1] = 'X';
        byte[] trailing = Arrays.copyOf(good, good.length + 1);
        List<byte[]> unreadable = List.of(new byte[0], new byte[] {'1'}, Arrays.copyOf(good, 12), later);
        for (byte[] damaged : unreadable) {
            jedis.set(NAME, damaged);
            allVerbs(lease)
                    .forEach((verb, call) -> assertNotApplied(RedisFailure.UNREADABLE, () -> call.accept(store)));
            assertThat(jedis.get(NAME)).isEqualTo(damaged);
        }
        // the scripts do not look at what they need not know
        for (byte[] damaged : List.of(unknownState, trailing)) {
            jedis.set(NAME, damaged);
            assertNotApplied(RedisFailure.UNREADABLE, () -> store.acquire(Requests.request(ID)));
            assertNotApplied(RedisFailure.UNREADABLE, () -> store.find(ID));
            assertThat(jedis.get(NAME)).isEqualTo(damaged);
        }
    }

    @Test
    void B16_damagedRecordSpoilsNoOtherItemOfABatch() {
        RedisClient jedis = connect(start());
        RedisIdempotencyStore store = store(jedis);
        jedis.set(NAME, new byte[] {'?'});
        var answers = store.acquireAll(
                List.of(Requests.request(Requests.newId()), Requests.request(ID), Requests.request(Requests.newId())));
        assertThat(answers.get(0).orElseThrow()).isInstanceOf(Acquired.class);
        assertNotApplied(RedisFailure.UNREADABLE, () -> answers.get(1).orElseThrow());
        assertThat(answers.get(2).orElseThrow()).isInstanceOf(Acquired.class);
    }

    @Test
    void E05_serverThatMayEvictIsRefusedOrAcceptedWithAWarning() {
        RedisClient jedis = connect(start("--maxmemory-policy", "volatile-lru"));
        assertThatThrownBy(() -> store(jedis))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("volatile-lru")
                .hasMessageContaining("noeviction");
        try (LogCapture log = new LogCapture("io.onceguard.redis")) {
            RedisIdempotencyStore store =
                    RedisIdempotencyStore.builder(jedis).acceptEviction().build();
            assertThat(log.warnings()).singleElement().asString().contains("volatile-lru");
            assertThat(store.acquire(Requests.request(ID))).isInstanceOf(Acquired.class);
        }
    }

    @Test
    void E03_serverThatIsTooOldIsRefused() {
        for (String version : List.of("5.0.14", "6.0.20", "unknown")) {
            ServerCheck old = new ServerCheck(List.of("redis_version:" + version + "\r\n"));
            assertThatThrownBy(old::refuseOldServers)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(version);
        }
        for (String version : List.of("6.2.0", "7.0.15", "8.4.0", "255.255.255")) {
            ServerCheck recent = new ServerCheck(List.of("redis_version:" + version + "\r\n"));
            assertThat(recent.refuseOldServers().knowScriptFlags()).isEqualTo(!version.startsWith("6"));
        }
    }

    @Test
    void E08_minimalUserOfAnApplicationAndOfAnOperator() {
        RedisServer server = start();
        Jedis admin = closing(new Jedis("127.0.0.1", server.port()));
        admin.aclSetUser(
                "app", "reset on >secret ~onceguard:* +eval +evalsha +get +set +pttl +time +info +wait".split(" "));
        admin.aclSetUser(
                "operator", "reset on >secret ~onceguard:* +eval +evalsha +get +set +pttl +time +info +del".split(" "));
        RedisIdempotencyStore app = store(connect(server, "app", "secret"));
        RedisIdempotencyStore operator = store(connect(server, "operator", "secret"));

        Lease lease = Requests.acquire(app, ID);
        assertThat(app.renew(lease)).isTrue();
        assertThat(app.hold(lease)).isTrue();
        assertThat(operator.find(ID)).isPresent();
        assertThat(operator.resolve(ID, lease.token(), StoredResult.EVICTED, Requests.RETENTION))
                .isTrue();
        assertNotApplied(RedisFailure.NOPERM, () -> app.delete(ID, lease.token()));
        assertThat(operator.delete(ID, lease.token())).isTrue();
        Lease second = Requests.acquire(app, Requests.newId());
        assertThat(app.complete(second, Requests.RESULT, Requests.RETENTION)).isTrue();
        assertThat(app.release(Requests.acquire(app, Requests.newId()))).isTrue();

        RedisIdempotencyStore outside = RedisIdempotencyStore.builder(connect(server, "app", "secret"))
                .keyPrefix("elsewhere:")
                .build();
        assertNotApplied(RedisFailure.NOPERM, () -> outside.acquire(Requests.request(ID)));
    }

    @Test
    void A37_errorThatRepeatsTheCommandShowsNoKey() {
        RedisClient jedis = connect(start("--rename-command", "EVALSHA", "hidden"));
        // the server answers: unknown command 'EVALSHA', with args beginning with ... the key
        assertNotApplied(RedisFailure.ERR, () -> store(jedis).acquire(Requests.request(ID)));
    }
}
