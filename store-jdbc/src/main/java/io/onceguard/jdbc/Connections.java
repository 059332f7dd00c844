package io.onceguard.jdbc;

import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * Lends connections to calls: one for each call, given back before the call returns, as it was found.
 *
 * <p>Neither autocommit nor isolation is touched. On a connection without autocommit each step ends with a commit of
 * its own. Where an interrupt would harm the database, calls run on threads that nobody interrupts.
 */
final class Connections {

    private final DataSource dataSource;
    private final JdbcDialect dialect;
    private final TableName table;
    private final Shield shield;

    /** Where calls run. */
    interface Shield {
        Shield NONE = Supplier::get;

        <T> T call(Supplier<T> body);
    }

    /** What is done with a connection. */
    interface Step<T> {
        T run(Connection connection) throws SQLException;
    }

    Connections(DataSource dataSource, JdbcDialect dialect, TableName table, Shield shield) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.table = table;
        this.shield = shield;
    }

    /** Borrows a connection for one call, which may consist of several steps. */
    <T> T call(Function<Session, T> body) {
        return shield.call(() -> {
            try (Session session = borrow()) {
                return body.apply(session);
            }
        });
    }

    private Session borrow() {
        try {
            Connection connection = dataSource.getConnection();
            Session session = new Session(connection, dialect, table);
            try {
                session.endOpenTransaction();
            } catch (SQLException | RuntimeException failure) {
                session.close();
                throw failure;
            }
            return session;
        } catch (SQLException | RuntimeException failure) {
            throw new StoreException(dialect.product() + ": no connection, nothing was applied", false, failure);
        }
    }
}
