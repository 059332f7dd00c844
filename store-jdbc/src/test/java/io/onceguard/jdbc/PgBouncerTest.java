package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Replayed;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import io.onceguard.testservers.PgBouncerServer;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** PostgreSQL behind a PgBouncer that hands each transaction to another session. */
@NeedsPgBouncer
class PgBouncerTest {

    private static final HarnessDatabase BOUNCER = new HarnessDatabase() {
        @Override
        public String newUrl() {
            return PgBouncerServer.sharedUrl();
        }

        @Override
        public void createTable(DataSource dataSource, String table) {
            JdbcSchema.createIfAbsent(dataSource, table);
        }

        @Override
        public String toString() {
            return "PgBouncer";
        }
    };

    @Nested
    class ContractWithAutoCommit extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(BOUNCER, Session.DEFAULT);
        }
    }

    @Nested
    class ContractWithoutAutoCommit extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(BOUNCER, new Session(false, "TRANSACTION_READ_COMMITTED", "UTC"));
        }
    }

    /** Twice as many connections as the PgBouncer has to the server. */
    @Test
    void D09_aRaceForNewKeysAndForAbandonedOnes() throws Exception {
        int keys = Boolean.getBoolean(StoreHarness.SOAK_PROPERTY) ? 2_000 : 500;
        try (HikariDataSource pool = TestDatabase.pool(BOUNCER.newUrl(), Race.RACERS, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            List<RecordId> ids = Race.newIds(keys);

            List<AtomicInteger> winners = new Race().run(store, ids, Requests::request);

            Race.assertEachCompletedOnce(store, ids, winners, 1);
            List<RecordId> abandoned = Race.newIds(keys / 4);
            store.acquireAll(abandoned.stream()
                    .map(id -> Requests.request(id, Duration.ofMillis(1)))
                    .toList());
            TestDatabase.execute(pool, "UPDATE " + table + " SET lease_end = 0 WHERE state = 1");

            List<AtomicInteger> successors = new Race().run(store, abandoned, Requests::takeover);

            Race.assertEachCompletedOnce(store, abandoned, successors, 2);
        }
    }

    @Test
    void D09_workAndRecordInOneTransaction() throws SQLException {
        try (HikariDataSource pool = TestDatabase.pool(BOUNCER.newUrl(), 4, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            TestDatabase.execute(pool, "CREATE TABLE " + table + "_ledger (charge VARCHAR(10))");
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            JdbcTransactions<String> charges =
                    store.transactions(IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                            .build());
            for (int i = 0; i < 2; i++) {
                var outcome = charges.execute(IdempotencyKey.of("t", "k"), Fingerprint.none(), connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("INSERT INTO " + table + "_ledger VALUES ('10.00')");
                    }
                    return "receipt";
                });
                assertThat(outcome).isInstanceOf(i == 0 ? Executed.class : Replayed.class);
            }
            assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + table + "_ledger"))
                    .isEqualTo("1");
        }
    }
}
