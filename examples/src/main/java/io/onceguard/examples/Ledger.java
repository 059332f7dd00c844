package io.onceguard.examples;

import io.onceguard.IdempotencyKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * The gateway's books, in a table: every charge that took place, whether it should have or not. It knows nothing of
 * keys that must not be charged twice; nothing in the table would prevent it.
 */
final class Ledger {

    /** Money that was taken. */
    record Charge(IdempotencyKey payment, Receipt receipt) {}

    private final DataSource connections;

    /** Opens the books, and begins them if there are none. */
    Ledger(DataSource connections) throws SQLException {
        this.connections = connections;
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS charge (
                        id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        tenant          VARCHAR NOT NULL,
                        payment         VARCHAR NOT NULL,
                        amount_in_cents BIGINT  NOT NULL,
                        currency        VARCHAR NOT NULL
                    )
                    """);
        }
    }

    /** Takes the money: once this returns, the charge is on disk. */
    Receipt charge(PaymentRequest request) {
        try (Connection connection = connections.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO charge (tenant, payment, amount_in_cents, currency) VALUES (?, ?, ?, ?)",
                        Statement.RETURN_GENERATED_KEYS)) {
            insert.setString(1, request.tenant());
            insert.setString(2, request.key());
            insert.setLong(3, request.amountInCents());
            insert.setString(4, request.currency());
            insert.executeUpdate();
            try (ResultSet id = insert.getGeneratedKeys()) {
                id.next();
                return receipt(id.getLong(1), request.amountInCents(), request.currency());
            }
        } catch (SQLException failure) {
            throw new IllegalStateException("nobody knows whether this was charged", failure);
        }
    }

    /** Returns all charges, in the order in which they were made. */
    List<Charge> charges() {
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT id, tenant, payment, amount_in_cents, currency FROM charge ORDER BY id")) {
            List<Charge> charges = new ArrayList<>();
            while (row.next()) {
                IdempotencyKey payment = IdempotencyKey.of(row.getString("tenant"), row.getString("payment"));
                Receipt receipt = receipt(row.getLong("id"), row.getLong("amount_in_cents"), row.getString("currency"));
                charges.add(new Charge(payment, receipt));
            }
            return charges;
        } catch (SQLException failure) {
            throw new IllegalStateException("the ledger cannot be read", failure);
        }
    }

    private static Receipt receipt(long id, long amountInCents, String currency) {
        return new Receipt("charge-" + id, amountInCents, currency);
    }
}
