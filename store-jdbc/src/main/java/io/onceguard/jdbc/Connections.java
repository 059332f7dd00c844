package io.onceguard.jdbc;

import io.onceguard.spi.StoreException;
import java.sql.SQLException;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * Lends connections to calls: one for each call, given back before the call returns, as it was found.
 *
 * <p>Neither autocommit nor isolation is touched, except that a verb that takes several statements turns autocommit off
 * for as long as they take. On a connection without autocommit each step ends with a commit of its own.
 */
final class Connections {

    private final DataSource dataSource;
    private final JdbcDialect dialect;
    private final TableName table;
    private final Access access;
    private final DataSource forWork;

    Connections(DataSource dataSource, JdbcDialect dialect, TableName table, Access access) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.table = table;
        this.access = access;
        this.forWork = access.forWork(dataSource);
    }

    /** Borrows a connection for one call, which may consist of several steps. */
    <T> T call(Function<Session, T> body) {
        return access.call(() -> {
            try (Session session = borrow()) {
                return body.apply(session);
            }
        });
    }

    /** Borrows a connection for a transaction of the library's own. */
    OwnTransaction begin() {
        OwnTransaction transaction = null;
        try {
            transaction = new OwnTransaction(forWork.getConnection(), dialect);
            transaction.begin();
            return transaction;
        } catch (SQLException | RuntimeException failure) {
            if (transaction != null) {
                transaction.close();
            }
            throw noConnection(failure);
        }
    }

    /** Whether the error says that another transaction was in the way, and this one may be run again from its start. */
    boolean isConflict(SQLException failure) {
        return SqlFailure.of(failure, dialect) == SqlFailure.CONFLICT;
    }

    private Session borrow() {
        Session session = null;
        try {
            session = new Session(access.borrow(dataSource), dialect, table);
            session.begin(access);
            return session;
        } catch (SQLException | RuntimeException failure) {
            if (session != null) {
                session.close();
            }
            throw noConnection(failure);
        }
    }

    private StoreException noConnection(Exception failure) {
        return new StoreException(dialect.product() + ": no connection, nothing was applied", false, failure);
    }
}
