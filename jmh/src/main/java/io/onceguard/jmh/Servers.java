package io.onceguard.jmh;

import io.onceguard.testservers.PostgresServer;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.util.List;
import java.util.function.Supplier;

/**
 * The servers that the benchmarks use: those that environment variables name, else those that the run started for all its
 * forks, else servers of this JVM.
 */
final class Servers {

    private static final String POSTGRES_PROPERTY = "onceguard.jmh.postgres";
    private static final String REDIS_PROPERTY = "onceguard.jmh.redis";

    private Servers() {}

    /** The JDBC URL of a PostgreSQL that syncs its log at each commit, as it does unless it is told otherwise. */
    static String postgres() {
        return Postgres.URL;
    }

    /** The URL of a Redis without persistence. */
    static String redis() {
        return Redis.URL;
    }

    /** Starts what is missing, and returns the arguments that tell a fork of it. */
    static List<String> forkArguments() {
        return List.of("-D" + POSTGRES_PROPERTY + "=" + postgres(), "-D" + REDIS_PROPERTY + "=" + redis());
    }

    private static String orElse(String property, String variable, Supplier<String> started) {
        String known = System.getProperty(property, System.getenv(variable));
        return known != null ? known : started.get();
    }

    private static final class Postgres {
        private static final String URL = orElse(POSTGRES_PROPERTY, PostgresServer.URL_VARIABLE, Postgres::start);

        private static String start() {
            PostgresServer server = PostgresServer.startDurable();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            return server.url();
        }
    }

    private static final class Redis {
        private static final String URL = orElse(
                REDIS_PROPERTY,
                RedisServer.URL_VARIABLE,
                () -> RedisServer.start(RedisBinary.V7_0).url());
    }
}
