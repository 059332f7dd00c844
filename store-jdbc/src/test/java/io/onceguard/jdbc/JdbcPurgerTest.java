package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The purge on its schedule, with a schedule that the test drives. */
class JdbcPurgerTest {

    private static final Duration INTERVAL = Duration.ofMinutes(10);

    /** Keeps what is scheduled instead of running it. */
    private static final class ManualSchedule extends ScheduledThreadPoolExecutor {
        private final Deque<Runnable> next = new ArrayDeque<>();
        private final List<Long> pauses = new ArrayList<>();

        ManualSchedule() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable body, long pause, TimeUnit unit) {
            next.add(body);
            pauses.add(unit.toNanos(pause));
            return null;
        }

        void runNext() {
            next.remove().run();
        }
    }

    private final ManualSchedule schedule = new ManualSchedule();

    /** Completed records, of which all expired long ago. */
    private static void givenExpired(HikariDataSource pool, String table, JdbcIdempotencyStore store, int count) {
        store.acquireAll(IntStream.range(0, count)
                .mapToObj(i -> Requests.request(Requests.newId()))
                .toList());
        TestDatabase.execute(
                pool, "UPDATE " + table + " SET expiry = expiry - 360000000000, purge_hour = purge_hour - 100");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B14_runsOnScheduleInBatchesAndCounts(TestDatabase database) {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            givenExpired(pool, table, store, JdbcPurger.BATCH + 200);
            RecordId live = Requests.acquire(store, Requests.newId()).id();
            JdbcPurger purger = new JdbcPurger(store, INTERVAL, schedule);
            purger.scheduleNext();

            schedule.runNext();
            assertThat(purger.purged()).isEqualTo(JdbcPurger.BATCH + 200);
            schedule.runNext();

            assertThat(purger.purged()).isEqualTo(JdbcPurger.BATCH + 200);
            assertThat(purger.runs()).isEqualTo(2);
            assertThat(purger.failures()).isZero();
            assertThat(store.find(live)).isPresent();
            purger.close();
            schedule.runNext();
            assertThat(schedule.next).as("nothing follows after the close").isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B14_recordIsPurgedBetweenOneAndFiveHoursAfterItsExpiry(TestDatabase database) {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            Lease lease = Requests.acquire(store, Requests.newId());
            store.complete(lease, Requests.RESULT, Requests.RETENTION);
            String slack = "SELECT purge_hour * 3600000000.0 - expiry FROM " + table;
            double hours = Double.parseDouble(TestDatabase.query(pool, slack)) / 3_600_000_000.0;
            assertThat(hours).isBetween(1.0, 5.0);

            TestDatabase.execute(pool, "UPDATE " + table + " SET expiry = 1");
            assertThat(store.purgeExpired(10))
                    .as("expired, but its hour has not come")
                    .isZero();
            TestDatabase.execute(pool, "UPDATE " + table + " SET expiry = 4000000000000000000, purge_hour = 1");
            assertThat(store.purgeExpired(10))
                    .as("its hour has come, but it is kept for ever")
                    .isZero();
            TestDatabase.execute(pool, "UPDATE " + table + " SET expiry = 1");
            assertThat(store.purgeExpired(10)).isEqualTo(1);
        }
    }

    /** Half of the callers ask for keys that are about to be purged. Deadlocks may happen; nobody is told of one. */
    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "MYSQL_DRIVER"})
    void B14_twoPurgersBesideTraffic(TestDatabase database) throws Exception {
        StatementCounter counter = new StatementCounter();
        int threads = 4;
        int calls = 250;
        ExecutorService callers = Executors.newFixedThreadPool(threads + 2);
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), threads + 2, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store =
                    Requests.builder(counter.in(pool), table).build();
            List<AcquireRequest> old = IntStream.range(0, 3_000)
                    .mapToObj(i -> Requests.request(Requests.newId()))
                    .toList();
            store.acquireAll(old);
            TestDatabase.execute(
                    pool, "UPDATE " + table + " SET expiry = expiry - 360000000000, purge_hour = purge_hour - 100");
            counter.failures.set(0);
            CyclicBarrier start = new CyclicBarrier(threads + 2);
            List<Future<Integer>> purges = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                purges.add(callers.submit(() -> {
                    start.await();
                    int removed = 0;
                    for (int now = -1; now != 0; removed += now) {
                        now = store.purgeExpired(50);
                    }
                    return removed;
                }));
            }
            List<Future<List<RecordId>>> traffic = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int first = i * calls;
                traffic.add(callers.submit(() -> {
                    start.await();
                    List<RecordId> mine = new ArrayList<>();
                    for (int call = 0; call < calls; call++) {
                        RecordId id = call % 2 == 0
                                ? Requests.newId()
                                : old.get(old.size() - 1 - first - call).id();
                        Lease lease = Requests.acquire(store, id);
                        assertThat(lease.number()).isEqualTo(1);
                        assertThat(store.complete(lease, Requests.RESULT, Requests.RETENTION))
                                .isTrue();
                        mine.add(id);
                    }
                    return mine;
                }));
            }
            int completed = 0;
            for (Future<List<RecordId>> caller : traffic) {
                for (RecordId id : caller.get()) {
                    completed++;
                    assertThat(store.find(id)).as("live").isPresent();
                }
            }
            for (Future<Integer> purge : purges) {
                assertThat(purge.get()).isPositive();
            }
            assertThat(completed).isEqualTo(threads * calls);
            assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM " + table))
                    .as("what is left, after %s deadlocks that were answered", counter.failures)
                    .isEqualTo("" + completed);
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void B14_pausesAreJittered() {
        try (HikariDataSource pool = TestDatabase.pool(TestDatabase.H2_MEMORY.newUrl(), 1, Session.DEFAULT)) {
            JdbcIdempotencyStore store =
                    Requests.builder(pool, TestDatabase.newTable(pool)).build();
            JdbcPurger purger = new JdbcPurger(store, INTERVAL, schedule);
            purger.scheduleNext();
            for (int i = 0; i < 100; i++) {
                schedule.runNext();
            }
            assertThat(schedule.pauses)
                    .allSatisfy(pause ->
                            assertThat(pause).isBetween(INTERVAL.toNanos() * 3 / 4, INTERVAL.toNanos() * 5 / 4));
            assertThat(schedule.pauses.stream().distinct().count()).isGreaterThan(50);
        }
    }

    @Test
    void B14_failedRunIsCountedAndTheNextOneComes() {
        try (HikariDataSource pool = TestDatabase.pool(TestDatabase.H2_MEMORY.newUrl(), 1, Session.DEFAULT)) {
            String table = TestDatabase.newTable();
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            JdbcPurger purger = new JdbcPurger(store, INTERVAL, schedule);
            purger.scheduleNext();

            schedule.runNext();
            assertThat(purger.failures()).isEqualTo(1);
            assertThatThrownBy(purger::runOnce).isInstanceOf(StoreException.class);
            JdbcSchema.createIfAbsent(pool, table);
            givenExpired(pool, table, store, 3);
            schedule.runNext();

            assertThat(purger.failures()).isEqualTo(2);
            assertThat(purger.purged()).isEqualTo(3);
        }
    }

    @Test
    void B14_intervalOutOfRangeIsRefused() {
        try (JdbcIdempotencyStore store = JdbcIdempotencyStore.open("jdbc:h2:mem:intervals", "sa", "")) {
            for (Duration interval : List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofDays(2))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> JdbcPurger.start(store, interval))
                        .withMessageContaining(interval.toString());
            }
            try (JdbcPurger purger = JdbcPurger.start(store, INTERVAL)) {
                assertThat(purger.runOnce()).isZero();
                assertThat(purger.runs()).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "MYSQL_DRIVER"})
    void B14_rowsThatAreLockedAreLeftToTheirOwner(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            givenExpired(pool, table, store, 5);
            try (var connection = pool.getConnection();
                    var statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SELECT * FROM " + table + " ORDER BY id LIMIT 2 FOR UPDATE");

                assertThat(store.purgeExpired(10)).isEqualTo(3);

                connection.rollback();
                connection.setAutoCommit(true);
            }
            assertThat(store.purgeExpired(10)).isEqualTo(2);
        }
    }
}
