package io.onceguard.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.onceguard.spi.StoreException;

/** The pool behind {@link JdbcIdempotencyStore#open}. The only class that needs HikariCP. */
final class OwnedPool {

    private static final int CONNECTIONS = 10;

    private OwnedPool() {}

    static JdbcIdempotencyStore open(String url, String user, String password) {
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

    private static HikariDataSource pool(HikariConfig config) {
        try {
            return new HikariDataSource(config);
        } catch (PoolInitializationException failure) {
            throw new StoreException("the database does not answer, nothing was applied", false, failure);
        }
    }
}
