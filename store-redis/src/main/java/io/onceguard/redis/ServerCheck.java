package io.onceguard.redis;

import io.onceguard.spi.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.UnifiedJedis;

/** Looks at the servers before a store is built over them: may they forget a record, and what do they understand. */
final class ServerCheck {

    private static final Logger LOGGER = System.getLogger("io.onceguard.redis");
    private static final String OLDEST = "6.2";
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

    private final List<String> descriptions;

    ServerCheck(List<String> descriptions) {
        this.descriptions = descriptions;
    }

    /**
     * Asks all servers.
     *
     * @throws StoreException if one does not answer
     */
    static ServerCheck of(UnifiedJedis jedis) {
        try {
            return new ServerCheck(Nodes.describe(jedis));
        } catch (RuntimeException failure) {
            throw RedisFailure.exception("INFO", failure, 0);
        }
    }

    /**
     * Refuses servers that are too old.
     *
     * @throws IllegalArgumentException if one is older than 6.2
     */
    ServerCheck refuseOldServers() {
        for (String description : descriptions) {
            if (!isFrom(description, 6, 2)) {
                throw new IllegalArgumentException("server: Redis from version " + OLDEST + " is supported, was "
                        + field(description, "redis_version"));
            }
        }
        return this;
    }

    /**
     * Refuses servers that may evict keys, or warns.
     *
     * @throws IllegalArgumentException if one may, and that is not accepted
     */
    ServerCheck refuseEviction(boolean accepted) {
        for (String description : descriptions) {
            String policy = field(description, "maxmemory_policy");
            if (!policy.equals("noeviction")) {
                String message = "server: maxmemory-policy is " + policy
                        + ", so that it may evict records and work may run twice; set noeviction";
                if (!accepted) {
                    throw new IllegalArgumentException(message);
                }
                LOGGER.log(Level.WARNING, message);
            }
        }
        return this;
    }

    /** Returns whether all servers know flags of scripts. */
    boolean knowScriptFlags() {
        return descriptions.stream().allMatch(description -> isFrom(description, 7, 0));
    }

    private static boolean isFrom(String description, int major, int minor) {
        Matcher version = VERSION.matcher(field(description, "redis_version"));
        if (!version.matches()) {
            return false;
        }
        int found = Integer.parseInt(version.group(1));
        return found > major || (found == major && Integer.parseInt(version.group(2)) >= minor);
    }

    private static String field(String description, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + ":(\\S*)").matcher(description);
        return line.find() ? line.group(1) : "unknown";
    }
}
