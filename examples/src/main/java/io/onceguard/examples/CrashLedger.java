package io.onceguard.examples;

import io.onceguard.IdempotencyKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;

/** The books of the crash demonstration: a row for each charge. Nothing in the table would prevent a second one. */
final class CrashLedger {

    private final DataSource connections;

    /** Opens the books, and begins them if there are none. */
    CrashLedger(DataSource connections) throws SQLException {
        this.connections = connections;
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS crash_charge (tenant VARCHAR NOT NULL, payment VARCHAR NOT NULL)");
        }
    }

    /** Writes a charge; it counts once the transaction of the connection is committed. */
    void charge(Connection connection, IdempotencyKey payment) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO crash_charge (tenant, payment) VALUES (?, ?)")) {
            insert.setString(1, payment.scope());
            insert.setString(2, payment.value());
            insert.executeUpdate();
        }
    }

    /** Returns how often each payment of a tenant was charged; those that were not are absent. */
    Map<Integer, Integer> chargesOf(String tenant) throws SQLException {
        Map<Integer, Integer> charges = new HashMap<>();
        try (Connection connection = connections.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("SELECT payment FROM crash_charge WHERE tenant = ?")) {
            select.setString(1, tenant);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    charges.merge(Integer.valueOf(row.getString(1)), 1, Integer::sum);
                }
            }
        }
        return charges;
    }
}
