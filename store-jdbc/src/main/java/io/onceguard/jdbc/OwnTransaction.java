package io.onceguard.jdbc;

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
    private boolean committed;

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

    Commit commit() {
        try {
            connection.commit();
            committed = true;
            return Commit.DONE;
        } catch (SQLException refused) {
            failure = refused;
            return switch (SqlFailure.of(refused, dialect)) {
                case CONFLICT -> Commit.CONFLICT;
                case UNKNOWN -> Commit.UNKNOWN;
                default -> Commit.REFUSED;
            };
        }
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
        try {
            if (undone) {
                connection.commit();
                committed = true;
            }
        } catch (SQLException | RuntimeException second) {
            failureOfWork.addSuppressed(second);
        }
    }

    /** Rolls back what was not committed, and gives the connection back. */
    @Override
    public void close() {
        try {
            if (!committed) {
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
