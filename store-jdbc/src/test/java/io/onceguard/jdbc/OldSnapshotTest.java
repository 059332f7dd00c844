package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pool lends a connection on which a transaction is open since long, as its own test statement leaves it. */
class OldSnapshotTest {

    @ParameterizedTest
    @CsvSource({
        "H2_MEMORY, TRANSACTION_REPEATABLE_READ",
        "H2_MEMORY, TRANSACTION_SERIALIZABLE",
        "H2_FILE, TRANSACTION_SERIALIZABLE",
        "POSTGRESQL, TRANSACTION_REPEATABLE_READ",
        "POSTGRESQL, TRANSACTION_SERIALIZABLE",
        "MARIADB, TRANSACTION_REPEATABLE_READ",
        "MYSQL_DRIVER, TRANSACTION_REPEATABLE_READ"
    })
    void D03_aTransactionThatThePoolLeftOpenDoesNotHideWhatWasCompletedSince(TestDatabase database, String isolation)
            throws SQLException {
        String url = database.newUrl();
        try (HikariDataSource pool = TestDatabase.pool(url, 2, Session.DEFAULT);
                HikariDataSource old = TestDatabase.pool(url, 1, new Session(false, isolation, "UTC"))) {
            String table = TestDatabase.newTable(pool);
            IdempotencyStore store = Requests.builder(pool, table).build();
            IdempotencyStore reader = Requests.builder(old, table).readFirst().build();
            RecordId id = Requests.newId();
            Lease lease = Requests.acquire(store, id);
            begin(old, table);
            store.complete(lease, Requests.RESULT, Requests.RETENTION);

            assertThat(reader.acquire(Requests.request(id))).isInstanceOf(Completed.class);
        }
    }

    /** Reads on the only connection of the pool, behind its back, so that it does not end the transaction. */
    private static void begin(HikariDataSource pool, String table) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.unwrap(Connection.class).createStatement()) {
            statement.executeQuery("SELECT COUNT(*) FROM " + table).close();
        }
    }
}
