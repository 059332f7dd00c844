package io.onceguard.jdbc;

import io.onceguard.jdbc.Access.Turns;
import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A borrowed connection, for one call on one thread. Each step is a transaction of its own, and is run again a few times
 * where the database said that it was undone.
 */
final class Session implements Steps, AutoCloseable {

    /** Under a serializable default isolation many callers of one key undo each other; one of them always gets on. */
    static final int MAX_RUNS = 40;

    private static final int IMMEDIATE_RUNS = 5;
    private static final long LONGEST_PAUSE_NANOS = 8_000_000;

    private final Connection connection;
    private final JdbcDialect dialect;
    private final TableName table;
    private Turns turns = Turns.NONE;

    /** Whether a failure now leaves open what the database has done. */
    private boolean mayBeApplied;

    Session(Connection connection, JdbcDialect dialect, TableName table) {
        this.connection = connection;
        this.dialect = dialect;
        this.table = table;
    }

    /**
     * Prepares for steps.
     *
     * <p>It ends the transaction that a pool's own statements (a connection test, a setting) may have begun on a connection
     * without autocommit: at a level that keeps its first snapshot, everything read in it would be out of date.
     */
    void begin(Access access) throws SQLException {
        turns = access.turns(connection);
        endOpenTransaction();
    }

    private void endOpenTransaction() throws SQLException {
        if (!connection.getAutoCommit()) {
            turns.end(connection, open -> {
                open.rollback();
                return true;
            });
        }
    }

    @Override
    public <T> T read(String name, Step<T> step) {
        return run(name, false, step);
    }

    @Override
    public <T> T write(String name, Step<T> step) {
        return run(name, true, step);
    }

    @Override
    public StoreException outpaced(String name) {
        return new StoreException(name + ": others kept moving the record, nothing was applied", false, null);
    }

    private <T> T run(String name, boolean writes, Step<T> step) {
        for (int runs = 1; ; runs++) {
            mayBeApplied = writes;
            try {
                boolean autoCommit = connection.getAutoCommit();
                mayBeApplied = writes && autoCommit;
                return turns.step(connection, autoCommit ? step : committed(writes, step));
            } catch (SQLException failure) {
                undo(failure);
                SqlFailure meaning = SqlFailure.of(failure, dialect);
                if (!meaning.allowsRerun() || runs == MAX_RUNS) {
                    throw meaning.exception(name, mayBeApplied && meaning.isUnknown(), failure, dialect, table);
                }
                letOthersEnd(runs);
            } catch (RuntimeException failure) {
                undo(failure);
                throw new StoreException(dialect.product() + ": " + name + " failed", mayBeApplied, failure);
            }
        }
    }

    private <T> Step<T> committed(boolean writes, Step<T> step) {
        return transaction -> {
            T answer = step.run(transaction);
            mayBeApplied = writes;
            transaction.commit();
            return answer;
        };
    }

    /** The one in the way may be a thread that waits for a core: all runs together last for some 80 ms. */
    private static void letOthersEnd(int runs) {
        if (runs > IMMEDIATE_RUNS) {
            long longest = LONGEST_PAUSE_NANOS * runs / MAX_RUNS;
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longest));
        }
    }

    /** Ends the transaction of a step that failed, so that neither a rerun nor the pool meets it. */
    private void undo(Exception failure) {
        try {
            endOpenTransaction();
        } catch (SQLException | RuntimeException second) {
            failure.addSuppressed(second);
        }
    }

    /** Gives the connection back. What the steps did does not depend on it. */
    @Override
    public void close() {
        try {
            turns.close(connection);
        } catch (SQLException | RuntimeException harmless) {
            // the answer is known, and the pool looks after its connections
        }
    }
}
