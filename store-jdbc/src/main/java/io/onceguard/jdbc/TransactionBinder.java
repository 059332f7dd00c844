package io.onceguard.jdbc;

import io.onceguard.spi.TransactionBoundStore;
import java.sql.Connection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Binds a store to transactions: what all of them have in common. Immutable and safe for use by many threads. */
final class TransactionBinder {

    private final JdbcDialect dialect;
    private final TableName table;
    private final Statements statements;
    private final Sightings sightings;
    private final Duration lockTimeout;
    private final boolean readFirst;

    TransactionBinder(
            JdbcDialect dialect, TableName table, Sightings sightings, JdbcIdempotencyStoreBuilder.Options options) {
        this.dialect = dialect;
        this.table = table;
        this.statements = new Statements(dialect.inTransaction(), table, options.readableKeys());
        this.sightings = sightings;
        this.lockTimeout = options.lockTimeout();
        this.readFirst = options.readFirst();
    }

    /** Binds to a transaction of the caller. */
    TransactionBoundStore bind(Connection connection) {
        return bind(connection, false, null);
    }

    /**
     * Binds to a transaction that the library has just begun, and ends.
     *
     * @param one whether there is one call in it, whose completion may commit
     */
    TransactionBoundStore bind(OwnTransaction transaction, boolean one) {
        boolean commits = one && statements.canFinishAndCommit();
        return bind(transaction.connection(), true, commits ? transaction : null);
    }

    private TransactionBoundStore bind(Connection connection, boolean own, @Nullable OwnTransaction committed) {
        TransactionSteps steps = new TransactionSteps(connection, dialect, table, own);
        steps.checkAutoCommit();
        return new JdbcTransactionStore(statements, steps, committed, sightings, lockTimeout, readFirst);
    }
}
