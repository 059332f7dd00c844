package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What one database is told: complete statements, and nothing else. One engine binds them.
 *
 * <p>The statements speak of the table {@code onceguard_record}, which is replaced by the name that the store was given.
 * A parameter is written {@code :name}. What stands in braces is repeated, separated by commas, for each record of a
 * batch; a single call is a batch of one. Every statement is one atomic step, takes its time from the database, and
 * must be right at any isolation level, on its own or within a longer transaction.
 *
 * <p>{@code acquire} and {@code find} answer with rows of these columns, in this order: id, state, attempt, previous,
 * number, token, algorithm, fingerprint, since, lease_end, expiry, result, and the database's time. {@code find} leaves
 * out what has expired. {@code acquire} answers with the rows that it took and, where the database can do so in one
 * step, those that it may not take; whatever it leaves out is looked up by {@code find}. The other statements answer
 * with the ids of the rows that they changed, or that were as wanted; {@code purge} reports the number of rows.
 *
 * @param product the name by which the driver calls the database
 * @param minVersion the oldest major version that these statements are for
 * @param schema the file with the DDL, a resource of this module
 * @param acquire takes the lease of every record that its request may take
 * @param renew starts leases anew
 * @param finish completes, releases or holds records
 * @param resolve completes an abandoned or held record in the name of an operator
 * @param delete makes a record expire at once and empties it; the row stays until the purge, so that tokens go on
 * @param find looks at records
 * @param purge removes rows that expired in an earlier hour
 * @param comment shows the comment on the table {@code :table} in {@code :schema} (null: where the session looks)
 * @param transaction what else holds inside the caller's transaction
 */
public record JdbcDialect(
        String product,
        int minVersion,
        String schema,
        String acquire,
        String renew,
        String finish,
        String resolve,
        String delete,
        String find,
        String purge,
        String comment,
        InTransaction transaction) {

    /**
     * What is said besides inside the caller's transaction.
     *
     * @param clock how the statements spell the time; where it stands still within a transaction, it is replaced
     * @param runningClock the time of the statement, in the middle of a transaction
     * @param lockTimeout shows for how long the session waits for a lock
     * @param setLockTimeout sets it to {@code :timeout}: a number of milliseconds, or what was shown
     */
    public record InTransaction(String clock, String runningClock, String lockTimeout, String setLockTimeout) {

        /**
         * Creates the part.
         *
         * @throws NullPointerException if a part of it is null
         */
        public InTransaction {
            requireNonNull(clock, "clock");
            requireNonNull(runningClock, "runningClock");
            requireNonNull(lockTimeout, "lockTimeout");
            requireNonNull(setLockTimeout, "setLockTimeout");
        }
    }

    private static final List<JdbcDialect> SUPPORTED = List.of(H2Dialect.DIALECT, PostgresDialect.DIALECT);

    /**
     * Creates a dialect.
     *
     * @throws NullPointerException if a part is null
     */
    public JdbcDialect {
        requireNonNull(product, "product");
        requireNonNull(schema, "schema");
        requireNonNull(acquire, "acquire");
        requireNonNull(renew, "renew");
        requireNonNull(finish, "finish");
        requireNonNull(resolve, "resolve");
        requireNonNull(delete, "delete");
        requireNonNull(find, "find");
        requireNonNull(purge, "purge");
        requireNonNull(comment, "comment");
        requireNonNull(transaction, "transaction");
    }

    /** The same statements with a clock that runs within a transaction. */
    JdbcDialect inTransaction() {
        UnaryOperator<String> clock = sql -> sql.replace(transaction.clock, transaction.runningClock);
        return new JdbcDialect(
                product,
                minVersion,
                schema,
                clock.apply(acquire),
                clock.apply(renew),
                clock.apply(finish),
                clock.apply(resolve),
                clock.apply(delete),
                clock.apply(find),
                purge,
                comment,
                transaction);
    }

    /** Returns the dialect of H2, from 2.0. */
    public static JdbcDialect h2() {
        return H2Dialect.DIALECT;
    }

    /** Returns the dialect of PostgreSQL, from 13. */
    public static JdbcDialect postgresql() {
        return PostgresDialect.DIALECT;
    }

    /** Returns the names of the databases that are supported. */
    public static List<String> supported() {
        return SUPPORTED.stream().map(JdbcDialect::product).toList();
    }

    /** The dialect of the database that its driver calls by this name. */
    static Optional<JdbcDialect> of(String product) {
        return SUPPORTED.stream()
                .filter(dialect -> dialect.product.equals(product))
                .findFirst();
    }

    /** Returns the name and oldest version of the database. */
    @Override
    public String toString() {
        return product + " " + minVersion;
    }
}
