package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredResult;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is interrupted while he uses an H2 file: neither he nor anybody else notices, and his flag is kept. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class H2InterruptsTest {

    private static final int ROUNDS = 100;

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:h2:file:" + folder.resolve("db") + ";WRITE_DELAY=0";
    }

    private static HikariDataSource pool(String url) {
        return TestDatabase.pool(url, 4, Session.DEFAULT);
    }

    private static JdbcIdempotencyStore store(DataSource pool) {
        return JdbcIdempotencyStore.builder(pool).build();
    }

    /** What is done while somebody interrupts without a pause. */
    private interface Victim {
        void run(int round) throws Exception;
    }

    private static void interrupted(Victim victim) throws Exception {
        AtomicBoolean going = new AtomicBoolean(true);
        Thread self = Thread.currentThread();
        Thread interrupter = new Thread(() -> {
            while (going.get()) {
                self.interrupt();
                Thread.onSpinWait();
            }
        });
        interrupter.start();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                victim.run(round);
            }
        } finally {
            going.set(false);
            while (interrupter.isAlive()) {
                Thread.interrupted();
            }
            Thread.interrupted();
        }
    }

    private static void completes(IdempotencyStore store) {
        Lease lease = Requests.acquire(store, Requests.newId());
        assertThat(store.complete(lease, StoredResult.of(new byte[20_000]), Requests.RETENTION))
                .isTrue();
        assertThat(store.find(lease.id()).orElseThrow().state()).isEqualTo(RecordState.COMPLETED);
    }

    /** Remembers the threads on which connections were borrowed and statements run. */
    private static final class Threads implements Interceptor {
        private final Set<Thread> seen = new HashSet<>();

        @Override
        public void beforeConnect() {
            seen.add(Thread.currentThread());
        }

        @Override
        public void beforeExecute(String sql) {
            seen.add(Thread.currentThread());
        }
    }

    @Test
    void callsRunOnTheirCallersThread() {
        try (HikariDataSource pool = pool(url())) {
            JdbcSchema.createIfAbsent(pool);
            Threads threads = new Threads();
            JdbcIdempotencyStore store = store(threads.in(pool));
            completes(store);
            threads.seen.clear();

            completes(store);

            assertThat(threads.seen).containsExactly(Thread.currentThread());
        }
    }

    @Test
    void callsOnAnEncryptedFileRunWhereNobodyInterrupts() throws Exception {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL(url() + ";CIPHER=AES");
        h2.setUser("sa");
        h2.setPassword("file user");
        HikariDataSource pool = new HikariDataSource();
        try (pool) {
            pool.setDataSource(h2);
            JdbcSchema.createIfAbsent(pool);
            Threads threads = new Threads();
            JdbcIdempotencyStore store = store(threads.in(pool));
            threads.seen.clear();

            interrupted(round -> completes(store));

            assertThat(threads.seen).isNotEmpty().doesNotContain(Thread.currentThread());
        }
    }

    /** Each call opens the file, and closes it. */
    @Test
    void callsWithoutAPoolRunWhereNobodyInterrupts() throws Exception {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL(url());
        h2.setUser("sa");
        JdbcSchema.createIfAbsent(h2);
        Threads threads = new Threads();
        JdbcIdempotencyStore store = store(threads.in(h2));
        threads.seen.clear();

        interrupted(round -> {
            if (round < ROUNDS / 5) {
                completes(store);
            }
        });

        try (Connection keepsItOpen = h2.getConnection()) {
            completes(store);
            completes(store);
            assertThat(keepsItOpen.isClosed()).isFalse();
        }

        assertThat(threads.seen).isNotEmpty().doesNotContain(Thread.currentThread());
    }

    @Test
    void workInTransactionsIsNotHarmed() throws Exception {
        try (HikariDataSource pool = pool(url())) {
            JdbcSchema.createIfAbsent(pool);
            TestDatabase.execute(pool, "CREATE TABLE ledger (charge INT PRIMARY KEY, padding VARBINARY)");
            JdbcIdempotencyStore store = store(pool);
            JdbcTransactions<String> charges =
                    store.transactions(IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                            .build());

            interrupted(round -> {
                IdempotencyKey key = IdempotencyKey.unscoped("k" + round);
                assertThat(charges.execute(key, Fingerprint.none(), connection -> charge(connection, round))
                                .orElseThrow())
                        .isEqualTo("receipt");
            });

            assertThat(TestDatabase.query(pool, "SELECT COUNT(*) FROM ledger")).isEqualTo("" + ROUNDS);
        }
    }

    private static String charge(Connection connection, int number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO ledger VALUES (?, ?)")) {
            statement.setInt(1, number);
            statement.setBytes(2, new byte[20_000]);
            statement.executeUpdate();
        }
        return "receipt";
    }

    @Test
    void anInterruptWhileARowIsLockedIsKeptAndEndsNothing() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (HikariDataSource pool = pool(url())) {
            JdbcSchema.createIfAbsent(pool);
            JdbcIdempotencyStore store = store(pool);
            RecordId id = Requests.newId();
            Lease lease = Requests.acquire(store, id);
            try (Connection owner = H2File.takingTurns(pool).getConnection()) {
                owner.setAutoCommit(false);
                owner.createStatement().execute("SET LOCK_TIMEOUT 60000");
                owner.createStatement().executeUpdate("UPDATE onceguard_record SET scope = scope");
                AtomicBoolean flag = new AtomicBoolean();
                Future<Boolean> completed = thread.submit(() -> {
                    Thread.currentThread().interrupt();
                    boolean done = store.complete(lease, Requests.RESULT, Requests.RETENTION);
                    flag.set(Thread.interrupted());
                    return done;
                });
                H2Turn turn = H2Turn.of(H2Turn.session(owner));
                while (!turn.isWaitedIn()) {
                    Thread.onSpinWait();
                }
                owner.commit();

                assertThat(completed.get()).isTrue();
                assertThat(flag).isTrue();
            }
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void theFileStaysLockedUntilItIsClosed() throws Exception {
        Path file = folder.resolve("db.mv.db");
        try (HikariDataSource pool = pool(url())) {
            JdbcSchema.createIfAbsent(pool);
            completes(store(pool));
            try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
                assertThatExceptionOfType(OverlappingFileLockException.class).isThrownBy(other::tryLock);
            }
        }
        try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertThat(other.tryLock()).isNotNull();
        }
    }

    /** Nobody knows where the file of the database is now: its channel stays. */
    @Test
    void anotherFileUnderTheSameNameIsNotTouched() throws Exception {
        Path file = folder.resolve("db.mv.db");
        try (HikariDataSource pool = pool(url());
                HikariDataSource other = pool(url().replace("/db;", "/other;"))) {
            JdbcSchema.createIfAbsent(pool);
            Files.move(file, folder.resolve("moved.mv.db"));
            Files.copy(folder.resolve("other.mv.db"), file);
            byte[] before = Files.readAllBytes(file);
            Threads threads = new Threads();
            JdbcIdempotencyStore store = store(threads.in(pool));
            threads.seen.clear();

            interrupted(round -> completes(store));

            assertThat(threads.seen).isNotEmpty().doesNotContain(Thread.currentThread());
            assertThat(file).hasBinaryContent(before);
            assertThat(other.isRunning()).isTrue();
        }
    }
}
