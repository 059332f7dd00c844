package io.onceguard.examples;

import io.onceguard.jdbc.H2File;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcSchema;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/**
 * An embedded H2 file with two tables: the records of the library, and the {@link Ledger} in which the gateway books its
 * charges. Each commits for itself, as they would in two systems. Both survive the end and the crash of the process.
 *
 * @param pool what opens and closes the file
 * @param connections those of the pool; they take turns, so that a kill leaves whole transactions in the file
 * @param store what makes payments safe to retry
 * @param ledger what was charged
 */
record PaymentDatabase(JdbcConnectionPool pool, DataSource connections, JdbcIdempotencyStore store, Ledger ledger)
        implements AutoCloseable {

    /** Opens the database in a folder, and creates both if they are absent. One process at a time can have it open. */
    static PaymentDatabase open(Path folder) throws SQLException {
        // WRITE_DELAY=0: a commit is in the file when it returns, so that a kill of the process loses nothing
        String url = "jdbc:h2:file:" + folder.resolve("payments").toAbsolutePath() + ";WRITE_DELAY=0";
        JdbcConnectionPool pool = JdbcConnectionPool.create(url, "sa", "");
        DataSource connections = H2File.takingTurns(pool);
        JdbcSchema.createIfAbsent(connections);
        JdbcIdempotencyStore store = JdbcIdempotencyStore.builder(connections).build();
        return new PaymentDatabase(pool, connections, store, new Ledger(connections));
    }

    @Override
    public void close() {
        pool.dispose();
    }
}
