package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What calls cost on PostgreSQL, by the server's own books. */
class PostgresCostTest {

    private static final int CALLS = 1_000;

    private HikariDataSource pool;
    private HikariDataSource admin;
    private String table;
    private JdbcIdempotencyStore store;

    @BeforeEach
    void open() {
        pool = TestDatabase.pool(TestDatabase.POSTGRESQL.newUrl(), 1, Session.DEFAULT);
        admin = TestDatabase.pool(TestDatabase.POSTGRESQL.newUrl(), 2, Session.DEFAULT);
        table = TestDatabase.newTable(pool);
        store = Requests.builder(pool, table).build();
    }

    @AfterEach
    void close() {
        pool.close();
        admin.close();
    }

    /** One record that was completed, one that is in progress, one on hold. */
    private List<RecordId> records() {
        Lease completed = Requests.acquire(store, Requests.newId());
        store.complete(completed, Requests.RESULT, Requests.RETENTION);
        Lease running = Requests.acquire(store, Requests.newId());
        Lease held = Requests.acquire(store, Requests.newId());
        store.hold(held);
        return List.of(completed.id(), running.id(), held.id());
    }

    private void askAll(List<RecordId> ids) {
        assertThat(store.acquire(Requests.request(ids.get(0)))).isInstanceOf(Completed.class);
        assertThat(store.acquire(Requests.takeover(ids.get(1)))).isInstanceOf(Held.class);
        assertThat(store.acquire(Requests.request(ids.get(2)))).isInstanceOf(Abandoned.class);
    }

    @Test
    void A03_replaysAndRejectionsWriteNoWal() {
        List<RecordId> ids = records();
        long written = Long.MAX_VALUE;
        // the server's own processes may write something now and then, but not in each of these rounds
        for (int round = 0; round < 10 && written > 0; round++) {
            String before = walPosition();
            for (int i = 0; i < CALLS / 3; i++) {
                askAll(ids);
            }
            written = Long.parseLong(
                    TestDatabase.query(admin, "SELECT pg_wal_lsn_diff('" + walPosition() + "', '" + before + "')"));
        }
        assertThat(written)
                .as("bytes of WAL in a round of %d refused calls", CALLS)
                .isZero();
    }

    private String walPosition() {
        return TestDatabase.query(admin, "SELECT pg_current_wal_insert_lsn()");
    }

    @Test
    void A03_replaysAndRejectionsTakeNoRowLock() throws Exception {
        List<RecordId> ids = records();
        try (Connection other = admin.getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT * FROM " + table + " FOR UPDATE");

            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> askAll(ids));

            other.rollback();
            other.setAutoCommit(true);
        }
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void D02_nearlyAllCompletionsAndRenewalsAreHotUpdates() {
        Random random = new Random(42);
        int updates = 0;
        for (int i = 0; i < 2_000; i++) {
            Lease lease = Requests.acquire(store, Requests.newId());
            if (i % 4 == 0) {
                assertThat(store.renew(lease)).isTrue();
                updates++;
            }
            byte[] result = new byte[random.nextInt(400)];
            assertThat(store.complete(lease, StoredResult.of(result), Retention.of(Duration.ofHours(24))))
                    .isTrue();
            updates++;
        }

        String books = " FROM pg_stat_user_tables WHERE relname = '" + table + "'";
        while (Integer.parseInt(TestDatabase.query(admin, "SELECT n_tup_upd" + books)) < updates) {
            Thread.onSpinWait(); // sessions tell their numbers when they are used again, at most once in a second
            assertThat(store.find(Requests.newId())).isEmpty();
        }
        assertThat(TestDatabase.query(admin, "SELECT n_tup_upd" + books)).isEqualTo(String.valueOf(updates));
        double hot = Double.parseDouble(TestDatabase.query(admin, "SELECT n_tup_hot_upd" + books));
        assertThat(hot / updates).as("share of HOT updates").isGreaterThan(0.95);
    }

    @Test
    void D09_worksWithoutServerPreparedStatementsAndLeavesNothingInTheSession() {
        String url = TestDatabase.POSTGRESQL.newUrl();
        for (String mode : new String[] {"&prepareThreshold=0", "&preferQueryMode=simple", "&prepareThreshold=1"}) {
            try (HikariDataSource other = TestDatabase.pool(url + mode, 1, Session.DEFAULT)) {
                JdbcIdempotencyStore over = Requests.builder(other, table).build();
                for (int i = 0; i < 10; i++) {
                    AcquireRequest request = Requests.request(Requests.newId());
                    AcquireResult first = over.acquire(request);
                    assertThat(over.acquire(request)).isEqualTo(first);
                    over.acquireAll(List.of(Requests.request(Requests.newId()), Requests.request(Requests.newId())));
                }
                AtomicLong locks = new AtomicLong(Long.parseLong(TestDatabase.query(
                        other,
                        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'")));
                assertThat(locks).hasValue(0);
            }
        }
    }
}
