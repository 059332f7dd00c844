/** A store in Redis. */
module io.onceguard.redis {
    requires transitive io.onceguard;
    requires transitive redis.clients.jedis;
    requires static org.jspecify;

    exports io.onceguard.redis;
}
