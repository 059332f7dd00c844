package io.onceguard.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.util.SafeEncoder;

/** The servers behind a client: the nodes of a Cluster, or the one server that answers. */
final class Nodes {

    private Nodes() {}

    /**
     * Returns what each server says of itself: the sections {@code server} and {@code memory} of {@code INFO}. A node of
     * a Cluster that cannot be reached is left out, unless none can: the others do its work.
     */
    static List<String> describe(UnifiedJedis jedis) {
        Optional<Collection<ConnectionPool>> nodes = pools(jedis);
        if (nodes.isEmpty()) {
            return List.of(jedis.info("server") + jedis.info("memory"));
        }
        List<String> descriptions = new ArrayList<>();
        JedisConnectionException last = new JedisConnectionException("the Cluster has no nodes");
        for (ConnectionPool node : nodes.orElseThrow()) {
            try (Connection connection = node.getResource()) {
                descriptions.add(info(connection, "server") + info(connection, "memory"));
            } catch (JedisConnectionException unreachable) {
                last = unreachable;
            }
        }
        if (descriptions.isEmpty()) {
            throw last;
        }
        return descriptions;
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
