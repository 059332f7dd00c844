package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.FailurePolicy;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.IdempotentCall;
import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.RecordedFailureException;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.TransactionConflictException;
import io.onceguard.WaitPolicy;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.TransactionBoundStore;
import io.onceguard.testservers.MariaDbServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Records inside the caller's own transaction. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SameTransactionTest {

    private static final Fingerprint INPUT = Fingerprint.of("input");
    private static final IdempotencyKey KEY = IdempotencyKey.of("tenant", "order");
    private static final Duration SHORT = Duration.ofMillis(50);

    private final List<AutoCloseable> open = new ArrayList<>();

    private HikariDataSource pool;
    private String table;
    private String ledger;
    private JdbcIdempotencyStore store;
    private IdempotencyExecutor<String> charges;

    private void on(TestDatabase database, int isolation) {
        Session session = new Session(false, isolationName(isolation), "UTC");
        pool = TestDatabase.pool(database.newUrl(), 4, session);
        prepare();
    }

    private void prepare() {
        open.add(pool);
        table = TestDatabase.newTable(pool);
        ledger = table + "_ledger";
        TestDatabase.execute(pool, "CREATE TABLE " + ledger + " (charge VARCHAR(100))");
        store = Requests.builder(pool, table).lockTimeout(SHORT).build();
        charges = builder().build();
    }

    private static String isolationName(int isolation) {
        return switch (isolation) {
            case Connection.TRANSACTION_READ_COMMITTED -> "TRANSACTION_READ_COMMITTED";
            case Connection.TRANSACTION_REPEATABLE_READ -> "TRANSACTION_REPEATABLE_READ";
            default -> "TRANSACTION_SERIALIZABLE";
        };
    }

    private void on(TestDatabase database) {
        on(database, Connection.TRANSACTION_READ_COMMITTED);
    }

    private IdempotencyExecutorBuilder<String> builder() {
        return IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
    }

    private Outcome<String> charge(Connection connection, String what) throws SQLException {
        return charge(charges, connection, KEY, what);
    }

    private Outcome<String> charge(
            IdempotencyExecutor<String> executor, Connection connection, IdempotencyKey key, String what)
            throws SQLException {
        return executor.using(store.boundTo(connection)).execute(key, INPUT, () -> {
            insert(connection, what);
            return what;
        });
    }

    private void insert(Connection connection, String what) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + ledger + " VALUES (?)")) {
            statement.setString(1, what);
            statement.executeUpdate();
        }
    }

    /** What is committed. */
    private String charged() {
        return TestDatabase.query(pool, "SELECT COUNT(*) FROM " + ledger);
    }

    private static void assertCommitted(Outcome<String> outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Executed.class,
                        executed -> assertThat(executed.recording()).isEqualTo(Recording.IN_TRANSACTION));
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_commitKeepsWorkAndRecord(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            assertCommitted(charge(connection, "first"));
            connection.commit();
            assertThat(charge(connection, "second")).isInstanceOf(Replayed.class);
            connection.commit();
        }
        assertThat(charged()).isEqualTo("1");
        assertThat(charges.execute(KEY, INPUT, () -> "third").orElseThrow()).isEqualTo("first");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_rollbackKeepsNeither(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            assertCommitted(charge(connection, "first"));
            connection.rollback();
            assertThat(charges.find(KEY)).isEmpty();
            assertThat(charged()).isEqualTo("0");
            assertCommitted(charge(connection, "second"));
            connection.commit();
        }
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_aSecondCallInTheTransactionReplaysWhatIsNotYetCommitted(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            assertCommitted(charge(connection, "first"));
            assertThat(charge(connection, "second").orElseThrow()).isEqualTo("first");
            assertThat(charges.using(store.boundTo(connection)).execute(KEY, Fingerprint.of("other"), () -> "x"))
                    .isInstanceOf(Outcome.FingerprintMismatch.class);
            connection.commit();
        }
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_autocommitIsRefused(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(true);
            assertThatThrownBy(() -> store.boundTo(connection))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("autocommit must be off");
            connection.setAutoCommit(false);
            TransactionBoundStore bound = store.boundTo(connection);
            connection.setAutoCommit(true);
            assertThatThrownBy(() -> bound.acquire(Requests.request(Requests.newId())))
                    .hasMessageContaining("autocommit must be off");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "H2_MEMORY, SELECT LOCK_TIMEOUT(), SET LOCK_TIMEOUT 12345",
        "POSTGRESQL, SHOW lock_timeout, SET lock_timeout = 12345",
        "MARIADB, SELECT @@max_statement_time, SET max_statement_time = 12.345",
        "MYSQL_DRIVER, SELECT @@innodb_lock_wait_timeout, SET innodb_lock_wait_timeout = 12"
    })
    void D06_nothingOfTheSessionIsChanged(TestDatabase database, String show, String set) throws SQLException {
        on(database, Connection.TRANSACTION_REPEATABLE_READ);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(set);
            connection.commit();
            String before = show(statement, show);

            charge(connection, "first");

            assertThat(show(statement, show)).isEqualTo(before);
            assertThat(connection.getAutoCommit()).isFalse();
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
            connection.commit();
            assertThat(show(statement, show)).isEqualTo(before).contains("12");
        }
    }

    private static String show(Statement statement, String sql) throws SQLException {
        try (var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D07_failedWorkIsUndoneAndTheTransactionGoesOn(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            insert(connection, "before");
            assertThatThrownBy(() -> charges.using(store.boundTo(connection)).execute(KEY, INPUT, () -> {
                        insert(connection, "undone");
                        return breakTransaction(connection);
                    }))
                    .isInstanceOf(SQLException.class);
            insert(connection, "after");
            connection.commit();

            assertThat(charged()).isEqualTo("2");
            assertThat(charges.find(KEY))
                    .hasValueSatisfying(record -> assertThat(record.state()).isEqualTo(RecordState.RELEASED));
            assertCommitted(charge(connection, "again"));
            connection.commit();
        }
        assertThat(charges.find(KEY))
                .hasValueSatisfying(record -> assertThat(record.number()).isEqualTo(2));
        assertThat(charged()).isEqualTo("3");
    }

    private static String breakTransaction(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT * FROM nowhere");
            return "never";
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D07_aRecordedFailureIsKeptAndItsWorkUndone(TestDatabase database) throws SQLException {
        on(database);
        charges = builder()
                .onFailure(IllegalStateException.class, FailurePolicy.RECORD)
                .build();
        try (Connection connection = pool.getConnection()) {
            assertThatThrownBy(() -> charges.using(store.boundTo(connection)).execute(KEY, INPUT, () -> {
                        insert(connection, "undone");
                        throw new IllegalStateException("declined");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            connection.commit();
        }
        assertThat(charged()).isEqualTo("0");
        assertThatThrownBy(() -> charges.execute(KEY, INPUT, () -> "again"))
                .isInstanceOf(RecordedFailureException.class);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D08_aDuplicateWaitsForTheLockTimeoutThenIsInProgressAndItsTransactionGoesOn(TestDatabase database)
            throws SQLException {
        on(database);
        try (Connection first = pool.getConnection();
                Connection second = pool.getConnection()) {
            assertCommitted(charge(first, "first"));
            insert(second, "of the second");

            Outcome<String> outcome = charge(second, "second");

            assertThat(outcome).isInstanceOf(InProgress.class);
            insert(second, "of the second");
            second.commit();
            first.commit();
            assertThat(charge(second, "third")).isInstanceOf(Replayed.class);
            second.commit();
        }
        assertThat(charged()).isEqualTo("3");
    }

    @ParameterizedTest
    @CsvSource({
        "H2_MEMORY, true",
        "H2_MEMORY, false",
        "H2_FILE, true",
        "H2_FILE, false",
        "POSTGRESQL, true",
        "POSTGRESQL, false",
        "MARIADB, true",
        "MARIADB, false",
        "MYSQL_DRIVER, true",
        "MYSQL_DRIVER, false"
    })
    void D08_aWaitingDuplicateLearnsHowTheFirstTransactionEnded(TestDatabase database, boolean commits)
            throws Exception {
        on(database);
        store = Requests.builder(pool, table)
                .lockTimeout(Duration.ofSeconds(40))
                .build();
        charges = builder().build();
        CountDownLatch asks = new CountDownLatch(1);
        try (Connection first = pool.getConnection();
                Connection second = pool.getConnection()) {
            assertCommitted(charge(first, "first"));
            CompletableFuture<Outcome<String>> waiting = CompletableFuture.supplyAsync(() -> {
                asks.countDown();
                try {
                    Outcome<String> outcome = charge(second, "second");
                    second.commit();
                    return outcome;
                } catch (SQLException failure) {
                    throw new AssertionError(failure);
                }
            });
            asks.await(); // whether it already waits or is about to: the answer has to be the same
            if (commits) {
                first.commit();
                assertThat(waiting.get(60, TimeUnit.SECONDS)).isInstanceOf(Replayed.class);
            } else {
                first.rollback();
                assertCommitted(waiting.get(60, TimeUnit.SECONDS));
            }
        }
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource({
        "H2_MEMORY, 4",
        "H2_MEMORY, 8",
        "H2_FILE, 8",
        "POSTGRESQL, 4",
        "POSTGRESQL, 8",
    })
    void D08_aSnapshotThatIsTooOldIsARetryableError(TestDatabase database, int isolation) throws SQLException {
        on(database, isolation);
        try (Connection first = pool.getConnection();
                Connection second = pool.getConnection();
                Statement statement = second.createStatement()) {
            show(statement, "SELECT COUNT(*) FROM " + table); // here its snapshot is taken
            assertCommitted(charge(first, "first"));
            first.commit();

            assertThatThrownBy(() -> charge(second, "second"))
                    .isInstanceOf(TransactionConflictException.class)
                    .hasCauseInstanceOf(StoreConflictException.class)
                    .hasMessageContaining("run the whole transaction again");

            second.rollback();
            assertThat(charge(second, "second")).isInstanceOf(Replayed.class);
            second.commit();
        }
        assertThat(charged()).isEqualTo("1");
    }

    /** The first statement takes the snapshot; the row that the other transaction wrote since is no longer to be read. */
    @ParameterizedTest
    @CsvSource({"MARIADB, true", "MARIADB, false", "MYSQL_DRIVER, true", "MYSQL_DRIVER, false"})
    void D08_anOldSnapshotOfMariaDbIsARetryableErrorUnderSnapshotIsolationAndElseAReplay(
            TestDatabase database, boolean snapshotIsolation) throws SQLException {
        on(database, Connection.TRANSACTION_REPEATABLE_READ);
        try (Connection first = pool.getConnection();
                Connection second = pool.getConnection();
                Statement statement = second.createStatement()) {
            statement.execute("SET innodb_snapshot_isolation = " + (snapshotIsolation ? "ON" : "OFF"));
            show(statement, "SELECT COUNT(*) FROM " + table);
            assertCommitted(charge(first, "first"));
            first.commit();
            insert(second, "of the second");

            if (snapshotIsolation) {
                assertThatThrownBy(() -> charge(second, "second"))
                        .isInstanceOf(TransactionConflictException.class)
                        .hasCauseInstanceOf(StoreConflictException.class)
                        .hasRootCauseInstanceOf(SQLException.class)
                        .rootCause()
                        .satisfies(cause -> assertThat(((SQLException) cause).getErrorCode())
                                .isEqualTo(1020));
                second.rollback();
            }
            assertThat(charge(second, "second")).isInstanceOf(Replayed.class);
            second.commit();
            statement.execute("SET innodb_snapshot_isolation = DEFAULT");
        }
        assertThat(charged()).isEqualTo(snapshotIsolation ? "1" : "2");
    }

    /** Under this setting a wait that was too long costs the whole transaction: nobody may be told that it goes on. */
    @Test
    void D08_aWaitThatRolledTheWholeTransactionBackIsARetryableError() throws SQLException {
        try (MariaDbServer server = MariaDbServer.start("--innodb-rollback-on-timeout=ON")) {
            pool = TestDatabase.pool(server.url(), 4, new Session(false, "TRANSACTION_READ_COMMITTED", "UTC"));
            prepare();
            try (Connection first = pool.getConnection();
                    Connection second = pool.getConnection();
                    Statement statement = second.createStatement()) {
                statement.execute("SET innodb_lock_wait_timeout = 0");
                assertCommitted(charge(first, "first"));
                insert(second, "of the second");

                assertThatThrownBy(() -> charge(second, "second"))
                        .isInstanceOf(TransactionConflictException.class)
                        .hasMessageContaining("run the whole transaction again");

                second.rollback();
                first.commit();
            }
            assertThat(charged()).isEqualTo("1");
            pool.close();
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D10_oneTransactionHasATokenTwiceAndItGrowsWithTheClock(TestDatabase database) throws SQLException {
        on(database);
        List<Long> tokens = new ArrayList<>();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            String now = database.isMariaDb()
                    ? "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
                    : "SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)";
            String before = show(statement, now);
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(20)) {
                Thread.onSpinWait();
            }
            if (!database.isMariaDb()) {
                assertThat(show(statement, now)).as("frozen").isEqualTo(before);
            }
            for (int i = 0; i < 2; i++) {
                Outcome<String> outcome = charges.using(store.boundTo(connection))
                        .execute(KEY, INPUT, attempt -> {
                            tokens.add(attempt.fencingToken());
                            attempt.doNotRecord();
                            assertThat(attempt.leaseHeld()).isTrue();
                            return "not kept";
                        });
                assertThat(((Executed<String>) outcome).recording()).isEqualTo(Recording.NOT_RECORDED);
            }
            assertThat(tokens.get(0)).isGreaterThan(Long.parseLong(before) + 15_000);
            connection.commit();
        }
        assertThat(tokens.get(1)).isGreaterThan(tokens.get(0));
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D07_workThatRolledBackByItselfIsNotTakenForDone(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            assertThatThrownBy(() -> charges.using(store.boundTo(connection)).execute(KEY, INPUT, () -> {
                        insert(connection, "gone");
                        connection.rollback();
                        return "gone";
                    }))
                    .isInstanceOf(IdempotencyStoreException.class)
                    .hasMessageContaining("roll it back");
            connection.rollback();
        }
        assertThat(charges.find(KEY)).isEmpty();
        assertThat(charged()).isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource(value = TestDatabase.class, names = "POSTGRESQL")
    void D07_workThatHidesABrokenTransactionIsNotTakenForDone(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            assertThatThrownBy(() -> charges.using(store.boundTo(connection)).execute(KEY, INPUT, () -> {
                        try {
                            return breakTransaction(connection);
                        } catch (SQLException hidden) {
                            return "all is well";
                        }
                    }))
                    .isInstanceOf(IdempotencyStoreException.class);
            connection.rollback();
        }
        assertThat(charges.find(KEY)).isEmpty();
    }

    /** PostgreSQL finds the deadlock after a second, MariaDB at once; H2 finds none here, and the wait for the lock ends it. */
    @ParameterizedTest
    @CsvSource({"H2_MEMORY, 300", "H2_FILE, 300", "POSTGRESQL, 40000", "MARIADB, 40000", "MYSQL_DRIVER, 40000"})
    void D08_twoKeysInOppositeOrder(TestDatabase database, long lockTimeoutMillis) throws Exception {
        on(database);
        store = Requests.builder(pool, table)
                .lockTimeout(Duration.ofMillis(lockTimeoutMillis))
                .build();
        IdempotencyExecutor<String> executor = builder().build();
        IdempotencyKey a = IdempotencyKey.of("tenant", "a");
        IdempotencyKey b = IdempotencyKey.of("tenant", "b");
        try (Connection first = pool.getConnection();
                Connection second = pool.getConnection()) {
            assertCommitted(charge(executor, first, a, "a"));
            assertCommitted(charge(executor, second, b, "b"));
            CompletableFuture<Boolean> other = CompletableFuture.supplyAsync(() -> wins(executor, second, a));

            boolean won = wins(executor, first, b);

            assertThat(List.of(won, other.get(60, TimeUnit.SECONDS)))
                    .as("one is told to retry")
                    .contains(false);
            for (IdempotencyKey key : List.of(a, b)) {
                assertThat(charge(executor, first, key, "at last").hasValue()).isTrue();
            }
            first.commit();
        }
        assertThat(charged()).isEqualTo("2");
    }

    /** Charges the second key and commits; false if it was told to run the transaction again, or to come back. */
    private boolean wins(IdempotencyExecutor<String> executor, Connection connection, IdempotencyKey key) {
        try {
            try {
                boolean charged =
                        charge(executor, connection, key, "second key").hasValue();
                if (charged) {
                    connection.commit();
                } else {
                    connection.rollback();
                }
                return charged;
            } catch (TransactionConflictException conflict) {
                connection.rollback();
                return false;
            }
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TestDatabase.class,
            names = {"H2_MEMORY", "POSTGRESQL", "MARIADB", "MYSQL_DRIVER"})
    void whatALeasedAttemptLeftBehindIsJudgedAsElsewhere(TestDatabase database) throws SQLException {
        on(database);
        RecordId id = new RecordId("charge", "tenant", "order");
        Requests.acquire(store, id);
        String died = "UPDATE " + table + " SET lease_end = 1";
        try (Connection connection = pool.getConnection()) {
            IdempotencyExecutor<String> inTransaction = charges.using(store.boundTo(connection));
            assertThat(inTransaction.execute(KEY, Fingerprint.none(), () -> "x"))
                    .isInstanceOf(InProgress.class);
            connection.commit();
            TestDatabase.execute(pool, died);
            assertThat(inTransaction.execute(KEY, Fingerprint.none(), () -> "x"))
                    .isInstanceOf(Unresolved.class);
            assertThat(inTransaction.resolve(KEY, "resolved")).isTrue();
            assertThat(inTransaction.execute(KEY, Fingerprint.none(), () -> "x").orElseThrow())
                    .isEqualTo("resolved");
            connection.rollback();

            charges = IdempotencyExecutor.atLeastOnce("charge", ResultCodec.utf8(), store)
                    .build();
            assertThat(charges.using(store.boundTo(connection))
                            .execute(KEY, Fingerprint.none(), attempt -> {
                                assertThat(attempt.number()).isEqualTo(2);
                                return "taken over";
                            })
                            .orElseThrow())
                    .isEqualTo("taken over");
            assertThat(charges.using(store.boundTo(connection)).forget(KEY)).isTrue();
            connection.commit();
        }
        assertThat(charges.find(KEY)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = TestDatabase.class, names = "H2_MEMORY")
    void optionsThatMakeNoSenseInATransactionAreRefused(TestDatabase database) throws SQLException {
        on(database);
        try (Connection connection = pool.getConnection()) {
            TransactionBoundStore bound = store.boundTo(connection);
            WaitPolicy waits = WaitPolicy.upTo(Duration.ofSeconds(1));
            assertThatThrownBy(() -> builder().waiting(waits).build().using(bound))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("waiting");
            assertThatThrownBy(() -> store.transactions(builder().waiting(waits).build()))
                    .as("before the first call")
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("waiting");
            assertThatThrownBy(() -> builder().failOpen().build().using(bound))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("failOpen");
            assertThatThrownBy(() -> builder()
                            .onFailure(Exception.class, FailurePolicy.HOLD)
                            .build()
                            .using(bound))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("HOLD");
            assertThatThrownBy(() -> charges.using(bound)
                            .execute(IdempotentCall.of(KEY, INPUT).waiting(waits), () -> "x"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("lockTimeout");
        }
    }
}
