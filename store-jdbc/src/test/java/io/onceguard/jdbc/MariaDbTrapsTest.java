package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Answer;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a MariaDB or a MySQL does something else than one thinks, depending on settings that are not ours. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MariaDbTrapsTest {

    private static final StoredFingerprint NONE = new StoredFingerprint("none", new byte[0]);

    private HikariDataSource pool;
    private String table;

    private JdbcIdempotencyStore open(HikariDataSource over) {
        pool = over;
        table = TestDatabase.newTable(pool);
        return Requests.builder(pool, table).build();
    }

    private JdbcIdempotencyStore open(TestDatabase database, String settings) {
        Session session = new Session(true, "TRANSACTION_REPEATABLE_READ", "UTC", settings);
        return open(TestDatabase.pool(database.newUrl(), 1, session));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private static AcquireRequest request(RecordId id) {
        AcquireRequest some = Requests.request(id);
        return new AcquireRequest(
                id, NONE, some.attemptId(), some.lease(), some.retention(), Takeover.SAME_FINGERPRINT);
    }

    private static StoredResult everyByte() {
        byte[] bytes = new byte[1024];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return StoredResult.of(bytes);
    }

    /** All verbs, on a record with an empty scope, an empty fingerprint and every byte in its result. */
    private void assertLifeOfARecord(JdbcIdempotencyStore store) {
        RecordId id = new RecordId("charge", "", "it's \"a\" \\ ` ? :id {key}");
        Lease first = ((Acquired) store.acquire(request(id))).lease();
        assertThat(store.renew(first)).isTrue();
        assertThat(store.renew(first)).as("renewed twice").isTrue();
        assertThat(store.release(first)).isTrue();
        assertThat(store.release(first)).as("released twice").isTrue();
        Lease second = ((Acquired) store.acquire(request(id))).lease();
        assertThat(second.number()).isEqualTo(2);
        TestDatabase.execute(pool, "UPDATE " + table + " SET lease_end = 1");
        Acquired third = (Acquired) store.acquire(request(id));
        assertThat(third.previous()).isEqualTo(PreviousAttempt.ABANDONED);
        assertThat(third.lease().number()).isEqualTo(3);
        assertThat(third.lease().token()).isGreaterThan(second.token());
        assertThat(store.complete(second, Requests.RESULT, Requests.RETENTION))
                .as("stale")
                .isFalse();
        assertThat(store.complete(third.lease(), everyByte(), Requests.RETENTION))
                .isTrue();
        assertThat(store.complete(third.lease(), Requests.RESULT, Requests.RETENTION))
                .as("completed twice")
                .isTrue();
        Completed replay = (Completed) store.acquire(request(id));
        assertThat(replay.record().result()).isEqualTo(everyByte());
        assertThat(replay.record().fingerprint()).isEqualTo(NONE);
        assertThat(store.delete(id, third.lease().token())).isTrue();
        assertThat(store.delete(id, third.lease().token())).as("deleted twice").isFalse();
        Lease fourth = ((Acquired) store.acquire(request(id))).lease();
        assertThat(fourth.number()).isEqualTo(1);
        assertThat(store.hold(fourth)).isTrue();
        assertThat(store.resolve(id, fourth.token(), everyByte(), Requests.RETENTION))
                .isTrue();
        assertThat(store.resolve(id, fourth.token(), Requests.RESULT, Requests.RETENTION))
                .as("resolved twice")
                .isFalse();
        assertThat(store.find(id).orElseThrow().result()).isEqualTo(everyByte());
        TestDatabase.execute(pool, "UPDATE " + table + " SET expiry = 1, purge_hour = 1");
        assertThat(store.purgeExpired(10)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void D04_modesOfTheSessionThatReadSqlOtherwise(TestDatabase database) throws SQLException {
        JdbcIdempotencyStore store = open(database, "sql_mode = DEFAULT");
        for (String mode : new String[] {
            "",
            "TRADITIONAL",
            "ANSI",
            "ORACLE",
            "NO_BACKSLASH_ESCAPES",
            "SIMULTANEOUS_ASSIGNMENT",
            "EMPTY_STRING_IS_NULL",
            "NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE,IGNORE_SPACE,PAD_CHAR_TO_FULL_LENGTH"
        }) {
            TestDatabase.execute(pool, "SET sql_mode = '" + mode + "'");
            assertLifeOfARecord(store);
        }
    }

    /** Counts of found or of changed rows, statements that the server prepares, batches that are rewritten, cursors. */
    @ParameterizedTest
    @CsvSource({
        "MARIADB, useAffectedRows=false",
        "MARIADB, useAffectedRows=true&useServerPrepStmts=true",
        "MARIADB, allowMultiQueries=true&defaultFetchSize=1",
        "MYSQL_DRIVER, useAffectedRows=false&useCursorFetch=true&defaultFetchSize=1",
        "MYSQL_DRIVER, useAffectedRows=true&useServerPrepStmts=true",
        "MYSQL_DRIVER, rewriteBatchedStatements=true&allowMultiQueries=true&characterEncoding=ISO-8859-1"
    })
    void D04_optionsOfTheDriver(TestDatabase database, String options) {
        JdbcIdempotencyStore store = open(TestDatabase.pool(database.newUrl() + "&" + options, 1, Session.DEFAULT));

        assertLifeOfARecord(store);

        List<AcquireRequest> requests = List.of(
                Requests.request(Requests.newId()),
                Requests.request(Requests.newId()),
                Requests.request(Requests.newId()));
        List<Lease> leases = store.acquireAll(requests).stream()
                .map(answer -> ((Acquired) answer.orElseThrow()).lease())
                .toList();
        assertThat(store.renewAll(leases)).allMatch(Answer::orElseThrow);
        assertThat(store.releaseAll(leases)).allMatch(Answer::orElseThrow);
    }

    /** The server's collation takes these for the same; without strict mode, INSERT IGNORE would cut the long ones. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void B09_keysThatTheServerTakesForTheSame(TestDatabase database) {
        JdbcIdempotencyStore store = open(database, "sql_mode = ''");
        assertThat(TestDatabase.query(
                        pool,
                        "SELECT COUNT(*) FROM (SELECT CONVERT('a' USING latin1) AS c) AS t"
                                + " WHERE c COLLATE latin1_swedish_ci = 'A '"))
                .as("what the collation says")
                .isEqualTo("1");
        String longKey = "x".repeat(300);
        for (String key : new String[] {"order-a", "Order-A", "order-a ", "ordér-a", longKey + "a", longKey + "b"}) {
            RecordId id = new RecordId("charge", longKey, key);
            assertThat(store.acquire(Requests.request(id))).as(key).isInstanceOf(Acquired.class);
        }
    }

    /** In autumn an hour comes twice. A local time that is converted back gives the same number in both. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void B13_anHourThatComesTwiceIsTwoHours(TestDatabase database) {
        JdbcIdempotencyStore store = open(database, "sql_mode = DEFAULT");
        long summer = 1_067_128_200; // 2003-10-26 00:30 UTC, in MET 02:30 for the first time
        List<Long> seen = new ArrayList<>();
        List<String> local = new ArrayList<>();
        for (long time : new long[] {summer, summer + 3_600}) {
            TestDatabase.execute(pool, "SET time_zone = 'MET', timestamp = " + time);
            local.add(TestDatabase.query(pool, "SELECT UNIX_TIMESTAMP(NOW(6))"));
            RecordId id = Requests.newId();
            Requests.acquire(store, id);
            seen.add(Long.valueOf(TestDatabase.query(pool, "SELECT MAX(since) FROM " + table)));
        }
        assertThat(local.get(0)).as("the trap").isEqualTo(local.get(1));
        assertThat(seen).containsExactly(summer * 1_000_000, (summer + 3_600) * 1_000_000);
    }

    /** A plain INSERT would be a deadlock here, each time. */
    @ParameterizedTest
    @CsvSource({
        "MARIADB, TRANSACTION_READ_COMMITTED",
        "MARIADB, TRANSACTION_REPEATABLE_READ",
        "MYSQL_DRIVER, TRANSACTION_READ_COMMITTED",
        "MYSQL_DRIVER, TRANSACTION_REPEATABLE_READ"
    })
    void B03_aWinnerThatRollsBackUnderTwoWaiters(TestDatabase database, String isolation) throws Exception {
        Session session = new Session(true, isolation, "UTC");
        JdbcIdempotencyStore store = open(TestDatabase.pool(database.newUrl(), 4, session));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Connection winner = pool.getConnection()) {
            winner.setAutoCommit(false);
            for (int round = 0; round < 20; round++) {
                RecordId id = Requests.newId();
                assertThat(store.boundTo(winner).acquire(Requests.request(id))).isInstanceOf(Acquired.class);
                CountDownLatch asking = new CountDownLatch(2);
                List<Future<AcquireResult>> waiters = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    waiters.add(threads.submit(() -> {
                        asking.countDown();
                        return store.acquire(Requests.request(id));
                    }));
                }
                asking.await();
                winner.rollback();
                List<AcquireResult> answers = new ArrayList<>();
                for (Future<AcquireResult> waiter : waiters) {
                    answers.add(waiter.get());
                }
                assertThat(answers).hasOnlyElementsOfTypes(Acquired.class, Held.class);
                assertThat(answers.stream().filter(Acquired.class::isInstance)).hasSize(1);
            }
            winner.setAutoCommit(true);
        } finally {
            threads.shutdownNow();
        }
    }

    /** The time of a statement is its start, and the renewal for which it waited came later. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void B13_aLookThatWaitedForARenewalShowsNoMoreThanIsLeft(TestDatabase database) throws Exception {
        JdbcIdempotencyStore store =
                open(TestDatabase.pool(database.newUrl(), 3, new Session(true, "TRANSACTION_READ_COMMITTED", "UTC")));
        RecordId id = Requests.newId();
        Lease lease = Requests.acquire(store, id);
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (Connection owner = pool.getConnection()) {
            owner.setAutoCommit(false);
            try (Statement locking = owner.createStatement()) {
                locking.execute("SELECT id FROM " + table + " FOR UPDATE");
            }
            Future<AcquireResult> other = threads.submit(() -> store.acquire(Requests.request(id)));
            awaitAWaiter();
            assertThat(store.boundTo(owner).renew(lease)).isTrue();
            owner.commit();
            owner.setAutoCommit(true);
            assertThat(((Held) other.get()).record().leaseLeft()).isLessThanOrEqualTo(Requests.LEASE);
        } finally {
            threads.shutdownNow();
        }
    }

    private void awaitAWaiter() {
        String waiting = "SELECT variable_value FROM information_schema.global_status"
                + " WHERE variable_name = 'innodb_row_lock_current_waits'";
        while (TestDatabase.query(pool, waiting).equals("0")) {
            Thread.onSpinWait();
        }
    }

    /** The server ends the connection when a statement is larger, or the driver refuses it. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void B17_resultThatIsTooLargeForAPacketSpoilsNoOtherItem(TestDatabase database) {
        JdbcIdempotencyStore store = open(database, "sql_mode = DEFAULT");
        List<Completion> items = new ArrayList<>();
        for (int size : new int[] {10, 20 << 20, 20}) {
            items.add(new Completion(
                    Requests.acquire(store, Requests.newId()), StoredResult.of(new byte[size]), Requests.RETENTION));
        }

        List<Answer<Boolean>> answers = store.completeAll(items);

        assertThat(answers.get(0).orElseThrow()).isTrue();
        assertThat((Throwable) answers.get(1).failure()).isInstanceOf(StoreException.class);
        assertThat(answers.get(2).orElseThrow()).isTrue();
        assertThat(store.renew(items.get(1).lease())).as("still its own").isTrue();
    }

    /** A step of two statements fails between them: nothing of it stays, and the connection is as it was. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void D04_aStepThatFailsHalfwayIsUndone(TestDatabase database) throws SQLException {
        JdbcIdempotencyStore plain = open(database, "sql_mode = DEFAULT");
        Lease lease = Requests.acquire(plain, Requests.newId());
        Interceptor fault = new Interceptor() {
            @Override
            public void beforeExecute(String sql) throws SQLException {
                if (sql.stripLeading().startsWith("SELECT id FROM")) {
                    throw new SQLException("disk full", "53100");
                }
            }
        };
        JdbcIdempotencyStore failing = Requests.builder(fault.in(pool), table).build();

        StoreException failure = catchThrowableOfType(
                StoreException.class, () -> failing.complete(lease, Requests.RESULT, Requests.RETENTION));

        assertThat(failure.ambiguous()).isFalse();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(statement.execute("SELECT 1")).isTrue();
        }
        assertThat(TestDatabase.query(pool, "SELECT state FROM " + table)).isEqualTo("1");
        assertThat(plain.complete(lease, Requests.RESULT, Requests.RETENTION)).isTrue();
    }

    /** Nothing may depend on which of two attempts has the larger id. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "MYSQL_DRIVER"})
    void B06_attemptIdsOfEveryBit(TestDatabase database) {
        JdbcIdempotencyStore store = open(database, "sql_mode = ''");
        for (AttemptId attempt : new AttemptId[] {
            new AttemptId(0, 0), new AttemptId(-1, -1), new AttemptId(0x2020202020202020L, 0x5C27220000000000L)
        }) {
            AcquireRequest some = Requests.request(Requests.newId());
            AcquireRequest request = new AcquireRequest(
                    some.id(), some.fingerprint(), attempt, some.lease(), some.retention(), Takeover.NEVER);
            AcquireResult first = store.acquire(request);
            assertThat(first).isInstanceOf(Acquired.class);
            assertThat(store.acquire(request)).isEqualTo(first);
        }
    }
}
