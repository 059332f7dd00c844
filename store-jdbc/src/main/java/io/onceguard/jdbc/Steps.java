package io.onceguard.jdbc;

import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;

/** Runs statements on one connection, and says what their errors mean. For one call on one thread. */
interface Steps {

    /** What is done with a connection. */
    interface Step<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Runs a step that changes nothing; its failure is never ambiguous. */
    <T> T read(String name, Step<T> step);

    /** Runs a step that writes. */
    <T> T write(String name, Step<T> step);

    /** What it means that somebody moved the record between all looks of this call. */
    StoreException outpaced(String name);
}
