package io.onceguard.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.StoreHarness;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The store on one database in one configuration. Pools and table live as long as the JVM; each test empties them. */
final class JdbcHarness implements StoreHarness {

    private static final Map<String, Environment> ENVIRONMENTS = new ConcurrentHashMap<>();

    /** What the tests of one configuration share. */
    private record Environment(HikariDataSource here, HikariDataSource there, HikariDataSource admin, String table) {

        static Environment of(HarnessDatabase database, Session session) {
            String url = database.newUrl();
            Environment environment = new Environment(
                    TestDatabase.pool(url, 10, session),
                    TestDatabase.pool(url, 5, session),
                    TestDatabase.pool(url, 4, Session.DEFAULT),
                    TestDatabase.newTable());
            database.createTable(environment.here, environment.table);
            return environment;
        }
    }

    private final HarnessDatabase database;
    private final Environment environment;
    private final JdbcIdempotencyStore store;

    JdbcHarness(HarnessDatabase database, Session session) {
        this.database = database;
        environment = ENVIRONMENTS.computeIfAbsent(database + " " + session, name -> Environment.of(database, session));
        TestDatabase.execute(environment.admin, "TRUNCATE TABLE " + environment.table);
        store = database.builder(environment.here, environment.table).build();
    }

    @Override
    public IdempotencyStore store() {
        return store;
    }

    @Override
    public IdempotencyStore anotherNode() {
        return database.builder(environment.there, environment.table)
                .readFirst()
                .build();
    }

    @Override
    public void passTime(RecordId id, Duration duration) {
        String sql = ("UPDATE %s SET since = since - ?, lease_end = lease_end - ?,"
                        + " expiry = CASE WHEN expiry = 0 OR expiry >= 4000000000000000000 THEN expiry ELSE expiry - ? END,"
                        + " purge_hour = CASE WHEN expiry >= 4000000000000000000 THEN purge_hour ELSE purge_hour - ? END"
                        + " WHERE id = ?")
                .formatted(environment.table);
        long micros = TimeUnit.MICROSECONDS.convert(duration.plusNanos(999));
        try (Connection connection = environment.admin.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, micros);
            statement.setLong(2, micros);
            statement.setLong(3, micros);
            statement.setInt(4, (int) duration.toHours());
            statement.setBytes(5, id.digest());
            statement.executeUpdate();
        } catch (SQLException failure) {
            throw new AssertionError("time does not pass", failure);
        }
    }

    @Override
    public Optional<String> dump(RecordId id) {
        try (Connection connection = environment.admin.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("SELECT * FROM " + environment.table + " WHERE id = ?")) {
            statement.setBytes(1, id.digest());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                StringBuilder text = new StringBuilder();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    text.append(row.getMetaData().getColumnName(i)).append('=');
                    Object value = row.getObject(i);
                    text.append(value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : value);
                    text.append('\n');
                }
                return Optional.of(text.toString());
            }
        } catch (SQLException failure) {
            throw new AssertionError("no dump", failure);
        }
    }

    @Override
    public Optional<IdempotencyStore> unreachableStore() {
        return Optional.of(broken(new Interceptor() {
            private boolean looked;

            @Override
            public void beforeConnect() throws SQLException {
                if (looked) {
                    throw new SQLException("connection refused", "08001");
                }
                looked = true;
            }
        }));
    }

    @Override
    public Optional<IdempotencyStore> replyLosingStore() {
        return Optional.of(broken(new Interceptor() {
            private boolean wrote;

            @Override
            public void afterExecute(String sql, boolean committed) throws SQLException {
                boolean writes = sql.contains(environment.table) && Interceptor.writes(sql);
                wrote |= writes;
                if (committed && writes) {
                    throw new SQLException("connection reset", "08006");
                }
            }

            @Override
            public void afterCommit() throws SQLException {
                if (wrote) {
                    wrote = false;
                    throw new SQLException("connection reset", "08006");
                }
            }
        }));
    }

    private IdempotencyStore broken(Interceptor fault) {
        return database.builder(fault.in(environment.here), environment.table).build();
    }

    @Override
    public void checkInvariants() {
        for (HikariDataSource pool : new HikariDataSource[] {environment.here, environment.there}) {
            int active = pool.getHikariPoolMXBean().getActiveConnections();
            if (active != 0) {
                throw new AssertionError(active + " connections are still borrowed");
            }
        }
        String early = TestDatabase.query(
                environment.admin,
                "SELECT COUNT(*) FROM " + environment.table
                        + " WHERE expiry > 0 AND expiry < 4000000000000000000 AND purge_hour < expiry / 3600000000 + 1");
        if (!early.equals("0")) {
            throw new AssertionError(early + " rows may be purged too early");
        }
    }

    @Override
    public int raceRounds() {
        return Boolean.getBoolean(SOAK_PROPERTY) ? 1_000 : 25;
    }
}
