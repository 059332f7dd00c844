package io.onceguard.jdbc;

import static io.onceguard.jdbc.SqlFailure.CANCELLED;
import static io.onceguard.jdbc.SqlFailure.CONFLICT;
import static io.onceguard.jdbc.SqlFailure.DATA;
import static io.onceguard.jdbc.SqlFailure.DUPLICATE;
import static io.onceguard.jdbc.SqlFailure.LOCKED;
import static io.onceguard.jdbc.SqlFailure.OTHER_SESSION;
import static io.onceguard.jdbc.SqlFailure.READ_ONLY;
import static io.onceguard.jdbc.SqlFailure.REFUSED;
import static io.onceguard.jdbc.SqlFailure.SCHEMA;
import static io.onceguard.jdbc.SqlFailure.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceguard.testservers.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each class of errors, provoked on the real database. */
class SqlFailureTest {

    private static final String PG = PostgresServer.sharedUrl();

    private static SQLException failure(Connection connection, String... statements) {
        return catchThrowableOfType(SQLException.class, () -> {
            try (Statement statement = connection.createStatement()) {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            }
        });
    }

    private static SQLException failureInFailedTransaction(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        assertThat((Throwable) failure(connection, "SELECT 1 / 0")).isNotNull();
        SQLException second = failure(connection, "SELECT 1");
        connection.rollback();
        connection.setAutoCommit(true);
        return second;
    }

    private static void assertMeans(SqlFailure expected, String state, SQLException failure) {
        assertThat((Throwable) failure).as("an error was expected").isNotNull();
        assertThat(failure.getSQLState()).isEqualTo(state);
        assertThat(SqlFailure.ofState(failure.getSQLState())).as(state).isEqualTo(expected);
    }

