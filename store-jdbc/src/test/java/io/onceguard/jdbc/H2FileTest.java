package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome.Executed;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredResult;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database in a file: what survives a kill, and what an interrupt does. */
class H2FileTest {

    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:h2:file:" + folder.resolve("db");
    }

    private static JdbcDataSource dataSource(String url) {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL(url);
        dataSource.setUser("sa");
        return dataSource;
    }

    @Test
    void D12_fileIsOpenedWithoutWriteDelay() {
        try (JdbcIdempotencyStore store = JdbcIdempotencyStore.open(url(), "sa", "")) {
            assertThat(TestDatabase.query(
                            dataSource(url()),
                            "SELECT SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = 'WRITE_DELAY'"))
                    .isEqualTo("0");
            Requests.acquire(store, Requests.newId());
        }
    }

    @Test
    void D12_fileWithAWriteDelayIsRefused() {
        for (String delay : new String[] {";WRITE_DELAY=500", ";write_delay=1"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> JdbcIdempotencyStore.open(url() + delay, "sa", ""))
                    .withMessageContaining("WRITE_DELAY=0");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> JdbcIdempotencyStore.builder(dataSource(url())).build())
                .withMessageContaining("WRITE_DELAY=0");
        assertThat(JdbcIdempotencyStore.builder(dataSource(url() + ";WRITE_DELAY=0"))
                        .build())
                .isNotNull();
        assertThat(JdbcIdempotencyStore.builder(dataSource("jdbc:h2:mem:delay")).build())
                .isNotNull();
    }

    /** Interrupts a thread without a pause, until it is told to stop. */
    private static Thread interrupting(Thread victim, AtomicBoolean going) {
        Thread thread = new Thread(() -> {
            while (going.get()) {
                victim.interrupt();
                Thread.onSpinWait();
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void A14_interruptsDuringCallsDoNotCloseTheDatabase() throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(url() + ";WRITE_DELAY=0", 4, Session.DEFAULT)) {
            JdbcIdempotencyStore store =
                    Requests.builder(pool, TestDatabase.newTable(pool)).build();
            AtomicBoolean going = new AtomicBoolean(true);
            Thread interrupter = interrupting(Thread.currentThread(), going);
            try {
                for (int i = 0; i < 300; i++) {
                    Lease lease = Requests.acquire(store, Requests.newId());
                    assertThat(store.complete(lease, StoredResult.of(new byte[20_000]), Requests.RETENTION))
                            .isTrue();
                    assertThat(store.find(lease.id()).orElseThrow().state()).isEqualTo(RecordState.COMPLETED);
                }
            } finally {
                going.set(false);
                while (interrupter.isAlive()) {
                    Thread.interrupted();
                }
            }
            Thread.currentThread().interrupt();
            Requests.acquire(store, Requests.newId());
            assertThat(Thread.interrupted()).as("the flag is left as it was").isTrue();
        }
    }

    @Test
    void A14_workThatReturnsInterruptedIsRecorded() {
        try (JdbcIdempotencyStore store = JdbcIdempotencyStore.open(url(), "sa", "")) {
            IdempotencyExecutor<String> charges = IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                    .build();
            for (int i = 0; i < 50; i++) {
                var outcome = charges.execute(IdempotencyKey.of("t", "k" + i), Fingerprint.of("input"), () -> {
                    Thread.currentThread().interrupt();
                    return "receipt";
                });
                assertThat(Thread.interrupted()).as("the flag of the work").isTrue();
                assertThat(((Executed<String>) outcome).recording()).isEqualTo(Recording.RECORDED);
            }
        }
    }

    /** What the killed process does: completes records for ever, and says so after each. */
    static final class Victim {
        public static void main(String[] arguments) {
            IdempotencyStore store = JdbcIdempotencyStore.open(arguments[0], "sa", "");
            while (true) {
                Lease lease = Requests.acquire(store, Requests.newId());
                store.complete(lease, Requests.RESULT, Requests.RETENTION);
                System.out.println(lease.id().key());
            }
        }
    }

    @Test
    void D12_recordsSurviveAKilledProcess() throws Exception {
        for (int round = 0; round < 3; round++) {
            String file = url() + round;
            Process victim = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Victim.class.getName(),
                            file)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            int acknowledged = 0;
            try (BufferedReader reader =
                    new BufferedReader(new InputStreamReader(victim.getInputStream(), StandardCharsets.UTF_8))) {
                while (reader.readLine() != null) {
                    if (++acknowledged == 200) {
                        victim.toHandle().destroyForcibly(); // SIGKILL, and what was said before can still be read
                    }
                }
            }
            victim.waitFor();
            assertThat(acknowledged).isGreaterThanOrEqualTo(200);

            try (JdbcIdempotencyStore store = JdbcIdempotencyStore.open(file, "sa", "")) {
                int completed = Integer.parseInt(TestDatabase.query(
                        dataSource(file + ";WRITE_DELAY=0"), "SELECT COUNT(*) FROM onceguard_record WHERE state = 4"));
                assertThat(completed).as("acknowledged, and some more").isGreaterThanOrEqualTo(acknowledged);
                assertThat(store.purgeExpired(1)).isZero();
            }
        }
    }
}
