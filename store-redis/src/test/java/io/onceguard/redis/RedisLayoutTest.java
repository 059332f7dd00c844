package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;

/** The layout of keys and records: what it is, what it takes, and how an operator reads it. */
class RedisLayoutTest {

    private static final Path SCRIPTS = Path.of("src/main/resources/io/onceguard/redis");
    private static final RecordId ID = new RecordId("charge", "tenant-7", "order-42");

    private RedisServer server = RedisServer.start(RedisBinary.V7_0);
    private RedisClient jedis = Requests.client(server);
    private RedisIdempotencyStore store = RedisIdempotencyStore.builder(jedis).build();

    @AfterEach
    void stop() {
        jedis.close();
        server.close();
    }

    @Test
    void E07_namesAreReadableAndNeverMeet() {
        RecordNames names = new RecordNames("onceguard:");
        assertThat(new String(names.of(ID), UTF_8)).isEqualTo("onceguard:charge:tenant-7:order-42");
        assertThat(new String(names.of(new RecordId("a:b", "50%", "c:d%")), UTF_8))
                .isEqualTo("onceguard:a%3Ab:50%25:c:d%");
        assertThat(new String(names.of(new RecordId("charge", "", "order-42")), UTF_8))
                .isEqualTo("onceguard:charge::order-42");
    }

    /** A record of version 1 as it was written once: what reads it must go on to do so. */
    @Test
    void E07_goldenRecordsOfVersionOneAreRead() {
        HexFormat hex = HexFormat.of();
        String head = "314352" + "00000002" + "00065d1a5a1c4a40" + "00065d1a5a1c4a40" + "00065d1a5a1c4a40";
        String owner = "10" + "00000000000000070000000000000009";
        String fingerprint = "0c" + hex.formatHex("sha-256 ".getBytes(UTF_8)) + "01020304";
        String result = hex.formatHex("+the result".getBytes(UTF_8));
        jedis.set(new RecordNames("onceguard:").of(ID), hex.parseHex(head + owner + fingerprint + result));

        assertThat(store.find(ID)).hasValueSatisfying(record -> {
            assertThat(record.number()).isEqualTo(2);
            assertThat(record.token()).isEqualTo(0x00065d1a5a1c4a40L);
            assertThat(record.fingerprint()).isEqualTo(new StoredFingerprint("sha-256", new byte[] {1, 2, 3, 4}));
            assertThat(record.result()).isEqualTo(StoredResult.of("the result".getBytes(UTF_8)));
            assertThat(record.retentionLeft()).isEqualTo(Retention.forever());
        });
        Lease owned = new Lease(ID, new AttemptId(7, 9), 2, 1, Requests.LEASE, Requests.RETENTION);
        assertThat(store.complete(owned, Requests.RESULT, Requests.RETENTION)).isTrue();
    }

    @Test
    void B08_evictedResultIsKeptAsEvicted() {
        Lease lease = Requests.acquire(store, ID);
        assertThat(store.complete(lease, StoredResult.EVICTED, Requests.RETENTION))
                .isTrue();
        assertThat(store.find(ID).orElseThrow().result()).isEqualTo(StoredResult.EVICTED);
    }

    @Test
    void E07_operatorReadsARecordWithOneCommand() throws Exception {
        AcquireRequest request = Requests.request(ID);
        Lease lease = Requests.acquire(store, ID);
        assertThat(shown(ID))
                .contains("state: IN_PROGRESS", "attempt number: 1", "previous attempt: NONE")
                .contains("token: " + lease.token(), "attempt id: " + lease.attemptId())
                .contains("fingerprint: sha-256 " + "00".repeat(32))
                .anyMatch(line -> line.matches("lease left: 3(600|59\\d)\\.\\d{3} s"));
        store.hold(lease);
        assertThat(shown(ID)).contains("state: HELD");
        store.resolve(ID, lease.token(), StoredResult.of("forty-two bytes".getBytes(UTF_8)), Retention.forever());
        assertThat(shown(ID))
                .contains("state: COMPLETED", "attempt id: none, resolved by an operator")
                .contains("kept: for ever", "result: 15 bytes");
        assertThat(shown(request.id())).noneMatch(line -> line.contains("forty-two"));
        assertThat(shown(new RecordId("charge", "tenant-7", "order-43"))).containsExactly("no record");
    }

    private List<String> shown(RecordId id) throws IOException, InterruptedException {
        Process cli = new ProcessBuilder(
                        RedisBinary.CLI.file().toString(),
                        "-p",
                        "" + server.port(),
                        "--raw",
                        "--eval",
                        SCRIPTS.resolve("show.lua").toString(),
                        new String(new RecordNames("onceguard:").of(id), UTF_8))
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .start();
        List<String> lines =
                new String(cli.getInputStream().readAllBytes(), UTF_8).lines().toList();
        assertThat(cli.waitFor()).as(lines.toString()).isZero();
        return lines;
    }

    @Test
    void E07_recordTakesAtMostAThirdMoreThanItsPlainResult() {
        for (RedisBinary binary : List.of(RedisBinary.V7_0, RedisBinary.V6_2)) {
            stop();
            server = RedisServer.start(binary);
            jedis = Requests.client(server);
            store = RedisIdempotencyStore.builder(jedis).build();
            StoredFingerprint fingerprint = new StoredFingerprint("sha-256", random(32));
            byte[] result = random(200);
            AcquireRequest request = new AcquireRequest(
                    ID, fingerprint, new AttemptId(1, 1), Requests.LEASE, Requests.RETENTION, Takeover.NEVER);
            store.acquire(request);
            Lease lease = new Lease(ID, request.attemptId(), 1, 1, Requests.LEASE, Requests.RETENTION);
            store.complete(lease, StoredResult.of(result), Requests.RETENTION);
            byte[] name = new RecordNames("onceguard:").of(ID);
            double record = jedis.memoryUsage(name);

            jedis.set(name, result, SetParams.setParams().px(86_400_000));

            assertThat(record / jedis.memoryUsage(name)).as(binary.name()).isLessThanOrEqualTo(1.35);
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void E07_scriptsAreShortAndTouchTheirKeyOnly() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            List<Path> scripts = files.toList();
            assertThat(scripts).hasSize(9);
            for (Path script : scripts) {
                List<String> lines = Files.readAllLines(script);
                assertThat(lines.size()).as(script.toString()).isLessThanOrEqualTo(40);
                assertThat(lines.get(0)).as(script.toString()).startsWith("-- ");
                assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
                String withoutPush = String.join("\n", lines).replace("redis.pcall('PUBLISH', ARGV[", "tell(");
                assertThat(withoutPush)
                        .doesNotContain("KEYS[2]", "loadstring")
                        .doesNotContainPattern("redis\\.p?call\\('[A-Z]+', [^K]");
            }
        }
    }
}