    /** Runs one script here until it blocks the other, and returns the failure of one of the two. */
    private static SQLException firstFailureOf(String url, String isolation, List<String> here, List<String> there)
            throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection one = DriverManager.getConnection(url);
                Connection two = DriverManager.getConnection(url)) {
            for (Connection connection : List.of(one, two)) {
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET " + isolation);
                }
            }
            execute(one, here.get(0));
            execute(two, there.get(0));
            Future<SQLException> other = thread.submit(() -> endOf(two, there.get(1)));
            SQLException mine = endOf(one, here.get(1));
            SQLException theirs = other.get();
            return mine != null ? mine : theirs;
        } finally {
            thread.shutdownNow();
        }
    }

    private static SQLException endOf(Connection connection, String sql) throws SQLException {
        SQLException failure = catchThrowableOfType(SQLException.class, () -> {
            execute(connection, sql);
            connection.commit();
        });
        if (failure != null) {
            connection.rollback();
        }
        return failure;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void D05_classesOfPostgresql() throws Exception {
        try (Connection one = DriverManager.getConnection(PG)) {
            execute(
                    one,
                    "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, n int, v varchar(2));"
                            + " INSERT INTO t VALUES (1, 0), (2, 0)");
            assertMeans(DUPLICATE, "23505", failure(one, "INSERT INTO t VALUES (1, 0)"));
            assertMeans(SCHEMA, "42P01", failure(one, "SELECT * FROM no_such_table"));
            assertMeans(SCHEMA, "42703", failure(one, "SELECT no_such_column FROM t"));
            assertMeans(DATA, "22001", failure(one, "INSERT INTO t VALUES (3, 0, 'abc')"));
            assertMeans(DATA, "23502", failure(one, "INSERT INTO t VALUES (NULL, 0, '')"));
            assertMeans(REFUSED, "0A000", failure(one, "SELECT count(*) FROM t FOR UPDATE"));
            assertMeans(REFUSED, "3F000", failure(one, "CREATE TABLE no_such_schema.t (id int)"));
            assertMeans(REFUSED, "54011", failure(one, "SELECT " + "1,".repeat(2_000) + "1"));
            assertMeans(REFUSED, "25P02", failureInFailedTransaction(one));
            assertMeans(CANCELLED, "57014", failure(one, "SET statement_timeout = 1", "SELECT pg_sleep(30)"));
            assertMeans(
                    READ_ONLY,
                    "25006",
                    failure(
                            one,
                            "SET statement_timeout = 0",
                            "SET default_transaction_read_only = on",
                            "INSERT INTO t VALUES (4, 0)"));
            assertMeans(UNKNOWN, "57P01", failure(one, "SELECT pg_terminate_backend(pg_backend_pid())"));
            assertMeans(UNKNOWN, "08003", catchThrowableOfType(SQLException.class, one::createStatement));
        }
        assertMeans(
                REFUSED,
                "3D000",
                catchThrowableOfType(
                        SQLException.class,
                        () -> DriverManager.getConnection(PG.replace("/postgres?", "/no_such_database?"))));
        assertMeans(
                UNKNOWN,
                "08001",
                catchThrowableOfType(
                        SQLException.class, () -> DriverManager.getConnection("jdbc:postgresql://127.0.0.1:1/none")));
    }

    @Test
    void D05_loginsThatPostgresqlRefuses() throws Exception {
        try (Connection one = DriverManager.getConnection(PG)) {
            execute(
                    one,
                    "DROP ROLE IF EXISTS nobody, crowd; CREATE ROLE nobody NOLOGIN;"
                            + " CREATE ROLE crowd LOGIN PASSWORD 'crowd' CONNECTION LIMIT 0");
        }
        assertMeans(REFUSED, "28000", loginFailure("nobody"));
        assertMeans(REFUSED, "53300", loginFailure("crowd"));
    }

    private static SQLException loginFailure(String role) {
        String url = PG.replaceAll("user=\\w+&password=\\w+", "user=" + role + "&password=" + role);
        return catchThrowableOfType(SQLException.class, () -> DriverManager.getConnection(url));
    }

    @Test
    void D05_locksOfPostgresql() throws Exception {
        try (Connection one = DriverManager.getConnection(PG);
                Connection two = DriverManager.getConnection(PG)) {
            execute(
                    one,
                    "DROP TABLE IF EXISTS l; CREATE TABLE l (id int PRIMARY KEY, n int); INSERT INTO l VALUES (1, 0), (2, 0)");
            one.setAutoCommit(false);
            execute(one, "UPDATE l SET n = 1 WHERE id = 1");
            assertMeans(LOCKED, "55P03", failure(two, "SET lock_timeout = 1", "UPDATE l SET n = 2 WHERE id = 1"));
            one.rollback();
        }
        assertMeans(
                CONFLICT,
                "40P01",
                firstFailureOf(
                        PG,
                        "SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
                        List.of("UPDATE l SET n = 1 WHERE id = 1", "UPDATE l SET n = 1 WHERE id = 2"),
                        List.of("UPDATE l SET n = 2 WHERE id = 2", "UPDATE l SET n = 2 WHERE id = 1")));
        assertMeans(
                CONFLICT,
                "40001",
                firstFailureOf(
                        PG,
                        "TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                        List.of("SELECT sum(n) FROM l", "INSERT INTO l VALUES (10, 1)"),
                        List.of("SELECT sum(n) FROM l", "INSERT INTO l VALUES (11, 1)")));
    }

    private static void assertMeans(TestDatabase database, SqlFailure expected, int code, SQLException failure) {
        assertThat((Throwable) failure).as("an error was expected").isNotNull();
        assertThat(failure.getErrorCode()).as(failure.toString()).isEqualTo(code);
        assertThat(SqlFailure.of(failure, database.dialect())).as("" + code).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void D05_classesOfMariaDb(TestDatabase database) throws Exception {
        String t = TestDatabase.newTable();
        try (Connection one = DriverManager.getConnection(database.newUrl())) {
            execute(
                    one,
                    "CREATE TABLE " + t + " (id INT PRIMARY KEY, n INT NOT NULL, v VARCHAR(2) CHARACTER SET latin1,"
                            + " CHECK (n < 10))");
            execute(one, "INSERT INTO " + t + " VALUES (1, 0, '')");
            assertMeans(database, DUPLICATE, 1062, failure(one, "INSERT INTO " + t + " VALUES (1, 0, '')"));
            assertMeans(database, SCHEMA, 1146, failure(one, "SELECT * FROM no_such_table"));
            assertMeans(database, SCHEMA, 1054, failure(one, "SELECT no_such_column FROM " + t));
            assertMeans(database, SCHEMA, 1364, failure(one, "INSERT INTO " + t + " (id) VALUES (2)"));
            assertMeans(database, DATA, 1406, failure(one, "INSERT INTO " + t + " VALUES (3, 0, 'abc')"));
            assertMeans(database, DATA, 1048, failure(one, "INSERT INTO " + t + " VALUES (NULL, 0, '')"));
            assertMeans(database, DATA, 4025, failure(one, "INSERT INTO " + t + " VALUES (4, 10, '')"));
            assertMeans(
                    database,
                    DATA,
                    1366,
                    failure(one, "INSERT INTO " + t + " VALUES (5, 0, CONVERT(0xF09F9880 USING utf8mb4))"));
            assertMeans(
                    database,
                    LOCKED,
                    1969,
                    failure(one, "SET STATEMENT max_statement_time = 0.001 FOR SELECT SLEEP(30)"));
            assertMeans(database, CANCELLED, 1317, failure(one, "KILL QUERY CONNECTION_ID()"));
            if (database == TestDatabase.MARIADB) { // the other driver asks no server about that
                assertMeans(
                        database,
                        READ_ONLY,
                        1792,
                        failure(one, "SET SESSION TRANSACTION READ ONLY", "DELETE FROM " + t));
            }
            SQLException killed = failure(one, "KILL CONNECTION_ID()", "SELECT 1");
            assertThat(SqlFailure.of(killed, database.dialect())).isEqualTo(UNKNOWN);
        }
        String nobody = database.newUrl().replace("user=onceguard", "user=nobody");
        assertMeans(
                database,
                REFUSED,
                1045,
                catchThrowableOfType(SQLException.class, () -> DriverManager.getConnection(nobody)));
    }

    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void D05_locksOfMariaDb(TestDatabase database) throws Exception {
        String url = database.newUrl();
        String l = TestDatabase.newTable();
        try (Connection one = DriverManager.getConnection(url);
                Connection two = DriverManager.getConnection(url)) {
            execute(one, "CREATE TABLE " + l + " (id INT PRIMARY KEY, n INT)");
            execute(one, "INSERT INTO " + l + " VALUES (1, 0), (2, 0)");
            one.setAutoCommit(false);
            execute(one, "UPDATE " + l + " SET n = 1 WHERE id = 1");
            assertMeans(
                    database,
                    LOCKED,
                    1205,
                    failure(two, "SET innodb_lock_wait_timeout = 0", "UPDATE " + l + " SET n = 2 WHERE id = 1"));
            one.rollback();
            assertMeans(
                    database,
                    CONFLICT,
                    1213,
                    firstFailureOf(
                            url,
                            "SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                            List.of(
                                    "UPDATE " + l + " SET n = 1 WHERE id = 1",
                                    "UPDATE " + l + " SET n = 1 WHERE id = 2"),
                            List.of(
                                    "UPDATE " + l + " SET n = 2 WHERE id = 2",
                                    "UPDATE " + l + " SET n = 2 WHERE id = 1")));
            execute(one, "SET innodb_snapshot_isolation = ON");
            execute(one, "SELECT n FROM " + l);
            execute(two, "UPDATE " + l + " SET n = 7 WHERE id = 1");
            assertMeans(database, CONFLICT, 1020, failure(one, "UPDATE " + l + " SET n = 8 WHERE id = 1"));
            one.rollback();
        }
    }

    /** The same number is a deadlock on one database, and a wait that was too long on another. */
    @Test
    void D05_vendorCodesCountOnlyForTheirDatabase() {
        SQLException failure = new SQLException("chosen as the victim", "40001", 1205);
        assertThat(SqlFailure.of(failure, JdbcDialect.portable("1"))).isEqualTo(CONFLICT);
        assertThat(SqlFailure.of(failure, JdbcDialect.mariadb())).isEqualTo(LOCKED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"42P05", "26000"})
    void D09_aStatementOfAnotherSessionGetsAdviceAboutThePooler(String state) {
        SQLException failure = new SQLException("prepared statement \"S_1\" already exists", state);
        SqlFailure meaning = SqlFailure.of(failure, JdbcDialect.postgresql());
        assertThat(meaning).isEqualTo(OTHER_SESSION);
        assertThat(meaning.exception(
                        "acquire", meaning.isUnknown(), failure, JdbcDialect.postgresql(), TableName.of("r")))
                .hasMessageContainingAll("nothing was applied", "prepareThreshold=0", "PgBouncer")
                .hasMessageNotContaining("createIfAbsent");
    }

    @Test
    void D05_classesOfH2(@TempDir Path folder) throws Exception {
        String url = "jdbc:h2:mem:failures;LOCK_TIMEOUT=50;USER=sa";
        try (Connection one = DriverManager.getConnection(url);
                Connection two = DriverManager.getConnection(url)) {
            execute(
                    one,
                    "CREATE TABLE t (id INT PRIMARY KEY, n INT, v VARCHAR(2)); INSERT INTO t VALUES (1, 0, ''), (2, 0, '')");
            assertMeans(DUPLICATE, "23505", failure(one, "INSERT INTO t VALUES (1, 0, '')"));
            assertMeans(SCHEMA, "42S02", failure(one, "SELECT * FROM t WHERE EXISTS (SELECT * FROM tt)"));
            assertMeans(SCHEMA, "42S22", failure(one, "SELECT no_such_column FROM t"));
            assertMeans(DATA, "22001", failure(one, "INSERT INTO t VALUES (3, 0, 'abc')"));
            assertMeans(DATA, "23502", failure(one, "INSERT INTO t VALUES (NULL, 0, '')"));
            one.setAutoCommit(false);
            execute(one, "UPDATE t SET n = 1 WHERE id = 1");
            assertMeans(LOCKED, "HYT00", failure(two, "UPDATE t SET n = 2 WHERE id = 1"));
            one.rollback();
        }
        Path file = folder.resolve("db");
        DriverManager.getConnection("jdbc:h2:file:" + file + ";USER=sa").close();
        try (Connection one = DriverManager.getConnection("jdbc:h2:file:" + file + ";USER=sa;ACCESS_MODE_DATA=r")) {
            assertMeans(READ_ONLY, "90097", failure(one, "CREATE TABLE t (id INT)"));
        }
        try (Connection one = DriverManager.getConnection("jdbc:h2:file:" + file + ";USER=sa")) {
            execute(one, "SHUTDOWN IMMEDIATELY");
            SQLException closed = failure(one, "SELECT 1");
            assertThat(SqlFailure.ofState(closed.getSQLState()))
                    .as(closed.getSQLState())
                    .isEqualTo(UNKNOWN);
        }
        assertThat(Files.exists(folder)).isTrue();
    }

    @Test
    void D05_locksOfH2() throws Exception {
        String url = "jdbc:h2:mem:locks;DB_CLOSE_DELAY=-1;USER=sa";
        try (Connection one = DriverManager.getConnection(url)) {
            execute(one, "CREATE TABLE l (id INT PRIMARY KEY, n INT); INSERT INTO l VALUES (1, 0), (2, 0)");
        }
        assertMeans(
                CONFLICT,
                "40001",
                firstFailureOf(
                        url,
                        "SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
                        List.of("UPDATE l SET n = 1 WHERE id = 1", "UPDATE l SET n = 1 WHERE id = 2"),
                        List.of("UPDATE l SET n = 2 WHERE id = 2", "UPDATE l SET n = 2 WHERE id = 1")));
        assertMeans(
                CONFLICT,
                "40001",
                firstFailureOf(
                        url,
                        "SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                        List.of("SELECT n FROM l WHERE id = 1", "UPDATE l SET n = 1 WHERE id = 1"),
                        List.of("UPDATE l SET n = 2 WHERE id = 1", "SELECT 1")));
    }

    @Test
    void D05_errorsWithoutAStateSayNothing() {
        assertThat(SqlFailure.ofState(null)).isEqualTo(UNKNOWN);
        assertThat(SqlFailure.ofState("4")).isEqualTo(UNKNOWN);
        for (String state : new String[] {"08000", "08006", "08007", "40003", "57P02", "57P03", "HY000", "XX000"}) {
            assertThat(SqlFailure.ofState(state)).as(state).isEqualTo(UNKNOWN);
        }
    }
}
