package io.onceguard.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** What a database asks of those who use it, beyond SQL. Safe for use by many threads. */
interface Access {

    /** Nothing. */
    Access FREE = new Access() {
        @Override
        public <T> T call(Supplier<T> body) {
            return body.get();
        }

        @Override
        public Connection borrow(DataSource dataSource) throws SQLException {
            return dataSource.getConnection();
        }

        @Override
        public Turns turns(Connection connection) {
            return Turns.NONE;
        }

        @Override
        public DataSource forWork(DataSource dataSource) {
            return dataSource;
        }
    };

    /** Runs a call of the store's own, from borrowing a connection to giving it back. */
    <T> T call(Supplier<T> body);

    /** Borrows a connection within such a call. */
    Connection borrow(DataSource dataSource) throws SQLException;

    /** What the steps on a connection have to wait for. */
    Turns turns(Connection connection) throws SQLException;

    /** The view of a pool from which users' work takes connections. */
    DataSource forWork(DataSource dataSource);

    /** What the steps on one connection have to wait for. */
    interface Turns {

        /** Nothing. */
        Turns NONE = new Turns() {
            @Override
            public <T> T step(Connection connection, Steps.Step<T> step) throws SQLException {
                return step.run(connection);
            }

            @Override
            public <T> T end(Connection connection, Steps.Step<T> step) throws SQLException {
                return step.run(connection);
            }

            @Override
            public void close(Connection connection) throws SQLException {
                connection.close();
            }
        };

        /** Runs a transaction, or what is one by itself; again, if it met a locked row. */
        <T> T step(Connection connection, Steps.Step<T> step) throws SQLException;

        /** Runs what ends a transaction that was left open. */
        <T> T end(Connection connection, Steps.Step<T> step) throws SQLException;

        /** Gives the connection back. */
        void close(Connection connection) throws SQLException;
    }
}
