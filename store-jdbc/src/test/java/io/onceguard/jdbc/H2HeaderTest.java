package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.Lease;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the header of an H2 file says after each step. */
class H2HeaderTest {

    private static final int BLOCK = 4_096;
    private static final Pattern VERSION = Pattern.compile("\\bversion:(\\p{XDigit}+)");

    @TempDir
    private Path folder;

    private HikariDataSource pool(String options) {
        return TestDatabase.pool("jdbc:h2:file:" + folder.resolve("db") + options, 2, Session.DEFAULT);
    }

    private static FileStore<?> file(HikariDataSource pool) throws SQLException {
        return store(pool).getFileStore();
    }

    private static MVStore store(HikariDataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return H2Turn.session(connection).getDatabase().getStore().getMvStore();
        }
    }

    /** As a process reads it that opens the file. */
    private long writtenVersion() throws IOException {
        String header =
                new String(Files.readAllBytes(folder.resolve("db.mv.db")), 0, BLOCK, StandardCharsets.ISO_8859_1);
        Matcher version = VERSION.matcher(header);
        return version.find() ? Long.parseLong(version.group(1), 16) : 0;
    }

    @Test
    void D12_theHeaderLeadsToTheLastCommit() throws Exception {
        try (HikariDataSource pool = pool(";WRITE_DELAY=0")) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            FileStore<?> file = file(pool);
            for (int i = 0; i < 20; i++) {
                Lease lease = Requests.acquire(store, Requests.newId());
                assertThat(writtenVersion()).as("acquired").isEqualTo(file.lastChunkVersion());
                assertThat(store.release(lease)).isTrue();
                assertThat(writtenVersion()).as("released").isEqualTo(file.lastChunkVersion());
            }
            try (Connection connection = H2File.takingTurns(pool).getConnection()) {
                connection.setAutoCommit(false);
                connection.createStatement().execute("DELETE FROM " + table);
                connection.commit();
                assertThat(writtenVersion()).as("committed by the work").isEqualTo(file.lastChunkVersion());
            }
            assertThat(file.isSpaceReused()).isTrue();
        }
    }

    @Test
    void D12_theHeaderIsLeftToAnH2ThatCommitsInTheBackground() throws Exception {
        try (HikariDataSource pool = pool(";WRITE_DELAY=60000")) {
            TestDatabase.execute(pool, "CREATE TABLE t (id INT)");
            try (Connection connection = H2File.takingTurns(pool).getConnection()) {
                connection.createStatement().execute("INSERT INTO t VALUES (1)");
            }
            MVStore store = store(pool);
            long before = writtenVersion();
            store.commit();
            new H2Header(H2Turn.session(pool.getConnection()).getDatabase()).follow();
            assertThat(writtenVersion()).isEqualTo(before);
        }
    }
}
