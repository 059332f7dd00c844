package io.onceguard.jdbc;

import io.onceguard.spi.TransactionBoundStore;
import java.sql.Connection;
import java.time.Duration;

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

    /** Binds to a transaction; {@code own} says that the library has just begun it, and ends it. */
    TransactionBoundStore bind(Connection connection, boolean own) {
        TransactionSteps steps = new TransactionSteps(connection, dialect, table, own);
        steps.checkAutoCommit();
        return new JdbcTransactionStore(statements, steps, sightings, lockTimeout, readFirst);
    }
}
