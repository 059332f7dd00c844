package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.http.CallerIdentity;
import io.onceguard.http.HttpHeaders;
import io.onceguard.http.HttpIdempotency;
import io.onceguard.http.HttpRequestData;
import io.onceguard.http.HttpResponseData;
import io.onceguard.jdbc.TestDatabase.Session;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An endpoint whose responses are recorded in the transaction of their handler. */
class HttpTransactionTest {

    private static final HttpRequestData PAYMENT = new HttpRequestData(
            "POST",
            "/payments",
            HttpHeaders.none().with("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
            "{}".getBytes(StandardCharsets.UTF_8));

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void F08_aResponseIsReplayedOnceItsTransactionIsCommitted(TestDatabase database) throws SQLException {
        Session session = new Session(false, "TRANSACTION_READ_COMMITTED", "UTC");
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, session)) {
            String table = TestDatabase.newTable(pool);
            String ledger = table + "_ledger";
            TestDatabase.execute(pool, "CREATE TABLE " + ledger + " (charge VARCHAR(10))");
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            HttpIdempotency payments = HttpIdempotency.of(
                            IdempotencyExecutor.atMostOnce("payments", HttpResponseData.codec(), store)
                                    .build())
                    .caller(CallerIdentity.none())
                    .documentation(URI.create("https://example.com/docs"))
                    .build();
            try (Connection connection = pool.getConnection()) {
                assertThat(isReplay(pay(payments, store, connection, ledger))).isFalse();
                connection.rollback();
                assertThat(isReplay(pay(payments, store, connection, ledger))).isFalse();
                connection.commit();
                assertThat(isReplay(pay(payments, store, connection, ledger))).isTrue();
                connection.commit();
            }
            assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + ledger))
                    .isEqualTo("1");
        }
    }

    private static HttpResponseData pay(
            HttpIdempotency payments, JdbcIdempotencyStore store, Connection connection, String ledger)
            throws SQLException {
        return payments.using(store.boundTo(connection)).handle(PAYMENT, () -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO " + ledger + " VALUES ('10.00')");
            }
            return new HttpResponseData(201, HttpHeaders.none(), "paid".getBytes(StandardCharsets.UTF_8));
        });
    }

    private static boolean isReplay(HttpResponseData response) {
        assertThat(response.status()).isEqualTo(201);
        return "true".equals(response.headers().first("Idempotent-Replayed"));
    }
}
