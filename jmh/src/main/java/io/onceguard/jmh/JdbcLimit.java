package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A table with a primary key: insert claims, update keeps, select finds. */
final class JdbcLimit implements RawLimit {

    private static final String CLAIM = "INSERT INTO raw_limit (record_key, created) VALUES (?, CURRENT_TIMESTAMP)";
    private static final String DUPLICATE_KEY = "23505";
    private static final String KEEP = "UPDATE raw_limit SET result = ? WHERE record_key = ?";
    private static final String FIND = "SELECT result FROM raw_limit WHERE record_key = ?";

    /** What is done in a transaction. */
    @FunctionalInterface
    interface Business {
        byte[] run(Connection connection, String key) throws SQLException;
    }

    private final DataSource pool;
    private final String claim;

    /**
     * Creates the limit.
     *
     * @param onConflict how an insert says that it does nothing where the row exists; empty if it throws
     */
    JdbcLimit(DataSource pool, String onConflict) {
        this.pool = pool;
        this.claim = CLAIM + onConflict;
    }

    /** Creates the table, and the one that the business writes. */
    static void createTables(DataSource pool, String binaryType) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE raw_limit (record_key VARCHAR(255) PRIMARY KEY, created TIMESTAMP, result "
                    + binaryType + ")");
            statement.execute("CREATE TABLE booking (record_key VARCHAR(255) PRIMARY KEY, amount BIGINT)");
        }
    }

    @Override
    public boolean claim(String key) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return claim(connection, key);
        }
    }

    private boolean claim(Connection connection, String key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(claim)) {
            statement.setString(1, key);
            return statement.executeUpdate() == 1;
        } catch (SQLException failure) {
            if (DUPLICATE_KEY.equals(failure.getSQLState())) {
                return false;
            }
            throw failure;
        }
    }

    @Override
    public void keep(String key, byte[] result) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            keep(connection, key, result);
        }
    }

    private static void keep(Connection connection, String key, byte[] result) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KEEP)) {
            statement.setBytes(1, result);
            statement.setString(2, key);
            statement.executeUpdate();
        }
    }

    @Override
    public byte @Nullable [] result(String key) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, key);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getBytes(1) : null;
            }
        }
    }

    /** Two transactions: one claims; the other does the business and keeps its result. Whoever comes later finds it. */
    byte[] firstInTwoCommits(String key, Business business) throws SQLException {
        if (!claim(key)) {
            return requireNonNull(result(key), "result");
        }
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            byte[] result = business.run(connection, key);
            keep(connection, key, result);
            connection.commit();
            connection.setAutoCommit(true);
            return result;
        }
    }

    @Override
    public void claimAndKeepAll(List<String> keys, byte[] result) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(claim)) {
                for (String key : keys) {
                    statement.setString(1, key);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            connection.commit();
            try (PreparedStatement statement = connection.prepareStatement(KEEP)) {
                for (String key : keys) {
                    statement.setBytes(1, result);
                    statement.setString(2, key);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            connection.commit();
            connection.setAutoCommit(true);
        }
    }
}
