package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.StoreHarness;
import io.onceguard.testservers.TcpProxy;
import io.onceguard.testservers.TcpProxy.Cut;
import io.onceguard.testservers.TcpProxy.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.UnifiedJedis;

/** The store on servers of one kind. Servers and clients live as long as the JVM; each test has a key prefix. */
final class RedisHarness implements StoreHarness {

    private static final AtomicLong PREFIXES = new AtomicLong(System.nanoTime());
    private static final Map<Topology, Clients> CLIENTS = new EnumMap<>(Topology.class);

    private record Clients(UnifiedJedis here, UnifiedJedis there, UnifiedJedis admin) {}

    private final Topology topology;
    private final Clients clients;
    private final String prefix = "onceguard-test-" + PREFIXES.incrementAndGet() + ":";
    private final RecordNames names = new RecordNames(prefix);
    private final RedisIdempotencyStore store;
    private final List<AutoCloseable> opened = new ArrayList<>();

    RedisHarness(Topology topology) {
        this.topology = topology;
        synchronized (CLIENTS) {
            clients = CLIENTS.computeIfAbsent(topology, one -> new Clients(one.open(10), one.open(5), one.open(4)));
        }
        store = storeOver(clients.here);
    }

    private RedisIdempotencyStore storeOver(UnifiedJedis jedis) {
        return RedisIdempotencyStore.builder(jedis).keyPrefix(prefix).build();
    }

    @Override
    public IdempotencyStore store() {
        return store;
    }

    @Override
    public IdempotencyStore anotherNode() {
        return storeOver(clients.there);
    }

    @Override
    public void passTime(RecordId id, Duration duration) {
        RecordTime.pass(clients.admin, names.of(id), duration);
    }

    @Override
    public boolean purgesItself() {
        return true;
    }

    @Override
    public Optional<String> dump(RecordId id) {
        byte[] record = clients.admin.get(names.of(id));
        return record == null ? Optional.empty() : Optional.of(HexFormat.of().formatHex(record) + expiry(id));
    }

    private String expiry(RecordId id) {
        // the absolute moment cannot be asked for before 7.0
        return topology == Topology.STANDALONE_6_2 ? "" : " until " + clients.admin.pexpireTime(names.of(id));
    }

    @Override
    public Optional<IdempotencyStore> unreachableStore() {
        return Optional.of(behindProxies(request -> Cut.NONE, true));
    }

    @Override
    public Optional<IdempotencyStore> replyLosingStore() {
        return Optional.of(behindProxies(
                new Rule() {
                    @Override
                    public Cut cut(String request) {
                        return request.contains("EVAL") ? Cut.AFTER : Cut.NONE;
                    }

                    @Override
                    public boolean isMeant(String reply) {
                        return !reply.startsWith("-NOSCRIPT");
                    }
                },
                false));
    }

    private IdempotencyStore behindProxies(Rule rule, boolean closed) {
        Map<HostAndPort, TcpProxy> proxies = new ConcurrentHashMap<>();
        UnifiedJedis jedis = topology.openThrough(address -> new HostAndPort(
                "127.0.0.1",
                proxies.computeIfAbsent(address, to -> new TcpProxy(to.getPort(), rule))
                        .port()));
        opened.add(jedis);
        opened.add(() -> proxies.values().forEach(TcpProxy::close));
        RedisIdempotencyStore behind = storeOver(jedis);
        if (closed) {
            proxies.values().forEach(TcpProxy::close);
        }
        return behind;
    }

    @Override
    public void checkInvariants() {
        for (String key : keys()) {
            byte[] record = clients.admin.get(key.getBytes(UTF_8));
            if (record != null && clients.admin.pttl(key) == -1 && record[1] != 'C') {
                throw new AssertionError("a record without an expiry is in state " + (char) record[1]);
            }
        }
    }

    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        var scan = clients.admin.scanIteration(5_000, prefix + "*");
        while (!scan.isIterationCompleted()) {
            keys.addAll(scan.nextBatchList());
        }
        return keys;
    }

    @Override
    public void cleanUp() {
        opened.forEach(one -> {
            try {
                one.close();
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
        keys().forEach(clients.admin::del);
    }

    @Override
    public int raceRounds() {
        if (Requests.SOAK) {
            return 1_000;
        }
        return topology == Topology.STANDALONE ? 25 : 10;
    }
}
