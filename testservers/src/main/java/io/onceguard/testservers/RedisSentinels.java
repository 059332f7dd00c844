package io.onceguard.testservers;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** A primary, a replica, and three sentinels that watch them. */
public final class RedisSentinels implements AutoCloseable {

    /** The name under which the primary is watched. */
    public static final String NAME = "primary";

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();

    private RedisSentinels() {}

    /** Starts all and waits until they know each other. */
    public static RedisSentinels start(RedisBinary binary) {
        RedisSentinels all = new RedisSentinels();
        all.servers.add(RedisServer.start(binary));
        all.servers.add(RedisServer.start(
                binary, "--replicaof", "127.0.0.1", "" + all.primary().port()));
        try (Jedis primary = new Jedis("127.0.0.1", all.primary().port())) {
            Waiting.until(
                    "the replica is in step", () -> primary.info("replication").contains("state=online"));
        }
        for (int i = 0; i < 3; i++) {
            all.sentinels.add(RedisServer.startSentinel(binary, all.primary()));
        }
        for (RedisServer sentinel : all.sentinels) {
            try (Jedis jedis = new Jedis("127.0.0.1", sentinel.port())) {
                Waiting.until(
                        "sentinels and replica are known",
                        () -> jedis.info("sentinel").contains("status=ok")
                                && jedis.info("sentinel").contains("slaves=1,sentinels=3"));
            }
        }
        return all;
    }

    /** The server that was the primary at the start. */
    public RedisServer primary() {
        return servers.get(0);
    }

    /** The server that was the replica at the start. */
    public RedisServer replica() {
        return servers.get(1);
    }

    /** Where the sentinels listen. */
    public Set<HostAndPort> addresses() {
        return sentinels.stream()
                .map(sentinel -> new HostAndPort("127.0.0.1", sentinel.port()))
                .collect(Collectors.toSet());
    }

    /** Kills all. */
    @Override
    public void close() {
        sentinels.forEach(RedisServer::close);
        servers.forEach(RedisServer::close);
    }
}
