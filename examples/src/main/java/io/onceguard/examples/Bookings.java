package io.onceguard.examples;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/**
 * What the messages are for: each has an amount booked, as a row of a table. It knows nothing of messages that must not
 * be booked twice; nothing in the table would prevent it.
 */
final class Bookings {

    private final DataSource connections;
    private final String table;

    /** Opens the books, and begins them if there are none. */
    Bookings(DataSource connections, String table) throws SQLException {
        this.connections = connections;
        this.table = table;
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS " + table
                    + " (message VARCHAR(100) NOT NULL, amount_in_cents BIGINT NOT NULL)");
        }
    }

    /** Books the amount of a message, on a connection of its own or in the transaction of the caller. */
    void book(Connection connection, String message, long amountInCents) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + " VALUES (?, ?)")) {
            insert.setString(1, message);
            insert.setLong(2, amountInCents);
            insert.executeUpdate();
        }
    }

    /** Books the amount of a message and commits. */
    void book(String message, long amountInCents) throws SQLException {
        try (Connection connection = connections.getConnection()) {
            book(connection, message, amountInCents);
        }
    }

    /** Returns how often each message was booked. */
    Map<String, Integer> timesBooked() throws SQLException {
        Map<String, Integer> times = new TreeMap<>();
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT message, COUNT(*) FROM " + table + " GROUP BY message")) {
            while (row.next()) {
                times.put(row.getString(1), row.getInt(2));
            }
        }
        return times;
    }
}
