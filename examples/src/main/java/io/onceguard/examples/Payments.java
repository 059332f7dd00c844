package io.onceguard.examples;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** The payments of {@link PaymentsServer}, in a table that nothing keeps from having one payment twice. */
final class Payments {

    /** What a client orders. */
    record Order(String account, long amountInCents, String currency) {}

    /** What was paid. */
    record Payment(long id, Order order, String note) {}

    private final DataSource connections;

    /** Opens the table, and creates it if there is none. */
    Payments(DataSource connections) throws SQLException {
        this.connections = connections;
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS payment (
                        id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        account         VARCHAR NOT NULL,
                        amount_in_cents BIGINT  NOT NULL,
                        currency        VARCHAR NOT NULL,
                        note            VARCHAR NOT NULL DEFAULT ''
                    )
                    """);
        }
    }

    /** Pays: once this returns, the payment is on disk. */
    Payment pay(Order order) {
        try (Connection connection = connections.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO payment (account, amount_in_cents, currency) VALUES (?, ?, ?)",
                        Statement.RETURN_GENERATED_KEYS)) {
            insert.setString(1, order.account());
            insert.setLong(2, order.amountInCents());
            insert.setString(3, order.currency());
            insert.executeUpdate();
            try (ResultSet id = insert.getGeneratedKeys()) {
                id.next();
                return new Payment(id.getLong(1), order, "");
            }
        } catch (SQLException failure) {
            throw new IllegalStateException("nobody knows whether this was paid", failure);
        }
    }

    /** Adds a line to the note of a payment; returns whether there is such a payment. */
    boolean addNote(long id, String line) {
        try (Connection connection = connections.getConnection();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE payment SET note = note || ? || CHAR(10) WHERE id = ?")) {
            update.setString(1, line);
            update.setLong(2, id);
            return update.executeUpdate() == 1;
        } catch (SQLException failure) {
            throw new IllegalStateException("nobody knows whether the note was added", failure);
        }
    }

    /** Returns all payments, in the order in which they were made. */
    List<Payment> all() {
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM payment ORDER BY id")) {
            List<Payment> payments = new ArrayList<>();
            while (row.next()) {
                Order order =
                        new Order(row.getString("account"), row.getLong("amount_in_cents"), row.getString("currency"));
                payments.add(new Payment(row.getLong("id"), order, row.getString("note")));
            }
            return payments;
        } catch (SQLException failure) {
            throw new IllegalStateException("the payments cannot be read", failure);
        }
    }
}
