package io.onceguard.jdbc;

import io.onceguard.jdbc.JdbcDialect.InTransaction;

/**
 * MariaDB, from 10.5: the statements of {@link MySqlDialect}, but {@code acquire} answers by itself, in one statement,
 * with each row as it now is.
 */
final class MariaDbDialect {

    private static final String ACQUIRE = MySqlDialect.TAKE + MySqlDialect.timed("""
            RETURNING id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry,
                      result, shown_clock()
            """);

    /**
     * The time of a statement is limited, because the wait for a lock can be so in whole seconds only; an earlier end by
     * innodb_lock_wait_timeout is one all the same. Less than 50 ms could end a statement that waits for nobody.
     */
    private static final InTransaction TRANSACTION = new InTransaction(
            "UTC_TIMESTAMP(6)",
            "UTC_TIMESTAMP(6)",
            "",
            "",
            "",
            "",
            "SELECT @@max_statement_time * 1000",
            "SET max_statement_time = IF(:timeout > 0 AND :timeout < 50, 50, :timeout) / 1000");

    static final JdbcDialect DIALECT = new JdbcDialect(
            "MariaDB",
            "10.5",
            "mariadb.sql",
            "",
            "",
            ACQUIRE,
            MySqlDialect.RENEW,
            MySqlDialect.FINISH,
            MySqlDialect.RESOLVE,
            MySqlDialect.DELETE,
            MySqlDialect.FIND,
            MySqlDialect.PURGE,
            MySqlDialect.COMMENT,
            TRANSACTION,
            false,
            JdbcDialect.MANY_ROWS,
            true,
            MySqlDialect.STATES);

    private MariaDbDialect() {}
}
