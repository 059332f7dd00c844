package io.onceguard.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.onceguard.spi.StoreException;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The pool behind {@link JdbcIdempotencyStore#open}. The only class that needs HikariCP. */
final class OwnedPool {

    private static final int CONNECTIONS = 10;

    private OwnedPool() {}

    static JdbcIdempotencyStore open(String url, String user, String password) {
        requireDriver(url);
        HikariConfig config = new HikariConfig();
        config.setPoolName("onceguard");
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(CONNECTIONS);
        HikariDataSource pool = pool(config);
        try {
            JdbcIdempotencyStore store =
                    JdbcIdempotencyStore.builder(pool).owning(pool).build();
            JdbcSchema.createIfAbsent(pool);
            return store;
        } catch (RuntimeException failure) {
            pool.close();
            throw failure;
        }
    }

    /** The rest of the URL is not shown: it may hold a password. */
    private static void requireDriver(String url) {
        try {
            DriverManager.getDriver(url);
        } catch (SQLException none) {
            String database = url.replaceFirst("(?s)^(jdbc:\\w*:)?.*", "$1");
            throw new IllegalArgumentException(
                    "url: one of " + JdbcDialect.supported() + " is supported, with its driver on the class path;"
                            + " there is no driver for " + database,
                    none);
        }
    }

    private static HikariDataSource pool(HikariConfig config) {
        try {
            return new HikariDataSource(config);
        } catch (PoolInitializationException failure) {
            throw new StoreException("the database does not answer, nothing was applied", false, failure);
        }
    }
}
