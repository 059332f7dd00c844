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
import io.onceguard.RecordedFailureException;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The short form, which opens, commits and repeats transactions by itself. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JdbcTransactionsTest {

    private static final Fingerprint INPUT = Fingerprint.of("input");
    private static final IdempotencyKey KEY = IdempotencyKey.of("tenant", "order");

    private final List<Integer> pauses = new ArrayList<>();
    private HikariDataSource pool;
    private String table;
    private String ledger;

    private void on(TestDatabase database, Session session, int connections) {
        pool = TestDatabase.pool(database.newUrl(), connections, session);
        onPool();
    }

    private void onPool() {
        table = TestDatabase.newTable(pool);
        ledger = table + "_ledger";
        TestDatabase.execute(pool, "CREATE TABLE " + ledger + " (charge VARCHAR(100))");
    }

    private void on(TestDatabase database) {
        on(database, Session.DEFAULT, 3);
    }

    @AfterEach
    void close() {
        if (pool != null) {
            assertThat(pool.getHikariPoolMXBean().getActiveConnections())
                    .as("borrowed")
                    .isZero();
            pool.close();
        }
    }

    private JdbcTransactions<String> charges(DataSource dataSource) {
        JdbcIdempotencyStore store = Requests.builder(dataSource, table).build();
        return store.transactions(operation(store).build(), pauses::add);
    }

    private static IdempotencyExecutorBuilder<String> operation(JdbcIdempotencyStore store) {
        return IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store);
    }

    private String insert(Connection connection, String what) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + ledger + " VALUES (?)")) {
            statement.setString(1, what);
            statement.executeUpdate();
        }
        return what;
    }

    private String charged() {
        return TestDatabase.query(pool, "SELECT COUNT(*) FROM " + ledger);
    }

    private static void assertExecuted(Outcome<String> outcome) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Executed.class,
                        executed -> assertThat(executed.recording()).isEqualTo(Recording.IN_TRANSACTION));
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
        "MYSQL_DRIVER, true"
    })
    void D06_workAndRecordAreCommittedAndTheConnectionIsGivenBackAsItWas(TestDatabase database, boolean autoCommit)
            throws SQLException {
        on(database, new Session(autoCommit, "TRANSACTION_READ_COMMITTED", "UTC"), 1);
        JdbcTransactions<String> charges = charges(pool);

        assertExecuted(charges.execute(KEY, INPUT, connection -> insert(connection, "first")));

        Outcome<String> again =
                charges.execute(IdempotentCall.of(KEY, INPUT), connection -> insert(connection, "second"));
        assertThat(again).isInstanceOf(Replayed.class);
        assertThat(again.orElseThrow()).isEqualTo("first");
        try (Connection connection = pool.getConnection()) {
            assertThat(connection.getAutoCommit()).isEqualTo(autoCommit);
        }
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G_aMarkerKeepsNoResult(TestDatabase database) throws SQLException {
        on(database);
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();
        JdbcTransactions<Void> inbox =
                store.transactions(IdempotencyExecutor.atLeastOnce("inbox", ResultCodec.<Void>none(), store)
                        .build());

        Outcome<Void> first = inbox.run(KEY, Fingerprint.none(), connection -> {
            insert(connection, "handled");
        });
        Outcome<Void> second = inbox.run(KEY, Fingerprint.none(), connection -> {
            insert(connection, "handled");
        });

        assertThat(first).isInstanceOf(Executed.class);
        assertThat(second).isInstanceOf(Replayed.class);
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D07_failedWorkIsUndoneAndItsAttemptCounted(TestDatabase database) throws SQLException {
        on(database);
        JdbcTransactions<String> charges = charges(pool);
        IllegalStateException failure = new IllegalStateException("declined");

        assertThatThrownBy(() -> charges.execute(KEY, INPUT, connection -> {
                    insert(connection, "undone");
                    throw failure;
                }))
                .isSameAs(failure)
                .hasNoSuppressedExceptions();

        assertThat(charged()).isEqualTo("0");
        assertExecuted(charges.execute(KEY, INPUT, connection -> insert(connection, "again")));
        assertThat(TestDatabase.query(pool, "SELECT number FROM " + table)).isEqualTo("2");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D07_aFailureThatIsToBeRecordedIsCommittedWithoutItsWork(TestDatabase database) throws SQLException {
        on(database);
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();
        JdbcTransactions<String> charges = store.transactions(operation(store)
                .onFailure(IllegalStateException.class, FailurePolicy.RECORD)
                .build());
        for (int i = 0; i < 2; i++) {
            Class<?> expected = i == 0 ? IllegalStateException.class : RecordedFailureException.class;
            assertThatThrownBy(() -> charges.execute(KEY, INPUT, connection -> {
                        insert(connection, "undone");
                        throw new IllegalStateException("declined");
                    }))
                    .isInstanceOf(expected);
        }
        assertThat(charged()).isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D08_aConflictInTheWorkRunsAllOfItAgain(TestDatabase database) throws SQLException {
        on(database);
        AtomicInteger runs = new AtomicInteger();

        Outcome<String> outcome = charges(pool).execute(KEY, INPUT, connection -> {
            insert(connection, "charge");
            if (runs.incrementAndGet() < 3) {
                throw new IllegalStateException("wrapped", new SQLException("serialization failure", "40001"));
            }
            return "third run";
        });

        assertExecuted(outcome);
        assertThat(runs).hasValue(3);
        assertThat(charged()).isEqualTo("1");
        assertThat(TestDatabase.query(pool, "SELECT number FROM " + table)).isEqualTo("1");
    }

    @Test
    void D08_pausesBetweenRunsAreBounded() throws InterruptedException {
        Pauses.RANDOM.after(1); // at most 8 ms
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Pauses.RANDOM.after(Integer.MAX_VALUE)).isInstanceOf(InterruptedException.class);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D08_anInterruptEndsTheRetries(TestDatabase database) {
        on(database);
        AtomicInteger runs = new AtomicInteger();
        SQLException conflict = new SQLException("serialization failure", "40001");

        assertThatThrownBy(() -> charges(pool).execute(KEY, INPUT, connection -> {
                    runs.incrementAndGet();
                    Thread.currentThread().interrupt();
                    throw conflict;
                }))
                .isSameAs(conflict);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(runs).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D08_aConflictThatNeverEndsReachesTheCallerAfterTenRuns(TestDatabase database) {
        on(database);
        AtomicInteger runs = new AtomicInteger();
        SQLException conflict = new SQLException("serialization failure", "40001");

        assertThatThrownBy(() -> charges(pool).execute(KEY, INPUT, connection -> {
                    runs.incrementAndGet();
                    insert(connection, "charge");
                    throw conflict;
                }))
                .isSameAs(conflict);

        assertThat(runs).hasValue(10);
        assertThat(pauses).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(charged()).isEqualTo("0");
    }

    /** Fails commits: the first ones, before or after they are carried out. */
    private static final class FailingCommits implements Interceptor {
        private final AtomicInteger left;
        private final boolean applied;
        private final String state;

        FailingCommits(int failures, boolean applied, String state) {
            this.left = new AtomicInteger(failures);
            this.applied = applied;
            this.state = state;
        }

        private void fail() throws SQLException {
            if (left.getAndDecrement() > 0) {
                throw new SQLException("commit fails", state);
            }
        }

        @Override
        public void beforeCommit() throws SQLException {
            if (!applied) {
                fail();
            }
        }

        @Override
        public void afterCommit() throws SQLException {
            if (applied) {
                fail();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "H2_MEMORY, true, 08006, 1",
        "H2_MEMORY, false, 08006, 2",
        "H2_FILE, true, 08006, 1",
        "H2_FILE, false, 40001, 2",
        "POSTGRESQL, true, 08006, 1",
        "POSTGRESQL, false, 08006, 2",
        "POSTGRESQL, false, 40001, 2",
        "MARIADB, true, 08000, 1",
        "MARIADB, false, 08000, 2",
        "MARIADB, false, 40001, 2",
        "MYSQL_DRIVER, true, 08S01, 1",
        "MYSQL_DRIVER, false, 08S01, 2"
    })
    void D06_aCommitOfUnknownFateIsResolvedByAskingAgain(
            TestDatabase database, boolean applied, String state, int expectedRuns) throws SQLException {
        on(database);
        DataSource failing = new FailingCommits(1, applied, state).in(pool);
        AtomicInteger runs = new AtomicInteger();

        Outcome<String> outcome = charges(failing).execute(KEY, INPUT, connection -> {
            runs.incrementAndGet();
            return insert(connection, "charge");
        });

        assertExecuted(outcome);
        assertThat(runs).hasValue(expectedRuns);
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_aCommitThatNobodyCanResolveIsAnAmbiguousFailure(TestDatabase database) {
        on(database);
        DataSource failing = new FailingCommits(Integer.MAX_VALUE, false, "08006").in(pool);

        assertThatThrownBy(() -> charges(failing).execute(KEY, INPUT, connection -> insert(connection, "charge")))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        failure -> assertThat(failure.ambiguous()).isTrue())
                .hasMessageContaining("call again with the same key");
        assertThat(charged()).isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D08_aCommitThatConflictsTenTimesIsTheCallersToRetry(TestDatabase database) {
        on(database);
        DataSource failing = new FailingCommits(Integer.MAX_VALUE, false, "40001").in(pool);

        assertThatThrownBy(() -> charges(failing).execute(KEY, INPUT, connection -> insert(connection, "charge")))
                .isInstanceOf(StoreConflictException.class);
        assertThat(charged()).isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_aCommitWhoseKeyWasGivenBackCannotBeAskedFor(TestDatabase database) {
        on(database);
        DataSource failing = new FailingCommits(1, true, "08006").in(pool);
        JdbcIdempotencyStore store = Requests.builder(failing, table).build();
        JdbcTransactions<String> charges =
                store.transactions(operation(store).recordWhen(value -> false).build());

        assertThatThrownBy(() -> charges.execute(KEY, INPUT, connection -> insert(connection, "charge")))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        failure -> assertThat(failure.ambiguous()).isTrue());
        assertThat(charged()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_workWhoseRecordCannotBeWrittenIsNotCommitted(TestDatabase database) {
        on(database);
        Interceptor full = new Interceptor() {
            @Override
            public void beforeExecute(String sql) throws SQLException {
                if (sql.contains("state = a.state") || sql.contains("state = new_state")) {
                    throw new SQLException("disk full", "53100");
                }
            }
        };
        JdbcTransactions<String> charges = charges(full.in(pool));

        assertThatThrownBy(() -> charges.execute(KEY, INPUT, connection -> insert(connection, "charge")))
                .isInstanceOf(IdempotencyStoreException.class)
                .hasMessageContaining("roll it back");
        assertThat(charged()).isEqualTo("0");
        assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + table)).isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_workThatRollsItsTransactionBackIsNotCommitted(TestDatabase database) {
        on(database);
        AtomicInteger runs = new AtomicInteger();

        assertThatThrownBy(() -> charges(pool).execute(KEY, INPUT, connection -> {
                    runs.incrementAndGet();
                    connection.rollback();
                    return insert(connection, "charge");
                }))
                .isInstanceOf(IdempotencyStoreException.class)
                .hasMessageContaining("roll it back")
                .rootCause()
                .hasMessageContaining("the work ended the transaction");
        assertThat(runs).hasValue(1);
        assertThat(charged()).isEqualTo("0");
    }

    @Test
    void D06_workThatConcealsAFailureOfItsTransactionIsNotCommitted() {
        on(TestDatabase.POSTGRESQL);
        AtomicInteger runs = new AtomicInteger();

        assertThatThrownBy(() -> charges(pool).execute(KEY, INPUT, connection -> {
                    runs.incrementAndGet();
                    insert(connection, "charge");
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("SELECT 1 / 0");
                    } catch (SQLException concealed) {
                        assertThat(concealed.getSQLState()).isEqualTo("22012");
                    }
                    return "receipt";
                }))
                .isInstanceOf(IdempotencyStoreException.class)
                .hasMessageContaining("roll it back");
        assertThat(runs).hasValue(1);
        assertThat(charged()).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource({"23503, FOREIGN KEY (charge) REFERENCES %s", "23505, UNIQUE (charge)"})
    void D06_aConstraintThatIsCheckedAtTheCommitIsTheCommitsFailure(String state, String constraint) {
        on(TestDatabase.POSTGRESQL);
        String account = table + "_account";
        TestDatabase.execute(pool, "CREATE TABLE " + account + " (name VARCHAR(100) PRIMARY KEY)");
        TestDatabase.execute(
                pool,
                "ALTER TABLE " + ledger + " ADD " + constraint.formatted(account) + " DEFERRABLE INITIALLY DEFERRED");
        AtomicInteger runs = new AtomicInteger();

        assertThatThrownBy(() -> charges(pool).execute(KEY, INPUT, connection -> {
                    runs.incrementAndGet();
                    insert(connection, "charge");
                    return insert(connection, "charge");
                }))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        failure -> assertThat(failure.ambiguous()).isFalse())
                .hasMessage("the commit failed with SQLState " + state + ", nothing was applied");
        assertThat(runs).hasValue(1);
        assertThat(charged()).isEqualTo("0");
        assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + table)).isEqualTo("0");
    }

    /** The statement that commits is one piece of two for the driver, whichever way it sends it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "autosave=always",
                "autosave=conservative",
                "preferQueryMode=simple",
                "preferQueryMode=extendedForPrepared",
                "preferQueryMode=extendedCacheEverything",
                "prepareThreshold=-1",
                "defaultRowFetchSize=1"
            })
    void D06_aResultIsCommittedWithItsWorkWhateverTheDriversOptions(String options) throws SQLException {
        pool = TestDatabase.pool(TestDatabase.POSTGRESQL.newUrl() + "&" + options, 3, Session.DEFAULT);
        onPool();
        JdbcTransactions<String> charges = charges(pool);
        int calls = 12; // the driver prepares a statement at the fifth call

        for (int i = 0; i < calls; i++) {
            IdempotencyKey key = IdempotencyKey.of("tenant", "order-" + i);
            String receipt = "receipt " + i;
            assertExecuted(charges.execute(key, INPUT, connection -> insert(connection, receipt)));
            assertThat(charges.execute(key, INPUT, connection -> "never").orElseThrow())
                    .isEqualTo(receipt);
            IdempotencyKey broken = IdempotencyKey.of("tenant", "broken-" + i);
            assertThatThrownBy(() -> charges.execute(broken, INPUT, connection -> {
                        connection.rollback();
                        return insert(connection, "without a record");
                    }))
                    .isInstanceOf(IdempotencyStoreException.class);
        }

        assertThat(charged()).isEqualTo(Integer.toString(calls));
    }

    /** Beside those of its work. */
    @Test
    void D06_aTransactionTakesTwoRoundTripsOnPostgresql() throws SQLException {
        on(TestDatabase.POSTGRESQL);
        List<String> sent = new ArrayList<>();
        Interceptor recording = new Interceptor() {
            @Override
            public void beforeExecute(String sql) {
                sent.add(sql);
            }
        };
        JdbcTransactions<String> charges = charges(recording.in(pool));
        sent.clear();

        assertExecuted(charges.execute(KEY, INPUT, connection -> "receipt"));

        assertThat(sent)
                .satisfiesExactly(
                        acquire -> assertThat(acquire).contains("INSERT INTO", "SAVEPOINT"),
                        finish -> assertThat(finish).contains("UPDATE").endsWith(";COMMIT"));
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D06_withoutAConnectionNothingHappens(TestDatabase database) {
        on(database);
        Interceptor refusing = new Interceptor() {
            private boolean built;

            @Override
            public void beforeConnect() throws SQLException {
                if (built) {
                    throw new SQLException("refused", "08001");
                }
                built = true;
            }
        };
        JdbcTransactions<String> charges = charges(refusing.in(pool));

        assertThatThrownBy(() -> charges.execute(KEY, INPUT, connection -> "never"))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        failure -> assertThat(failure.ambiguous()).isFalse());
    }

    @ParameterizedTest
    @CsvSource({
        "H2_MEMORY, TRANSACTION_READ_COMMITTED", "H2_MEMORY, TRANSACTION_REPEATABLE_READ",
        "H2_MEMORY, TRANSACTION_SERIALIZABLE", "H2_FILE, TRANSACTION_READ_COMMITTED",
        "POSTGRESQL, TRANSACTION_READ_COMMITTED", "POSTGRESQL, TRANSACTION_REPEATABLE_READ",
        "POSTGRESQL, TRANSACTION_SERIALIZABLE", "MARIADB, TRANSACTION_READ_COMMITTED",
        "MARIADB, TRANSACTION_REPEATABLE_READ", "MYSQL_DRIVER, TRANSACTION_SERIALIZABLE"
    })
    void D06_aThousandConcurrentDuplicatesHaveOneEffect(TestDatabase database, String isolation) throws Exception {
        on(database, new Session(true, isolation, "UTC"), 8);
        JdbcIdempotencyStore store = Requests.builder(pool, table)
                .lockTimeout(Duration.ofSeconds(30))
                .build();
        JdbcTransactions<String> charges = store.transactions(operation(store).build());
        AtomicInteger number = new AtomicInteger();
        Callable<Outcome<String>> caller = () ->
                charges.execute(KEY, INPUT, connection -> insert(connection, "charge " + number.incrementAndGet()));

        List<Outcome<String>> outcomes = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            for (Future<Outcome<String>> outcome : threads.invokeAll(Collections.nCopies(1_000, caller))) {
                outcomes.add(outcome.get());
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(outcomes.stream().filter(Executed.class::isInstance)).hasSize(1);
        assertThat(outcomes.stream().filter(InProgress.class::isInstance)).isEmpty();
        assertThat(outcomes.stream().map(Outcome::orElseThrow).distinct()).hasSize(1);
        assertThat(charged()).isEqualTo("1");
    }
}
