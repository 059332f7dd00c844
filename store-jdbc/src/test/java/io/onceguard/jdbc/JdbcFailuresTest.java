package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong around a database: each a clear typed error, and nothing half done. */
class JdbcFailuresTest {

    private HikariDataSource pool;
    private String table;

    private HikariDataSource pool(TestDatabase database) {
        pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT);
        return pool;
    }

    @AfterEach
    void close() {
        if (pool != null) {
            pool.close();
        }
    }

    private static StoreException failure(Runnable call) {
        return catchThrowableOfType(StoreException.class, call::run);
    }

    private static void assertRefused(StoreException failure, String... words) {
        assertThat((Throwable) failure).isNotNull();
        assertThat(failure.ambiguous()).as("nothing was applied").isFalse();
        assertThat(failure.getMessage()).contains(words);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_missingTableSaysWhatToRun(TestDatabase database) {
        JdbcIdempotencyStore store = Requests.builder(pool(database), "nowhere").build();
        String[] words = {
            database.product(), "nowhere", "schema/" + database.dialect().schema(), "createIfAbsent"
        };
        Lease lease = new Lease(
                Requests.newId(),
                Requests.request(Requests.newId()).attemptId(),
                1,
                1,
                Requests.LEASE,
                Requests.RETENTION);
        assertRefused(failure(() -> store.acquire(Requests.request(Requests.newId()))), words);
        assertRefused(failure(() -> store.renew(lease)), words);
        assertRefused(failure(() -> store.complete(lease, Requests.RESULT, Requests.RETENTION)), words);
        assertRefused(failure(() -> store.find(Requests.newId())), words);
        assertRefused(failure(() -> store.delete(Requests.newId(), 1)), words);
        assertRefused(failure(() -> store.resolve(lease.id(), 1, Requests.RESULT, Requests.RETENTION)), words);
        assertRefused(failure(() -> store.purgeExpired(1)), words);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_wrongTableSaysWhatToRun(TestDatabase database) {
        String table = TestDatabase.newTable();
        TestDatabase.execute(pool(database), "CREATE TABLE " + table + " (id integer, name varchar(10))");
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();
        assertRefused(
                failure(() -> store.acquire(Requests.request(Requests.newId()))), table, "schema/", "createIfAbsent");
    }

    @Test
    void D04_readOnlyReplicaOfPostgresqlByMistake() {
        String table = TestDatabase.newTable(pool(TestDatabase.POSTGRESQL));
        Lease lease = Requests.acquire(Requests.builder(pool, table).build(), Requests.newId());
        String url = TestDatabase.POSTGRESQL.newUrl() + "&options=-c%20default_transaction_read_only=on";
        try (HikariDataSource replica = TestDatabase.pool(url, 1, Session.DEFAULT)) {
            JdbcIdempotencyStore store = Requests.builder(replica, table).build();
            assertRefused(failure(() -> store.acquire(Requests.request(lease.id()))), "read-only", "25006");
            assertRefused(failure(() -> store.renew(lease)), "read-only");
            assertThat(store.find(lease.id())).as("what only reads works").isPresent();
        }
    }

    @Test
    void D04_readOnlyH2FileByMistake(@TempDir Path folder) {
        String url = "jdbc:h2:file:" + folder.resolve("db") + ";WRITE_DELAY=0";
        RecordId id = Requests.newId();
        try (JdbcIdempotencyStore store = JdbcIdempotencyStore.open(url, "sa", "")) {
            Requests.acquire(store, id);
        }
        try (JdbcIdempotencyStore store = JdbcIdempotencyStore.open(url + ";ACCESS_MODE_DATA=r", "sa", "")) {
            assertRefused(failure(() -> store.acquire(Requests.request(Requests.newId()))), "read-only", "90097");
            assertThat(store.find(id)).isPresent();
        }
    }

    @Test
    void D11_unknownDatabaseIsNamedWithTheSupportedOnes() {
        DataSource target = pool(TestDatabase.H2_MEMORY);
        DataSource other = calling("Informix", 14, target);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcIdempotencyStore.builder(other).build())
                .withMessageContainingAll("Informix", "H2", "PostgreSQL");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcSchema.createIfAbsent(other))
                .withMessageContainingAll("Informix", "H2", "PostgreSQL");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcIdempotencyStore.builder(calling("PostgreSQL", 12, target))
                        .build())
                .withMessageContainingAll("PostgreSQL", "13");
        JdbcIdempotencyStore chosen = Requests.builder(other, TestDatabase.newTable(target))
                .dialect(JdbcDialect.h2())
                .build();
        assertThat(chosen.acquire(Requests.request(Requests.newId()))).isInstanceOf(Acquired.class);
    }

    private static DataSource calling(String product, int version, DataSource target) {
        return proxy(
                DataSource.class,
                target,
                "getConnection",
                found -> proxy(
                        Connection.class,
                        found,
                        "getMetaData",
                        metaData -> proxy(
                                DatabaseMetaData.class,
                                proxy(DatabaseMetaData.class, metaData, "getDatabaseMajorVersion", real -> version),
                                "getDatabaseProductName",
                                real -> product)));
    }

    private static <T> T proxy(
            Class<T> type, Object target, String method, java.util.function.UnaryOperator<Object> answer) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
                    Object real = called.invoke(target, arguments);
                    return called.getName().equals(method) ? answer.apply(real) : real;
                }));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "r;drop table r",
                "r--",
                "\"r\"",
                "`r`",
                "r'",
                "r)",
                "1r",
                "a.b.c",
                ".r",
                "r.",
                "r\n",
                "r\0",
                "täble",
                "a123456789012345678901234567890123456789012345678901234567890123456789"
            })
    void D10_hostileTableNamesAreRefused(String name) {
        DataSource untouched = proxy(DataSource.class, new Object(), "none", real -> real);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcIdempotencyStore.builder(untouched).table(name));
        assertThatIllegalArgumentException().isThrownBy(() -> JdbcSchema.createIfAbsent(untouched, name));
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D10_noStringOfARecordIsTakenForSql(TestDatabase database) {
        String table = TestDatabase.newTable(pool(database));
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();
        String[] hostile = {
            "'; DROP TABLE " + table + "; --",
            "?",
            ":id",
            "{}",
            "$1",
            "\\",
            "\0",
            "\u0000a\uD800",
            "%_",
            "\uD83D\uDE00".repeat(300)
        };
        for (String text : hostile) {
            Lease lease = Requests.acquire(store, new RecordId(text, text, text));
            assertThat(store.complete(lease, Requests.RESULT, Requests.RETENTION))
                    .isTrue();
            assertThat(store.acquire(Requests.request(lease.id()))).isInstanceOf(Completed.class);
        }
        assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + table)).isEqualTo("" + hostile.length);
        assertThat(TestDatabase.query(pool, "SELECT MAX(CHAR_LENGTH(record_key)) FROM " + table))
                .as("readable keys are cut")
                .isIn("255", "510");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B08_tenMegabytesAreKept(TestDatabase database) {
        JdbcIdempotencyStore store =
                Requests.builder(pool(database), TestDatabase.newTable(pool)).build();
        byte[] bytes = new byte[10 << 20];
        new Random(7).nextBytes(bytes);
        Lease lease = Requests.acquire(store, Requests.newId());

        assertThat(store.complete(lease, StoredResult.of(bytes), Requests.RETENTION))
                .isTrue();

        Completed replay = (Completed) store.acquire(Requests.request(lease.id()));
        assertThat(replay.record().result()).isEqualTo(StoredResult.of(bytes));
    }

    @Test
    void B17_valueThatTheDatabaseRefusesSpoilsNoOtherItem() {
        String table = TestDatabase.newTable(pool(TestDatabase.POSTGRESQL));
        TestDatabase.execute(pool, "ALTER TABLE " + table + " ADD CHECK (length(result) < 100)");
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();
        List<Completion> items = List.of(10, 1_000, 20).stream()
                .map(size -> new Completion(
                        Requests.acquire(store, Requests.newId()), StoredResult.of(new byte[size]), Requests.RETENTION))
                .toList();

        List<Answer<Boolean>> answers = store.completeAll(items);

        assertThat(answers.get(0).orElseThrow()).isTrue();
        assertRefused(answers.get(1).failure(), "23514");
        assertThat(answers.get(2).orElseThrow()).isTrue();
    }

    /** A busy machine may open a connection more slowly than the pool's timeout allows. */
    private Connection patientlyConnected() throws SQLException {
        while (true) {
            try {
                return pool.getConnection();
            } catch (SQLTransientConnectionException notYet) {
                assertThat(notYet.getMessage()).contains("timed out");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B16_closedDataSourceAndExhaustedPool(TestDatabase database) throws SQLException {
        HikariConfig config = TestDatabase.config(database.newUrl(), 2, Session.DEFAULT);
        config.setConnectionTimeout(250);
        pool = new HikariDataSource(config);
        JdbcIdempotencyStore store =
                Requests.builder(pool, TestDatabase.newTable(pool)).build();
        RecordId id = Requests.newId();
        try (Connection one = patientlyConnected();
                Connection two = patientlyConnected()) {
            assertThat(List.of(one, two)).hasSize(2);
            assertRefused(failure(() -> store.acquire(Requests.request(id))), "no connection");
        }
        assertThat(store.find(id)).isEmpty();
        pool.close();
        assertRefused(failure(() -> store.acquire(Requests.request(id))), "no connection");
        assertThat(failure(() -> Requests.builder(pool, "r").build()).ambiguous())
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D05_rowThatIsLockedForTooLongIsNotWritten(TestDatabase database) throws SQLException {
        JdbcIdempotencyStore store = impatientStore(database);
        Lease lease = Requests.acquire(store, Requests.newId());

        whileLocked(
                lease.id(),
                () -> assertRefused(
                        failure(() -> store.complete(lease, Requests.RESULT, Requests.RETENTION)),
                        switch (database) {
                            case POSTGRESQL -> "55P03";
                            case MARIADB, MYSQL_DRIVER -> "error 1205";
                            default -> "HYT00";
                        },
                        "held the row for too long"));

        assertThat(store.complete(lease, Requests.RESULT, Requests.RETENTION)).isTrue();
    }

    /** H2 keeps what a FINAL TABLE of many rows has written before it fails, unless it is in a transaction. */
    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D05_batchThatMeetsALockedRowWritesNone(TestDatabase database) throws SQLException {
        JdbcIdempotencyStore store = impatientStore(database);
        List<RecordId> ids = Stream.generate(Requests::newId)
                .limit(3)
                .sorted(Comparator.comparing(Statements::digest))
                .toList();
        RecordId deleted = ids.get(2);
        store.delete(deleted, Requests.acquire(store, deleted).token());

        whileLocked(
                deleted,
                () -> assertRefused(
                        store.acquireAll(ids.stream().map(Requests::request).toList()), "held the row for too long"));

        assertThat(ids).allSatisfy(id -> assertThat(store.find(id)).isEmpty());
        List<Lease> leases = ids.stream().map(id -> Requests.acquire(store, id)).toList();
        List<Completion> completions = leases.stream()
                .map(lease -> new Completion(lease, Requests.RESULT, Requests.RETENTION))
                .toList();

        whileLocked(deleted, () -> assertRefused(store.completeAll(completions), "held the row for too long"));

        assertThat(ids)
                .allSatisfy(
                        id -> assertThat(store.find(id).orElseThrow().state()).isEqualTo(RecordState.IN_PROGRESS));
        assertThat(store.completeAll(completions))
                .allSatisfy(answer -> assertThat(answer.orElseThrow()).isTrue());
    }

    private static void assertRefused(List<? extends Answer<?>> answers, String words) {
        assertThat(answers).allSatisfy(answer -> assertRefused(failure(answer::orElseThrow), words));
    }

    /** A store that does not wait for locks, and the pool and the table of it. */
    private JdbcIdempotencyStore impatientStore(TestDatabase database) {
        String url = database.newUrl();
        String impatient = url
                + switch (database) {
                    case POSTGRESQL -> "&options=-c%20lock_timeout=50";
                    case MARIADB, MYSQL_DRIVER -> "&sessionVariables=innodb_lock_wait_timeout=0";
                    default -> ";LOCK_TIMEOUT=50";
                };
        pool = TestDatabase.pool(impatient, 2, Session.DEFAULT);
        table = TestDatabase.newTable(pool);
        return Requests.builder(pool, table).build();
    }

    private void whileLocked(RecordId id, Runnable body) throws SQLException {
        try (Connection other = pool.getConnection();
                PreparedStatement lock =
                        other.prepareStatement("SELECT * FROM " + table + " WHERE id = ? FOR UPDATE")) {
            other.setAutoCommit(false);
            lock.setBytes(1, id.digest());
            lock.execute();
            body.run();
            other.rollback();
        }
    }

    /** Fails statements by itself: the given number of times, before they are sent or after their reply came. */
    private static final class Failing implements Interceptor {
        private final String state;
        private final boolean applied;
        private int times;
        private final AtomicInteger sent = new AtomicInteger();

        Failing(String state, boolean applied, int times) {
            this.state = state;
            this.applied = applied;
            this.times = times;
        }

        private void fail(boolean now) throws SQLException {
            if (now && times > 0) {
                times--;
                throw new SQLException("planted", state);
            }
        }

        @Override
        public void beforeExecute(String sql) throws SQLException {
            sent.incrementAndGet();
            fail(!applied && sql.contains("INSERT INTO"));
        }

        @Override
        public void afterExecute(String sql, boolean committed) throws SQLException {
            fail(applied && sql.contains("INSERT INTO"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "40P01", "23505"})
    void D05_stepThatWasUndoneIsRunAgain(String state) {
        String table = TestDatabase.newTable(pool(TestDatabase.POSTGRESQL));
        Failing failing = new Failing(state, false, 3);
        JdbcIdempotencyStore store = Requests.builder(failing.in(pool), table).build();

        assertThat(store.acquire(Requests.request(Requests.newId()))).isInstanceOf(Acquired.class);

        assertThat(failing.sent).hasValue(4);
    }

    @Test
    void D05_rerunsAreBounded() {
        String table = TestDatabase.newTable(pool(TestDatabase.POSTGRESQL));
        Failing failing = new Failing("40001", false, Integer.MAX_VALUE);
        JdbcIdempotencyStore store = Requests.builder(failing.in(pool), table).build();

        assertRefused(failure(() -> store.acquire(Requests.request(Requests.newId()))), "40001", "in the way");

        assertThat(failing.sent).hasValue(io.onceguard.jdbc.Session.MAX_RUNS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void D05_lostConnectionIsAmbiguousAndNotRunAgain(boolean autoCommit) {
        String url = TestDatabase.POSTGRESQL.newUrl();
        pool = TestDatabase.pool(url, 2, new Session(autoCommit, "TRANSACTION_READ_COMMITTED", "UTC"));
        String table = TestDatabase.newTable(pool);
        Failing failing = new Failing("08006", true, 1);
        JdbcIdempotencyStore store = Requests.builder(failing.in(pool), table).build();
        AcquireRequest request = Requests.request(Requests.newId());

        StoreException failure = failure(() -> store.acquire(request));

        // without autocommit the connection was lost before the commit: then nothing can have been applied
        assertThat(failure.ambiguous()).isEqualTo(autoCommit);
        assertThat(store.find(request.id()).isPresent()).isEqualTo(autoCommit);
        assertThat(store.acquire(request)).isInstanceOf(Acquired.class);
    }

    @Test
    void A37_errorsShowNoValues() {
        String table = TestDatabase.newTable(pool(TestDatabase.POSTGRESQL));
        TestDatabase.execute(pool, "ALTER TABLE " + table + " ADD CHECK (record_key <> 'card-4111')");
        JdbcIdempotencyStore store = Requests.builder(pool, table).build();

        StoreException failure =
                failure(() -> store.acquire(Requests.request(new RecordId("charge", "tenant-9", "card-4111"))));

        for (Throwable one = failure; one != null; one = one.getCause()) {
            assertThat(one.toString()).doesNotContain("card-4111").doesNotContain("tenant-9");
        }
    }
}
