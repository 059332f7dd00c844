package io.onceguard.jdbc;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A piece of business code that writes to the database in the transaction it is given. It may be run more than once;
 * every run but the last is rolled back.
 *
 * @param <T> the type of its value
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface TransactionWork<T extends @Nullable Object, X extends Exception> {

    /**
     * Does the work.
     *
     * @param connection where the work writes; it must not commit, roll back, close it or change its autocommit
     * @return the value
     * @throws X if the work fails
     */
    T run(Connection connection) throws X;
}
