package io.onceguard.jdbc;

import java.sql.Connection;

/**
 * Business code without a value that writes to the database in the transaction it is given. It may be run more than
 * once; every run but the last is rolled back.
 *
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface TransactionAction<X extends Exception> {

    /**
     * Does the work.
     *
     * @param connection where the work writes; it must not commit, roll back, close it or change its autocommit
     * @throws X if the work fails
     */
    void run(Connection connection) throws X;
}
