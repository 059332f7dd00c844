package io.onceguard.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.ResultCodec;
import io.onceguard.WaitPolicy;
import io.onceguard.jdbc.TestDatabase.Session;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** Charges payments under one guarantee. The witness is a table of its own in which each effect leaves a row. */
final class WitnessedCharges implements AutoCloseable {

    /** Threads of a process that takes payments. */
    static final int THREADS = 8;

    private static final Fingerprint INPUT = Fingerprint.of("input");
    private static final Duration LEASE = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    enum Guarantee {
        AT_LEAST_ONCE,
        AT_MOST_ONCE,
        SAME_TRANSACTION
    }

    private interface Till {
        Outcome<String> pay(IdempotencyKey key, TransactionWork<String, SQLException> work) throws SQLException;
    }

    private final HikariDataSource pool;

    /** For work outside the store's transactions, which may write the same H2 file. */
    private final DataSource connections;

    private final String table;
    private final Till till;

    /** Opens tables that {@link #create} made. */
    WitnessedCharges(String url, String table, Guarantee guarantee) {
        this.pool = TestDatabase.pool(url, THREADS + 4, Session.DEFAULT);
        this.connections = H2File.takingTurns(pool);
        this.table = table;
        this.till = till(guarantee);
    }

    static void create(String url, String table) {
        try (HikariDataSource pool = TestDatabase.pool(url, 1, Session.DEFAULT)) {
            JdbcSchema.createIfAbsent(pool, table);
            TestDatabase.execute(pool, "CREATE TABLE " + table + "_witness (payment VARCHAR(100))");
        }
    }

    private Till till(Guarantee guarantee) {
        JdbcIdempotencyStore store =
                Requests.builder(pool, table).lockTimeout(PATIENCE).build();
        return switch (guarantee) {
            case AT_LEAST_ONCE -> leased(IdempotencyExecutor.atLeastOnce("charge", ResultCodec.utf8(), store));
            case AT_MOST_ONCE -> leased(IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store));
            case SAME_TRANSACTION -> {
                JdbcTransactions<String> transactions =
                        store.transactions(IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                                .build());
                yield (key, work) -> transactions.execute(key, INPUT, work);
            }
        };
    }

    private Till leased(IdempotencyExecutorBuilder<String> operation) {
        IdempotencyExecutor<String> executor =
                operation.lease(LEASE).waiting(WaitPolicy.upTo(PATIENCE)).build();
        return (key, work) -> executor.execute(key, INPUT, () -> {
            try (Connection connection = connections.getConnection()) {
                return work.run(connection);
            }
        });
    }

    Outcome<String> charge(String payment, TransactionWork<String, SQLException> work) throws SQLException {
        return till.pay(IdempotencyKey.of("tenant", payment), work);
    }

    /** The effect: counts when it is committed. */
    String takeMoney(Connection connection, String payment) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + "_witness VALUES (?)")) {
            insert.setString(1, payment);
            insert.executeUpdate();
        }
        return "receipt of " + payment;
    }

    /** How often each payment was charged. */
    Map<String, Integer> effects() throws SQLException {
        Map<String, Integer> effects = new TreeMap<>();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT payment, COUNT(*) FROM " + table + "_witness GROUP BY payment")) {
            while (row.next()) {
                effects.put(row.getString(1), row.getInt(2));
            }
        }
        return effects;
    }

    /** How many records can be seen. */
    int records() {
        return Integer.parseInt(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + table));
    }

    @Override
    public void close() {
        pool.close();
    }
}
