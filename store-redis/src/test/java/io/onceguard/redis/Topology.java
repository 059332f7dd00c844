package io.onceguard.redis;

import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisCluster;
import io.onceguard.testservers.RedisSentinels;
import io.onceguard.testservers.RedisServer;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.HostAndPortMapper;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;

/** Servers that live as long as the JVM, started by the first test that asks, and clients for them. */
enum Topology {
    STANDALONE(Topology::sharedServer),
    STANDALONE_6_2(() -> standalone(RedisServer.start(RedisBinary.V6_2).url())),
    SENTINEL(Topology::sentinels),
    CLUSTER(Topology::cluster);

    private static final HostAndPortMapper DIRECT = address -> address;

    private interface Opener {
        UnifiedJedis open(JedisClientConfig config, GenericObjectPoolConfig<Connection> pool);
    }

    private final Supplier<Opener> starter;
    private Opener opener;

    Topology(Supplier<Opener> starter) {
        this.starter = starter;
    }

    private static Opener sharedServer() {
        String given = System.getenv(RedisServer.URL_VARIABLE);
        return standalone(
                given != null ? given : RedisServer.start(RedisBinary.V7_0).url());
    }

    static Opener standalone(String url) {
        URI uri = URI.create(url);
        return (config, pool) -> RedisClient.builder()
                .hostAndPort(new HostAndPort(uri.getHost(), uri.getPort()))
                .clientConfig(config)
                .poolConfig(pool)
                .build();
    }

    private static Opener sentinels() {
        RedisSentinels all = RedisSentinels.start(RedisBinary.V7_0);
        return (config, pool) -> RedisSentinelClient.builder()
                .masterName(RedisSentinels.NAME)
                .sentinels(all.addresses())
                .clientConfig(config)
                .poolConfig(pool)
                .build();
    }

    private static Opener cluster() {
        RedisCluster all = RedisCluster.start(RedisBinary.V7_0);
        return (config, pool) -> RedisClusterClient.builder()
                .nodes(all.addresses())
                .clientConfig(config)
                .poolConfig(pool)
                .maxAttempts(3)
                .maxTotalRetriesDuration(Duration.ofMillis(200))
                .build();
    }

    /** A client with a pool of this many connections, for each node where there are many. */
    UnifiedJedis open(int connections) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(connections);
        pool.setMaxIdle(connections);
        return open(DIRECT, pool);
    }

    /** A client that opens a connection for each call, to where the mapper leads it. */
    UnifiedJedis openThrough(HostAndPortMapper mapper) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxIdle(0);
        return open(mapper, pool);
    }

    private synchronized UnifiedJedis open(HostAndPortMapper mapper, GenericObjectPoolConfig<Connection> pool) {
        if (opener == null) {
            opener = starter.get();
        }
        pool.setTestWhileIdle(false);
        pool.setMaxWait(Duration.ofSeconds(60));
        return opener.open(config(mapper, this == STANDALONE ? System.getenv(RedisServer.URL_VARIABLE) : null), pool);
    }

    /** User, password and database are those of the server that was given, if one was. */
    private static JedisClientConfig config(HostAndPortMapper mapper, String given) {
        DefaultJedisClientConfig.Builder config = given == null
                ? DefaultJedisClientConfig.builder()
                : DefaultJedisClientConfig.builder(URI.create(given));
        return config.hostAndPortMapper(mapper).timeoutMillis(20_000).build();
    }
}
