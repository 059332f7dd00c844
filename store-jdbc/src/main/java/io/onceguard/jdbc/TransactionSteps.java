package io.onceguard.jdbc;

import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/**
 * Steps within an open transaction. Nothing is committed here. In the caller's transaction nothing is rolled back further
 * than to a savepoint: the one that was set by {@link #begin}, or none. The first steps of a transaction of the library's
 * own need no savepoint, because there is nothing yet to be protected.
 *
 * <p>No failure is ambiguous, because nothing counts before the caller's commit.
 */
final class TransactionSteps implements Steps {

    private final Connection connection;
    private final JdbcDialect dialect;
    private final TableName table;
    private final boolean isH2;
    private final boolean own;
    private boolean empty;
    private @Nullable Savepoint before;

    /** The record is locked by another transaction, and this one has waited long enough. It goes on as it was. */
    static final class LockedException extends StoreException {
        private static final long serialVersionUID = 1L;

        LockedException(StoreException failure) {
            super(String.valueOf(failure.getMessage()), false, failure.getCause());
        }
    }

    /**
     * Creates the steps.
     *
     * @param own whether the library has just begun the transaction, and ends it
     */
    TransactionSteps(Connection connection, JdbcDialect dialect, TableName table, boolean own) {
        this.connection = connection;
        this.dialect = dialect;
        this.table = table;
        this.own = own;
        this.empty = own;
        isH2 = dialect.product().equals(JdbcDialect.h2().product());
    }

    /**
     * Refuses a connection on which nothing can be undone.
     *
     * @throws IllegalArgumentException if autocommit is on
     */
    void checkAutoCommit() {
        boolean on = run("look at autocommit", Connection::getAutoCommit);
        if (on) {
            throw new IllegalArgumentException("connection: autocommit must be off, or the record would be committed"
                    + " without the work; the transaction is the caller's to begin and to end");
        }
    }

    /** Protects the transaction from what fails until {@link #end}. */
    void begin() {
        checkAutoCommit();
        if (!empty) {
            before = run("savepoint", Connection::setSavepoint);
        }
    }

    /** Whether the commit comes next, which gives the last savepoint back by itself. */
    boolean endsWithCommit() {
        return own;
    }

    /** What was done since the beginning stays. */
    void end() {
        Savepoint done = before;
        before = null;
        empty = false;
        if (done != null) {
            write("savepoint", connection -> {
                connection.releaseSavepoint(done);
                return true;
            });
        }
    }

    /** For how long the session waits for locks. */
    String lockTimeout(Statements statements) {
        return read("lock timeout", open -> {
            H2LockTimeout known = knownLockTimeout();
            return known == null ? statements.lockTimeout(open) : known.millis();
        });
    }

    /** Sets it, to milliseconds or to what was read. */
    void setLockTimeout(Statements statements, String timeout) {
        write("lock timeout", open -> {
            H2LockTimeout known = knownLockTimeout();
            return known == null ? statements.setLockTimeout(open, timeout) : known.set(timeout);
        });
    }

    private @Nullable H2LockTimeout knownLockTimeout() throws SQLException {
        return isH2 ? H2LockTimeout.of(connection) : null;
    }

    @Override
    public <T> T read(String name, Step<T> step) {
        return run(name, step);
    }

    @Override
    public <T> T write(String name, Step<T> step) {
        return run(name, step);
    }

    /** At a level that keeps its first snapshot, the record of another transaction stays out of sight. */
    @Override
    public StoreException outpaced(String name) {
        return new StoreConflictException(name + ": another transaction wrote the record, nothing was applied", null);
    }

    private <T> T run(String name, Step<T> step) {
        for (int runs = 1; ; runs++) {
            try {
                return step.run(connection);
            } catch (SQLException failure) {
                boolean goesOn = undo(failure);
                SqlFailure meaning = SqlFailure.of(failure, dialect);
                boolean mayRunAgain = meaning == SqlFailure.DUPLICATE && goesOn && runs < Session.MAX_RUNS;
                if (!mayRunAgain || seesOnlyItsSnapshot(failure)) {
                    throw exception(meaning, name, failure, goesOn);
                }
            } catch (RuntimeException failure) {
                undo(failure);
                throw new StoreException(dialect.product() + ": " + name + " failed", false, failure);
            }
        }
    }

    private StoreException exception(SqlFailure meaning, String name, SQLException failure, boolean goesOn) {
        StoreException exception = meaning.exception(name, false, failure, dialect, table);
        boolean conflict = meaning == SqlFailure.CONFLICT || meaning == SqlFailure.DUPLICATE;
        boolean locked = meaning == SqlFailure.LOCKED;
        if (conflict || (locked && !goesOn)) {
            // without its savepoint the whole transaction is gone: innodb_rollback_on_timeout does that
            return new StoreConflictException(String.valueOf(exception.getMessage()), exception.getCause());
        }
        return locked ? new LockedException(exception) : exception;
    }

    private boolean seesOnlyItsSnapshot(SQLException failure) {
        try {
            return connection.getTransactionIsolation() > Connection.TRANSACTION_READ_COMMITTED;
        } catch (SQLException | RuntimeException second) {
            failure.addSuppressed(second);
            return true;
        }
    }

    /** Whether the transaction is as it was before the protected step, and can go on. */
    private boolean undo(Exception failure) {
        if (before != null || empty) {
            try {
                rollBack();
            } catch (SQLException | RuntimeException second) {
                failure.addSuppressed(second);
                return false;
            }
        }
        return true;
    }

    private void rollBack() throws SQLException {
        if (before == null) {
            connection.rollback();
        } else {
            connection.rollback(before);
        }
    }
}
