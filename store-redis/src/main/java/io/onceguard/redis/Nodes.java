package io.onceguard.redis;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.util.SafeEncoder;

/** The servers behind a client: the nodes of a Cluster, or the one server that answers. */
final class Nodes {

    private Nodes() {}

    /** Returns what each server says of itself: the sections {@code server} and {@code memory} of {@code INFO}. */
    static List<String> describe(UnifiedJedis jedis) {
        return pools(jedis)
                .map(nodes -> nodes.stream().map(Nodes::describe).toList())
                .orElseGet(() -> List.of(jedis.info("server") + jedis.info("memory")));
    }

    private static String describe(ConnectionPool node) {
        try (Connection connection = node.getResource()) {
            return info(connection, "server") + info(connection, "memory");
        }
    }

    private static String info(Connection connection, String section) {
        connection.sendCommand(Command.INFO, section);
        return SafeEncoder.encode(connection.getBinaryBulkReply());
    }

    /** Returns whether records are spread over several servers. */
    static boolean areMany(UnifiedJedis jedis) {
        return pools(jedis).isPresent();
    }

    @SuppressWarnings("deprecation") // JedisCluster is still in use
    private static Optional<Collection<ConnectionPool>> pools(UnifiedJedis jedis) {
        if (jedis instanceof RedisClusterClient cluster) {
            return Optional.of(cluster.getClusterNodes().values());
        }
        if (jedis instanceof JedisCluster cluster) {
            return Optional.of(cluster.getClusterNodes().values());
        }
        return Optional.empty();
    }
}
