package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Attempt;
import io.onceguard.FailurePolicy;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Duplicate;
import io.onceguard.messaging.Disposition.Processed;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.Rejected.Reason;
import io.onceguard.messaging.Disposition.RetryLater;
import io.onceguard.messaging.Disposition.RetryLater.Cause;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.messaging.IdempotentConsumerBuilder;
import io.onceguard.spi.StoreException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches of messages: how often the database is asked, and what one transaction for all of them keeps. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JdbcBatchTest {

    private static final Disposition IN_TRANSACTION = new Processed(Recording.IN_TRANSACTION, null);
    private static final Disposition DUPLICATE = new Duplicate();
    private static final int LIMIT = 3;

    private final List<Integer> handled = new CopyOnWriteArrayList<>();
    private HikariDataSource pool;
    private String table;
    private String ledger;

    private interface Handling {
        void handle(int message, Connection connection) throws Exception;
    }

    private void on(TestDatabase database) {
        pool = TestDatabase.pool(database.newUrl(), 3, Session.DEFAULT);
        table = TestDatabase.newTable(pool);
        ledger = table + "_ledger";
        TestDatabase.execute(pool, "CREATE TABLE " + ledger + " (message INTEGER NOT NULL)");
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

    private static IdempotencyExecutorBuilder<Void> operation(JdbcIdempotencyStore store) {
        return IdempotencyExecutor.atLeastOnce("book", ResultCodec.<Void>none(), store);
    }

    private static IdempotencyKey key(int message) {
        return IdempotencyKey.of("orders", "message-" + message);
    }

    private IdempotentConsumer<Integer> consumer(DataSource dataSource, Handling handling) {
        JdbcIdempotencyStore store = Requests.builder(dataSource, table)
                .lockTimeout(Duration.ofMillis(500))
                .build();
        IdempotencyExecutor<Void> bookings = operation(store)
                .onFailure(UnsupportedOperationException.class, FailurePolicy.RECORD)
                .build();
        IdempotentConsumerBuilder<Integer, Connection, Void> builder =
                IdempotentConsumer.of(store.transactions(bookings, run -> {}), JdbcBatchTest::key);
        return builder.fingerprint(message -> Fingerprint.of("content of " + message))
                .attemptLimit(LIMIT)
                .action((message, connection) -> {
                    handled.add(message);
                    book(connection, message);
                    handling.handle(message, connection);
                })
                .build();
    }

    private IdempotentConsumer<Integer> consumer(DataSource dataSource) {
        return consumer(dataSource, (message, connection) -> {});
    }

    private void book(Connection connection, int message) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + ledger + " VALUES (?)")) {
            statement.setInt(1, message);
            statement.executeUpdate();
        }
    }

    private static List<Integer> messages(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static List<Disposition> all(int count, Disposition disposition) {
        return Collections.nCopies(count, disposition);
    }

    private static Disposition rejected(Reason reason) {
        return new Rejected(reason, null);
    }

    /** How many bookings there are, and of how many messages. */
    private String booked() {
        return TestDatabase.query(pool, "SELECT COUNT(*) FROM " + ledger) + " of "
                + TestDatabase.query(pool, "SELECT COUNT(DISTINCT message) FROM " + ledger);
    }

    /** Counts commits, and lets some of them fail. */
    private static final class Commits implements Interceptor {
        private final AtomicInteger count = new AtomicInteger();
        private final AtomicInteger failuresBefore = new AtomicInteger();
        private final AtomicInteger failuresAfter = new AtomicInteger();

        @Override
        public void beforeCommit() throws SQLException {
            count.incrementAndGet();
            failIf(failuresBefore);
        }

        @Override
        public void afterCommit() throws SQLException {
            failIf(failuresAfter);
        }

        private static void failIf(AtomicInteger left) throws SQLException {
            if (left.getAndDecrement() > 0) {
                throw new SQLException("connection lost", "08006");
            }
        }
    }

    // ---- outside of transactions

    /** A last write on MariaDB is looked up, because its driver's counts tell nothing; on MySQL a claim is, too. */
    private static int aboutTimeout(TestDatabase database) {
        return database == TestDatabase.H2_MEMORY || database == TestDatabase.H2_FILE ? 0 : 3;
    }

    private static int further(TestDatabase database) {
        return switch (database) {
            case MARIADB -> 1;
            case MYSQL_DRIVER -> 2;
            default -> 0;
        };
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G05_fiveHundredMessagesAreTwoStatements(TestDatabase database) {
        on(database);
        StatementCounter counter = new StatementCounter();
        JdbcIdempotencyStore store = Requests.builder(counter.in(pool), table).build();
        IdempotentConsumerBuilder<Integer, Attempt, Void> builder =
                IdempotentConsumer.of(operation(store).build(), JdbcBatchTest::key);
        IdempotentConsumer<Integer> consumer = builder.fingerprint(message -> Fingerprint.none())
                .action(message -> handled.add(message))
                .build();
        counter.since();

        assertThat(consumer.acceptAll(messages(500))).isEqualTo(all(500, new Processed(Recording.RECORDED, null)));

        assertThat(counter.since()).isEqualTo(2 + further(database));
        assertThat(consumer.acceptAll(messages(500))).isEqualTo(all(500, DUPLICATE));
        // H2 tells of what it may not take by a second statement, as MySQL does of everything
        boolean asksTwice = database.isH2() || database == TestDatabase.MYSQL_DRIVER;
        assertThat(counter.since()).isEqualTo(asksTwice ? 2 : 1);
        assertThat(handled).isEqualTo(messages(500));
    }

    // ---- in one transaction

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G05_aBatchInATransactionIsOneCommitAndOneFailingMessageFailsNoOther(TestDatabase database) {
        on(database);
        Commits commits = new Commits();
        IOException failure = new IOException("not now");
        UnsupportedOperationException declined = new UnsupportedOperationException("declined");
        IdempotentConsumer<Integer> consumer = consumer(commits.in(pool), (message, connection) -> {
            if (message == 3) {
                throw failure;
            } else if (message == 5) {
                throw declined;
            } else if (message == 7) {
                try (Statement broken = connection.createStatement()) {
                    broken.execute("INSERT INTO " + ledger + " VALUES (NULL)"); // PostgreSQL aborts the transaction
                }
            }
        });
        commits.count.set(0);
        List<Integer> batch = new ArrayList<>(messages(20));
        batch.add(4);
        batch.add(3);

        List<Disposition> dispositions = consumer.acceptAll(batch);

        assertThat(commits.count).hasValue(1);
        assertThat(dispositions.get(3)).isEqualTo(new RetryLater(Duration.ofSeconds(1), Cause.HANDLER_FAILED, failure));
        assertThat(dispositions.get(5)).isEqualTo(new Processed(Recording.RECORDED, declined));
        assertThat(dispositions.get(7)).isInstanceOf(RetryLater.class);
        assertThat(dispositions.get(20)).isEqualTo(DUPLICATE);
        assertThat(((RetryLater) dispositions.get(21)).cause()).isEqualTo(Cause.IN_PROGRESS);
        assertThat(dispositions.stream().filter(IN_TRANSACTION::equals)).hasSize(17);
        assertThat(handled).isEqualTo(messages(20));
        assertThat(booked()).isEqualTo("17 of 17");

        List<Disposition> again = consumer(pool).acceptAll(batch);
        assertThat(again.stream().filter(IN_TRANSACTION::equals)).hasSize(2);
        assertThat(again.stream().filter(DUPLICATE::equals)).hasSize(20);
        assertThat(booked()).isEqualTo("19 of 19");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G05_aBatchInATransactionClaimsOnceAndWritesOnce(TestDatabase database) {
        on(database);
        StatementCounter counter = new StatementCounter();
        Commits commits = new Commits();
        IdempotentConsumer<Integer> consumer = consumer(counter.in(commits.in(pool)));
        counter.since();
        counter.acquires.set(0);

        assertThat(consumer.acceptAll(messages(200))).isEqualTo(all(200, IN_TRANSACTION));

        assertThat(counter.acquires).hasValue(1);
        // beside the 200 bookings: the claim, the results, and the lock timeout, which is asked for, set and set back,
        // except on H2 in this process, where that takes no statement
        assertThat(counter.since()).isEqualTo(200 + 2 + aboutTimeout(database) + further(database));
        assertThat(commits.count).hasValue(1);
        assertThat(booked()).isEqualTo("200 of 200");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G01_attemptsAreCountedByWhatWasCommitted(TestDatabase database) {
        on(database);
        IOException poison = new IOException("poison");
        Handling failing = (message, connection) -> {
            throw poison;
        };
        for (int attempt = 1; attempt < LIMIT; attempt++) {
            assertThat(consumer(pool, failing).accept(1)).isInstanceOf(RetryLater.class);
        }
        assertThat(consumer(pool, failing).accept(1)).isEqualTo(new Rejected(Reason.ATTEMPTS_EXHAUSTED, poison));
        assertThat(consumer(pool, failing).accept(1)).isEqualTo(rejected(Reason.ATTEMPTS_EXHAUSTED));
        assertThat(handled).hasSize(LIMIT);
        assertThat(booked()).isEqualTo("0 of 0");
    }

    @ParameterizedTest
    @CsvSource({"H2_MEMORY, true", "H2_MEMORY, false", "POSTGRESQL, true", "POSTGRESQL, false"})
    void G06_aCommitOfUnknownFateIsFoundOut(TestDatabase database, boolean applied) {
        on(database);
        Commits commits = new Commits();
        IdempotentConsumer<Integer> consumer = consumer(commits.in(pool));
        (applied ? commits.failuresAfter : commits.failuresBefore).set(1);

        assertThat(consumer.acceptAll(messages(10))).isEqualTo(all(10, IN_TRANSACTION));

        assertThat(handled).hasSize(applied ? 10 : 20);
        assertThat(booked()).isEqualTo("10 of 10");
        assertThat(consumer.acceptAll(messages(10))).isEqualTo(all(10, DUPLICATE));
    }

    @ParameterizedTest
    @EnumSource(
            value = TestDatabase.class,
            names = {"H2_MEMORY", "POSTGRESQL"})
    void G06_aBatchThatIsNeverCommittedLeavesNothing(TestDatabase database) {
        on(database);
        Commits commits = new Commits();
        IdempotentConsumer<Integer> consumer = consumer(commits.in(pool));
        commits.failuresBefore.set(1_000);

        assertThat(consumer.acceptAll(messages(5))).allSatisfy(disposition -> {
            RetryLater later = (RetryLater) disposition;
            assertThat(later.cause()).isEqualTo(Cause.STORE_FAILED);
            assertThat(later.failure()).isInstanceOf(StoreException.class);
        });
        assertThat(booked()).isEqualTo("0 of 0");

        commits.failuresBefore.set(0);
        assertThat(consumer.acceptAll(messages(5))).isEqualTo(all(5, IN_TRANSACTION));
        assertThat(booked()).isEqualTo("5 of 5");
    }

    /** From the n-th statement on the connection is gone: a batch that dies anywhere is as if it had not begun. */
    @ParameterizedTest
    @EnumSource(
            value = TestDatabase.class,
            names = {"H2_MEMORY", "POSTGRESQL"})
    void G06_aConnectionThatIsLostInTheMiddleLosesNothingAndDoublesNothing(TestDatabase database) {
        on(database);
        AtomicInteger left = new AtomicInteger();
        Interceptor cut = new Interceptor() {
            @Override
            public void beforeExecute(String sql) throws SQLException {
                if (left.getAndDecrement() <= 0) {
                    throw new SQLException("connection lost", "08006");
                }
            }

            @Override
            public void beforeCommit() throws SQLException {
                if (left.get() <= 0) {
                    throw new SQLException("connection lost", "08006");
                }
            }
        };
        left.set(Integer.MAX_VALUE);
        IdempotentConsumer<Integer> consumer = consumer(cut.in(pool));
        int doneAt = 0;
        for (int statements = 1; doneAt == 0; statements++) {
            left.set(statements);
            List<Disposition> dispositions = consumer.acceptAll(messages(4));
            if (dispositions.equals(all(4, IN_TRANSACTION))) {
                doneAt = statements;
            } else {
                assertThat(dispositions).noneMatch(Disposition::isDone);
                assertThat(booked()).as("cut after %s statements", statements).isEqualTo("0 of 0");
            }
        }
        assertThat(doneAt).as("bookings, claim, results, timeouts").isGreaterThan(5 + aboutTimeout(database));
        assertThat(booked()).isEqualTo("4 of 4");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G05_aMessageThatAnotherTransactionWorksOnIsInProgress(TestDatabase database) {
        on(database);
        List<Disposition> others = new ArrayList<>();
        IdempotentConsumer<Integer> second = consumer(pool);
        Disposition first = consumer(pool, (message, connection) -> others.addAll(second.acceptAll(List.of(0, 1, 2))))
                .accept(1);

        assertThat(first).isEqualTo(IN_TRANSACTION);
        assertThat(others.get(0)).isEqualTo(IN_TRANSACTION);
        assertThat(((RetryLater) others.get(1)).cause()).isEqualTo(Cause.IN_PROGRESS);
        assertThat(others.get(2)).isEqualTo(IN_TRANSACTION);
        assertThat(booked()).isEqualTo("3 of 3");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G05_anErrorIsThrownWhenTheOthersAreCommitted(TestDatabase database) {
        on(database);
        AssertionError error = new AssertionError("broken");
        IdempotentConsumer<Integer> consumer = consumer(pool, (message, connection) -> {
            if (message == 1) {
                throw error;
            }
        });
        assertThatThrownBy(() -> consumer.acceptAll(messages(3))).isSameAs(error);
        assertThat(booked()).isEqualTo("2 of 2");
        assertThat(consumer(pool).acceptAll(messages(3))).containsExactly(DUPLICATE, IN_TRANSACTION, DUPLICATE);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void G05_whatCannotBeUndoneSpoilsTheBatch(TestDatabase database) {
        on(database);
        IdempotentConsumer<Integer> consumer = consumer(pool, (message, connection) -> {
            if (message == 1) {
                connection.rollback(); // which ends the transaction that the records are in
                throw new IOException("not now");
            }
        });
        assertThat(consumer.acceptAll(messages(3))).allSatisfy(disposition -> {
            RetryLater later = (RetryLater) disposition;
            assertThat(later.cause()).isEqualTo(Cause.STORE_FAILED);
            assertThat(later.failure()).isInstanceOf(IdempotencyStoreException.class);
        });
        assertThat(booked()).isEqualTo("0 of 0");
    }

    /** Two consumers take the same messages in opposite orders, and so lock each other out. */
    @ParameterizedTest
    @EnumSource(
            value = TestDatabase.class,
            names = {"H2_MEMORY", "POSTGRESQL"})
    void G06_overlappingBatchesHaveEachEffectOnce(TestDatabase database) throws Exception {
        on(database);
        IdempotentConsumer<Integer> consumer = consumer(pool);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        CyclicBarrier start = new CyclicBarrier(2);
        try {
            List<Future<Integer>> consumers = new ArrayList<>();
            for (boolean reversed : new boolean[] {false, true}) {
                consumers.add(threads.submit(() -> {
                    List<Integer> open = new ArrayList<>(messages(40));
                    if (reversed) {
                        Collections.reverse(open);
                    }
                    start.await();
                    int processed = 0;
                    while (!open.isEmpty()) {
                        List<Disposition> told = consumer.acceptAll(open);
                        List<Integer> again = new ArrayList<>();
                        for (int i = 0; i < open.size(); i++) {
                            processed += told.get(i).equals(IN_TRANSACTION) ? 1 : 0;
                            if (!told.get(i).isDone()) {
                                again.add(open.get(i));
                            }
                        }
                        open = again;
                    }
                    return processed;
                }));
            }
            assertThat(consumers.get(0).get() + consumers.get(1).get()).isEqualTo(40);
        } finally {
            threads.shutdownNow();
        }
        assertThat(booked()).isEqualTo("40 of 40");
    }
}
