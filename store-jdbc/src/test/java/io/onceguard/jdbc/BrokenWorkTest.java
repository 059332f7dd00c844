package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The work shares the pool with the store, and does to its own connection what it likes. */
class BrokenWorkTest {

    private static final Fingerprint INPUT = Fingerprint.of("input");

    private static IdempotencyExecutor<String> charges(JdbcIdempotencyStore store) {
        return IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                .build();
    }

    private static void assertRecorded(
            IdempotencyExecutor<String> charges, IdempotencyKey key, Outcome<String> outcome) {
        assertThat(outcome).isInstanceOf(Executed.class);
        assertThat(((Executed<String>) outcome).recording()).isEqualTo(Recording.RECORDED);
        assertThat(charges.execute(key, INPUT, () -> "again")).isInstanceOf(Replayed.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void D03_workThatAbortsItsTransaction(boolean autoCommit) {
        Session session = new Session(autoCommit, "TRANSACTION_REPEATABLE_READ", "UTC");
        try (HikariDataSource pool = TestDatabase.pool(TestDatabase.POSTGRESQL.newUrl(), 2, session)) {
            IdempotencyExecutor<String> charges =
                    charges(Requests.builder(pool, TestDatabase.newTable(pool)).build());
            IdempotencyKey key = IdempotencyKey.of("t", "aborted");

            Outcome<String> outcome = charges.execute(key, INPUT, () -> {
                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement()) {
                    connection.setAutoCommit(false);
                    statement.execute("SELECT 1/0");
                } catch (SQLException expected) {
                    assertThat(expected.getSQLState()).isEqualTo("22012");
                }
                return "receipt";
            });

            assertRecorded(charges, key, outcome);
        }
    }

    @Test
    void D03_workThatBreaksItsConnection() {
        try (HikariDataSource pool = TestDatabase.pool(TestDatabase.POSTGRESQL.newUrl(), 2, Session.DEFAULT)) {
            IdempotencyExecutor<String> charges =
                    charges(Requests.builder(pool, TestDatabase.newTable(pool)).build());
            IdempotencyKey key = IdempotencyKey.of("t", "broken");

            Outcome<String> outcome = charges.execute(key, INPUT, () -> {
                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute("SELECT pg_terminate_backend(pg_backend_pid())");
                } catch (SQLException expected) {
                    assertThat(expected.getSQLState()).isEqualTo("57P01");
                }
                return "receipt";
            });

            assertRecorded(charges, key, outcome);
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D04_connectionsAreGivenBackAsTheyWere(TestDatabase database) throws Exception {
        Session session = new Session(false, "TRANSACTION_REPEATABLE_READ", "Asia/Kathmandu");
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 1, session)) {
            IdempotencyExecutor<String> charges =
                    charges(Requests.builder(pool, TestDatabase.newTable(pool)).build());
            List<String> seen = new ArrayList<>();
            IdempotencyKey key = IdempotencyKey.of("t", "k");
            Outcome<String> outcome = charges.execute(key, INPUT, () -> {
                try (Connection connection = pool.getConnection()) {
                    seen.add(connection.getAutoCommit() + " " + connection.getTransactionIsolation());
                }
                return "receipt";
            });
            assertRecorded(charges, key, outcome);
            assertThat(seen).containsExactly("false " + Connection.TRANSACTION_REPEATABLE_READ);
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B18_twoHundredWorksAtOnceHoldNoConnection(TestDatabase database) throws Exception {
        int threads = 200;
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 10, Session.DEFAULT)) {
            IdempotencyExecutor<String> charges =
                    charges(Requests.builder(pool, TestDatabase.newTable(pool)).build());
            CyclicBarrier working = new CyclicBarrier(threads);
            List<Future<Outcome<String>>> outcomes = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                IdempotencyKey key = IdempotencyKey.of("t", "slow-" + i);
                // no work ends before all have begun: a connection kept by one would be missing to another
                outcomes.add(callers.submit(() -> charges.execute(key, INPUT, () -> {
                    working.await(60, TimeUnit.SECONDS);
                    return "receipt";
                })));
            }
            for (Future<Outcome<String>> outcome : outcomes) {
                assertThat(((Executed<String>) outcome.get()).recording()).isEqualTo(Recording.RECORDED);
            }
        } finally {
            callers.shutdownNow();
        }
    }
}
