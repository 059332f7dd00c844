package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table: created once, by whoever comes first. */
class JdbcSchemaTest {

    private static HikariDataSource pool(TestDatabase database, int connections) {
        return TestDatabase.pool(database.newUrl(), connections, Session.DEFAULT);
    }

    private static void assertWorks(HikariDataSource pool, String table) {
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();
        assertThat(store.acquire(Requests.request(Requests.newId()))).isInstanceOf(Acquired.class);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_manyNodesCreateTheTableAtOnce(TestDatabase database) throws Exception {
        int nodes = 8;
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        try (HikariDataSource pool = pool(database, nodes)) {
            for (int round = 0; round < 10; round++) {
                String table = TestDatabase.newTable();
                CyclicBarrier start = new CyclicBarrier(nodes);
                Callable<Void> node = () -> {
                    start.await();
                    JdbcSchema.createIfAbsent(pool, table);
                    return null;
                };
                List<Future<Void>> all = new ArrayList<>();
                for (int i = 0; i < nodes; i++) {
                    all.add(threads.submit(node));
                }
                for (Future<Void> one : all) {
                    one.get();
                }
                assertWorks(pool, table);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_isRepeatableKeepsRecordsAndLeavesTheConnectionAsItWas(TestDatabase database) throws Exception {
        try (HikariDataSource pool = pool(database, 1)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            var lease = Requests.acquire(store, Requests.newId());

            JdbcSchema.createIfAbsent(pool, table);

            assertThat(store.find(lease.id())).isPresent();
            try (var connection = pool.getConnection()) {
                assertThat(connection.getAutoCommit()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_tableMayLieInAnotherSchema(TestDatabase database) {
        try (HikariDataSource pool = pool(database, 1)) {
            TestDatabase.execute(pool, "CREATE SCHEMA IF NOT EXISTS app");
            String table = "app." + TestDatabase.newTable();
            JdbcSchema.createIfAbsent(pool, table);
            JdbcSchema.createIfAbsent(pool, table);
            assertWorks(pool, table);
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_defaultTableIsFoundByTheDefaultStore(TestDatabase database) {
        try (HikariDataSource pool = pool(database, 1)) {
            JdbcSchema.createIfAbsent(pool);
            JdbcIdempotencyStore store = JdbcIdempotencyStore.builder(pool).build();
            assertThat(store.acquire(Requests.request(Requests.newId()))).isInstanceOf(Acquired.class);
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void H05_tableOfAnotherVersionIsRefused(TestDatabase database) {
        try (HikariDataSource pool = pool(database, 1)) {
            String table = TestDatabase.newTable(pool);
            TestDatabase.execute(
                    pool,
                    database.isMariaDb()
                            ? "ALTER TABLE " + table + " COMMENT = 'onceguard schema 2'"
                            : "COMMENT ON TABLE " + table + " IS 'onceguard schema 2'");
            assertThatThrownBy(() -> JdbcSchema.createIfAbsent(pool, table))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContainingAll(table, "schema 2", "version 1");
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_otherTableOfThatNameIsLeftAlone(TestDatabase database) {
        try (HikariDataSource pool = pool(database, 1)) {
            String table = TestDatabase.newTable();
            TestDatabase.execute(pool, "CREATE TABLE " + table + " (id integer)");
            assertThatThrownBy(() -> JdbcSchema.createIfAbsent(pool, table))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(table);
            TestDatabase.execute(pool, "INSERT INTO " + table + " VALUES (1)");
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_readableColumnsStandBesideTheDigestAndTheKeyCanBeLeftOut(TestDatabase database) {
        try (HikariDataSource pool = pool(database, 1)) {
            String table = TestDatabase.newTable(pool);
            Requests.acquire(Requests.builder(pool, table).build(), Requests.newId());
            assertThat(TestDatabase.query(pool, "SELECT CONCAT(operation, '/', scope, '/', record_key) FROM " + table))
                    .startsWith("charge/tenant/order-");

            String discreet = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store =
                    Requests.builder(pool, discreet).withoutReadableKeys().build();
            var lease = Requests.acquire(store, Requests.newId());
            assertThat(TestDatabase.query(pool, "SELECT record_key FROM " + discreet))
                    .isNull();
            assertThat(store.find(lease.id())).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B15_deletedRecordKeepsNothingOfTheCustomer(TestDatabase database) {
        try (HikariDataSource pool = pool(database, 1)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            var lease = Requests.acquire(store, Requests.newId());
            store.complete(lease, Requests.RESULT, Requests.RETENTION);

            assertThat(store.delete(lease.id(), lease.token())).isTrue();

            assertThat(TestDatabase.query(
                            pool,
                            "SELECT COUNT(*) FROM " + table
                                    + " WHERE scope = '' AND record_key IS NULL AND result IS NULL"
                                    + " AND algorithm = 'none' AND attempt IS NULL AND expiry = 0"))
                    .isEqualTo("1");
        }
    }
}
