package io.onceguard.jdbc;

import io.onceguard.jdbc.Steps.Step;
import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A transaction that the library opened, on a borrowed connection that is given back as it was found. */
final class OwnTransaction implements AutoCloseable {

    private final Connection connection;
    private final JdbcDialect dialect;
    private boolean commitsByItself;

    /** How a commit ended. */
    enum Commit {
        DONE,
        /** It is rolled back because of another transaction. */
        CONFLICT,
        /** It is rolled back, for another reason. */
        REFUSED,
        /** Nobody knows. */
        UNKNOWN
    }

    /** How the commit ended; null before it. */
    private @Nullable Commit end;

    /** The failure of the commit, if it failed. */
    private @Nullable SQLException failure;

    OwnTransaction(Connection connection, JdbcDialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    void begin() throws SQLException {
        commitsByItself = connection.getAutoCommit();
        if (commitsByItself) {
            connection.setAutoCommit(false);
        } else {
            connection.rollback(); // whatever the pool left open has an old snapshot
        }
    }

    Connection connection() {
        return connection;
    }

    /** Commits, or says how {@link #commitWith} did. */
    Commit commit() {
        Commit known = end;
        if (known != null) {
            return known;
        }
        try {
            connection.commit();
            end = Commit.DONE;
            return Commit.DONE;
        } catch (SQLException | RuntimeException refused) {
            return endedBy(asSqlException(refused));
        }
    }

    /**
     * Carries out a last write that commits as well. Whether the commit took place is told by {@link #commit}.
     *
     * @return false if there was nothing to be written; the transaction is then beyond repair
     * @throws SQLException if it was the write that failed, and nothing was committed
     */
    boolean commitWith(Step<Boolean> lastWrite) throws SQLException {
        try {
            boolean written = lastWrite.run(connection);
            if (written) {
                end = Commit.DONE;
            }
            return written;
        } catch (SQLException | RuntimeException thrown) {
            SQLException refused = asSqlException(thrown);
            boolean ofConstraint = SqlFailure.of(refused, dialect).isOfValues(); // one that is checked at the end
            if (endedBy(refused) == Commit.REFUSED && !ofConstraint) {
                throw refused;
            }
            return true;
        }
    }

    private Commit endedBy(SQLException refused) {
        Commit how = switch (SqlFailure.of(refused, dialect)) {
            case CONFLICT -> Commit.CONFLICT;
            case UNKNOWN -> Commit.UNKNOWN;
            default -> Commit.REFUSED;
        };
        end = how;
        failure = refused;
        return how;
    }

    /** What else a driver throws says nothing about the commit. */
    private static SQLException asSqlException(Exception thrown) {
        return thrown instanceof SQLException refused
                ? refused
                : new SQLException("the driver threw " + thrown.getClass().getName(), thrown);
    }

    StoreException failed(Commit end) {
        String state = failure == null ? "" : " with SQLState " + failure.getSQLState();
        return switch (end) {
            case UNKNOWN ->
                new StoreException(
                        "the commit failed" + state
                                + ", and may have been applied; call again with the same key to know",
                        true,
                        failure);
            case CONFLICT ->
                new StoreConflictException(
                        "the commit failed" + state + ", nothing was applied; another transaction was in the way",
                        failure);
            default -> new StoreException("the commit failed" + state + ", nothing was applied", false, failure);
        };
    }

    /** Keeps what was written about the failure of the work, or nothing, if the work could not be undone. */
    void endAfter(Throwable failureOfWork) {
        boolean undone = Stream.of(failureOfWork.getSuppressed()).noneMatch(StoreException.class::isInstance);
        if (undone && commit() != Commit.DONE && failure != null) {
            failureOfWork.addSuppressed(failure);
        }
    }

    /** Rolls back what was not committed, and gives the connection back. */
    @Override
    public void close() {
        try {
            if (end != Commit.DONE) {
                connection.rollback();
            }
            if (commitsByItself) {
                connection.setAutoCommit(true);
            }
        } catch (SQLException | RuntimeException broken) {
            // the pool looks after its connections; what was not committed is gone
        } finally {
            giveBack();
        }
    }

    private void giveBack() {
        try {
            connection.close();
        } catch (SQLException | RuntimeException harmless) {
            // the answer is known
        }
    }
}
