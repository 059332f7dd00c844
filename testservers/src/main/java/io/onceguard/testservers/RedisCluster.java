package io.onceguard.testservers;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.MigrateParams;
import redis.clients.jedis.util.JedisClusterCRC16;

/** A Cluster of three primaries, each with a third of the slots. */
public final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;
    private static final int KEYS_AT_ONCE = 100;
    private static final int PATIENCE_MILLIS = 30_000;

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

    /**
     * Moves the slot of a key, with all that is in it, to the next node.
     *
     * @param inBetween runs while the slot is on its way: before, between and after its keys
     * @return how many keys moved
     */
    public int move(String key, Runnable inBetween) {
        int slot = JedisClusterCRC16.getSlot(key);
        int from = 0;
        while (!serves(from, slot)) {
            from++;
        }
        int to = (from + 1) % nodes.size();
        try (Jedis source = connect(from);
                Jedis target = connect(to)) {
            String targetId = target.clusterMyId();
            target.clusterSetSlotImporting(slot, source.clusterMyId());
            source.clusterSetSlotMigrating(slot, targetId);
            inBetween.run();
            int moved = moveKeys(source, slot, nodes.get(to).port(), inBetween);
            inBetween.run();
            moved += moveKeys(source, slot, nodes.get(to).port(), () -> {});
            target.clusterSetSlotNode(slot, targetId);
            for (int node = 0; node < nodes.size(); node++) {
                try (Jedis one = connect(node)) {
                    one.clusterSetSlotNode(slot, targetId);
                }
            }
            return moved;
        }
    }

    private boolean serves(int node, int slot) {
        try (Jedis one = connect(node)) {
            one.clusterCountKeysInSlot(slot);
            return one.clusterShards().stream()
                    .filter(shard -> shard.getNodes().stream()
                            .anyMatch(member ->
                                    member.getPort() == nodes.get(node).port()))
                    .flatMap(shard -> shard.getSlots().stream())
                    .anyMatch(range -> range.get(0) <= slot && slot <= range.get(1));
        }
    }

    private static int moveKeys(Jedis source, int slot, int targetPort, Runnable inBetween) {
        int moved = 0;
        List<byte[]> keys = source.clusterGetKeysInSlotBinary(slot, KEYS_AT_ONCE);
        while (!keys.isEmpty()) {
            source.migrate("127.0.0.1", targetPort, PATIENCE_MILLIS, new MigrateParams(), keys.toArray(new byte[0][]));
            moved += keys.size();
            if (moved <= KEYS_AT_ONCE) {
                inBetween.run();
            }
            keys = source.clusterGetKeysInSlotBinary(slot, KEYS_AT_ONCE);
        }
        return moved;
    }

    /** Kills all. */
    @Override
    public void close() {
        nodes.forEach(RedisServer::close);
    }
}
