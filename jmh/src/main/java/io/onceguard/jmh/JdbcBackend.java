package io.onceguard.jmh;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcIdempotencyStoreBuilder;
import io.onceguard.jdbc.JdbcSchema;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;

/** A JDBC store, and the statements that one would write by hand, over the same pool. */
final class JdbcBackend implements Backend {

    private static final int CONNECTIONS = 10;

    private final HikariDataSource pool;
    private final JdbcIdempotencyStore store;
    private final JdbcIdempotencyStore otherNode;
    private final JdbcLimit limit;
    private final List<String> drop;

    private JdbcBackend(String url, List<String> drop, String binaryType, String onConflict, boolean readFirst)
            throws SQLException {
        this.drop = drop;
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(CONNECTIONS);
        pool = new HikariDataSource(config);
        JdbcSchema.createIfAbsent(pool);
        JdbcLimit.createTables(pool, binaryType);
        store = newStore(readFirst);
        otherNode = newStore(readFirst);
        limit = new JdbcLimit(pool, onConflict);
    }

    static JdbcBackend postgres(boolean readFirst) throws SQLException {
        String url = Servers.postgres();
        String schema = "jmh_" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA " + schema);
        }
        String ofSchema = url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema;
        return new JdbcBackend(
                ofSchema, List.of("DROP SCHEMA " + schema + " CASCADE"), "bytea", " ON CONFLICT DO NOTHING", readFirst);
    }

    static JdbcBackend h2(boolean file) throws Exception {
        String url = file
                ? "jdbc:h2:" + Files.createTempDirectory("onceguard-h2") + "/records;WRITE_DELAY=0"
                : "jdbc:h2:mem:" + UUID.randomUUID();
        return new JdbcBackend(url, List.of("DROP ALL OBJECTS"), "VARBINARY", "", false);
    }

    private JdbcIdempotencyStore newStore(boolean readFirst) {
        JdbcIdempotencyStoreBuilder builder = JdbcIdempotencyStore.builder(pool);
        return readFirst ? builder.readFirst().build() : builder.build();
    }

    @Override
    public JdbcIdempotencyStore store() {
        return store;
    }

    @Override
    public JdbcIdempotencyStore otherNode() {
        return otherNode;
    }

    @Override
    public JdbcLimit limit() {
        return limit;
    }

    @Override
    public void clear() throws SQLException {
        execute(List.of("TRUNCATE TABLE onceguard_record", "TRUNCATE TABLE raw_limit", "TRUNCATE TABLE booking"));
    }

    private void execute(List<String> statements) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Override
    public void close() {
        try {
            execute(drop);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        } finally {
            pool.close();
        }
    }
}
