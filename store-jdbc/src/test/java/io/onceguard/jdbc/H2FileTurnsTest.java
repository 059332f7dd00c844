package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.h2.api.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who has the turn, and who waits for what. That a kill leaves whole transactions is shown by {@link ProcessKillTest}. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class H2FileTurnsTest {

    private static final String UPDATE = "UPDATE account SET balance = balance + 1 WHERE id = 1";

    private final HikariDataSource pool = TestDatabase.pool(TestDatabase.H2_FILE.newUrl(), 4, Session.DEFAULT);
    private final DataSource connections = H2File.takingTurns(pool);
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private H2Turn turn;

    @BeforeEach
    void fill() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            turn = H2Turn.of(H2Turn.session(connection));
        }
        TestDatabase.execute(pool, "CREATE TABLE account (id INT PRIMARY KEY, balance INT)");
        TestDatabase.execute(pool, "INSERT INTO account VALUES (1, 0), (2, 0)");
    }

    @AfterEach
    void close() {
        thread.shutdownNow();
        pool.close();
    }

    private Connection begin(int lockTimeoutMillis) throws SQLException {
        Connection connection = connections.getConnection();
        execute(connection, "SET LOCK_TIMEOUT " + lockTimeoutMillis);
        connection.setAutoCommit(false);
        return connection;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String balance() {
        return TestDatabase.query(pool, "SELECT balance FROM account WHERE id = 1");
    }

    /** Begins a statement that meets the locked row, and comes back when it waits, without the turn. */
    private <T> Future<T> waiting(Callable<T> statement) throws Exception {
        Future<T> answer = thread.submit(statement);
        while (!turn.isWaitedIn()) {
            Thread.onSpinWait();
        }
        return answer;
    }

    @Test
    void aStatementThatMeetsALockedRowLetsTheOwnerGoOnAndThenSucceeds() throws Exception {
        try (Connection owner = begin(1_000);
                Connection other = begin(60_000)) {
            execute(owner, UPDATE);
            Future<Integer> update = waiting(() -> {
                try (PreparedStatement statement = other.prepareStatement(UPDATE)) {
                    return statement.executeUpdate();
                }
            });

            execute(owner, "UPDATE account SET balance = 10 WHERE id = 2");
            owner.commit();

            assertThat(update.get()).isEqualTo(1);
            other.commit();
            assertThat(balance()).isEqualTo("2");
        }
    }

    /** H2 itself would ask for the row without an end, and never let the owner commit. */
    @Test
    void anOwnerThatUndidAPartOfItsTransactionCanStillEndIt() throws Exception {
        try (Connection owner = begin(1_000);
                Connection other = begin(60_000)) {
            execute(owner, "UPDATE account SET balance = 10 WHERE id = 2");
            Savepoint savepoint = owner.setSavepoint();
            execute(owner, "UPDATE account SET balance = 20 WHERE id = 2");
            assertThat(H2Turn.hasUndone(H2Turn.session(owner))).isFalse();
            owner.rollback(savepoint);
            assertThat(H2Turn.hasUndone(H2Turn.session(owner))).isTrue();
            execute(owner, UPDATE);
            Future<Integer> update = waiting(() -> {
                try (PreparedStatement statement = other.prepareStatement(UPDATE)) {
                    return statement.executeUpdate();
                }
            });

            owner.commit();

            assertThat(update.get()).isEqualTo(1);
            other.commit();
            assertThat(balance()).isEqualTo("2");
        }
    }

    @Test
    void anOwnerThatUndidAPartOfItsTransactionIsWaitedForNoLongerThanTheLockTimeout() throws Exception {
        try (Connection owner = begin(1_000);
                Connection other = begin(20)) {
            execute(owner, UPDATE);
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> execute(owner, "INSERT INTO account VALUES (2, 0)"));

            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> execute(other, UPDATE))
                    .satisfies(failure -> assertThat(failure.getSQLState()).isEqualTo("HYT00"));
        }
    }

    @Test
    void aLockedRowIsWaitedForNoLongerThanTheSessionsLockTimeout() throws Exception {
        try (Connection owner = begin(1_000);
                Connection other = begin(20)) {
            execute(owner, UPDATE);

            long begun = System.nanoTime();
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> execute(other, UPDATE))
                    .returns(ErrorCode.LOCK_TIMEOUT_1, SQLException::getErrorCode);
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));

            execute(other, "UPDATE account SET balance = 7 WHERE id = 2"); // the transaction goes on
            owner.commit();
            other.commit();
        }
    }

    @Test
    void theSessionsLockTimeoutIsReadAndSetAsEver() throws Exception {
        try (Connection connection = begin(12_345);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT LOCK_TIMEOUT()")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getInt(1)).isEqualTo(12_345);
        }
    }

    @Test
    void aBatchThatMeetsALockedRowFailsAtOnce() throws Exception {
        try (Connection owner = begin(1_000);
                Connection other = begin(3_600_000);
                Statement batch = other.createStatement()) {
            execute(owner, UPDATE);
            batch.addBatch(UPDATE);

            assertThatExceptionOfType(BatchUpdateException.class).isThrownBy(batch::executeBatch);
        }
    }

    @Test
    void anInterruptEndsTheWaitForALockedRow() throws Exception {
        try (Connection owner = begin(1_000);
                Connection other = begin(3_600_000)) {
            execute(owner, UPDATE);
            Future<Boolean> interrupted = waiting(() -> {
                assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute(other, UPDATE));
                return Thread.interrupted();
            });
            thread.shutdownNow();

            assertThat(interrupted.get()).isTrue();
        }
    }

    @Test
    void aStatementWaitsForItsTurn() throws Throwable {
        try (Connection connection = begin(1_000)) {
            List<Future<?>> update = new ArrayList<>();
            turn.end(() -> {
                update.add(thread.submit(() -> {
                    execute(connection, UPDATE);
                    connection.commit();
                    return true;
                }));
                while (!turn.isWanted()) {
                    Thread.onSpinWait();
                }
                assertThat(balance()).isEqualTo("0");
                return null;
            });
            update.get(0).get();
            assertThat(balance()).isEqualTo("1");
        }
    }

    @Test
    void viewsBehaveAsWhatTheyShow() throws Exception {
        try (Connection connection = H2File.takingTurns(connections).getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.getConnection()).isSameAs(connection).isEqualTo(connection);
            assertThat(connection.isWrapperFor(org.h2.jdbc.JdbcConnection.class))
                    .isTrue();
            assertThat(connection).isNotEqualTo(pool).hasToString(connection.toString());
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> statement.execute("no SQL"))
                    .returns("42000", SQLException::getSQLState);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TestDatabase.class,
            names = {"H2_MEMORY", "H2_SERVER", "POSTGRESQL"})
    void connectionsToAnythingElseAreHandedOutAsTheyAre(TestDatabase database) throws Exception {
        try (HikariDataSource plain = TestDatabase.pool(database.newUrl(), 1, Session.DEFAULT);
                Connection connection = H2File.takingTurns(plain).getConnection()) {
            assertThat(connection.getClass().getName()).startsWith("com.zaxxer.hikari");
        }
    }
}
