package io.onceguard.testservers;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** A Cluster of three primaries, each with a third of the slots. */
public final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;

    private final List<RedisServer> nodes = new ArrayList<>();

    private RedisCluster() {}

    /** Starts all and waits until they know each other. */
    public static RedisCluster start(RedisBinary binary) {
        RedisCluster cluster = new RedisCluster();
        for (int i = 0; i < 3; i++) {
            cluster.nodes.add(RedisServer.start(binary, "--cluster-enabled", "yes", "--cluster-node-timeout", "5000"));
        }
        for (int i = 0; i < 3; i++) {
            try (Jedis node = cluster.connect(i)) {
                node.clusterAddSlots(
                        IntStream.range(SLOTS * i / 3, SLOTS * (i + 1) / 3).toArray());
                node.clusterMeet("127.0.0.1", cluster.nodes.get(0).port());
            }
        }
        for (int i = 0; i < 3; i++) {
            try (Jedis node = cluster.connect(i)) {
                Waiting.until("the cluster is up", () -> node.clusterInfo().contains("cluster_state:ok"));
            }
        }
        return cluster;
    }

    /** Connects to one node. */
    public Jedis connect(int node) {
        return new Jedis("127.0.0.1", nodes.get(node).port());
    }

    /** Where the nodes listen. */
    public Set<HostAndPort> addresses() {
        return nodes.stream()
                .map(node -> new HostAndPort("127.0.0.1", node.port()))
                .collect(Collectors.toSet());
    }

    /** Kills all. */
    @Override
    public void close() {
        nodes.forEach(RedisServer::close);
    }
}
