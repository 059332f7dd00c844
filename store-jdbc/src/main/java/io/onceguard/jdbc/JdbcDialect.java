package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What one database is told: complete statements, and nothing else. One engine binds them.
 *
 * <p>The statements speak of the table {@code onceguard_record}, which is replaced by the name that the store was given.
 * A parameter is written {@code :name}. What stands in braces is repeated for each record of a batch, separated by
 * commas, or by what stands behind a bar at its end ({@code {... | OR}}); a single call is a batch of one. Every
 * statement is one atomic step, takes its time from the database, and must be right at any isolation level, on its own
 * or within a longer transaction.
 *
 * <p>Where one statement does not do it, several are separated by semicolons. They are run in one transaction and in
 * their order, until a query has answered with a row for each record. How many rows a statement changed counts for
 * nothing, because it is a question of driver and options: a statement writes {@code :mark}, a number of this call
 * alone, into the rows that it changes, and the query behind it looks for the mark.
 *
 * <p>{@code insert}, {@code claim}, {@code acquire} and {@code find} answer with rows of these columns, in this order: id,
 * state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry, result, and the database's
 * time. A row that has expired says nothing. {@code insert} and {@code claim} come first and are for one record:
 * {@code insert} where the record is thought to be new, {@code claim} where that is not known. They answer with the row
 * that was inserted, {@code claim} also with the one that was there; but it leaves out what belongs to the attempt itself. {@code acquire} answers with the rows that it took and, where the database can do so in one step, those
 * that it may not take; whatever it leaves out is looked up by {@code find}. The other statements answer
 * with the ids of the rows that they changed, or that were as wanted; {@code purge} reports the number of rows.
 *
 * @param product the name by which the driver calls the database
 * @param minVersion the oldest version that these statements are for, as {@code 13} or {@code 10.5}
 * @param schema the file with the DDL, a resource of this module
 * @param insert takes the lease of a record that is not there, and does nothing where it is; empty where {@code acquire}
 *     is as quick
 * @param claim looks, and takes the lease of a record that is not there; empty where {@code acquire} is as quick
 * @param acquire takes the lease of every record that its request may take
 * @param renew starts leases anew
 * @param finish completes, releases or holds records
 * @param resolve completes an abandoned or held record in the name of an operator
 * @param delete makes a record expire at once and empties it; the row stays until the purge, so that tokens go on
 * @param find looks at records
 * @param purge removes rows that expired in an earlier hour
 * @param comment shows the comment on the table {@code :table} in {@code :schema} (null: where the session looks)
 * @param transaction what else holds inside the caller's transaction
 * @param readFirst whether the acquire of one record begins with {@code find}: where the database is in this process, a look that finds
 *     nothing costs less than a write in vain
 * @param batchRows the most records in one statement of a batch, at least 1
 * @param undoesBatches whether a statement that writes many records and fails leaves none of them written, outside a
 *     transaction; if not, each batch gets one
 * @param states the SQLState that a vendor code is read as, for codes of which the driver's SQLState says too little
 */
public record JdbcDialect(
        String product,
        String minVersion,
        String schema,
        String insert,
        String claim,
        String acquire,
        String renew,
        String finish,
        String resolve,
        String delete,
        String find,
        String purge,
        String comment,
        InTransaction transaction,
        boolean readFirst,
        int batchRows,
        boolean undoesBatches,
        Map<Integer, String> states) {

    /** Rows in a statement. At most eleven parameters for each keep clear of PostgreSQL's 65,535. */
    static final int MANY_ROWS = 500;

    /**
     * What is said besides inside the caller's transaction.
     *
     * @param clock how the statements spell the time; where it stands still within a transaction, it is replaced
     * @param runningClock the time of the statement, in the middle of a transaction
     * @param insert the insert there: waits for another transaction no longer than {@code :patience}, in milliseconds, and
     *     then leaves the session's own limit as it was; a row without an id says nothing. Empty: {@code acquire} comes
     *     first
     * @param beginWork sets a savepoint behind the insert, for a driver that sends both in one piece, separated by a
     *     semicolon; empty: JDBC sets it
     * @param undoWork goes back to that savepoint; empty likewise
     * @param finishAndCommit finishes one record and commits, for a driver that sends both in one piece; fails with SQLState
     *     22012, a division by zero, and so commits nothing, if there is no row that {@code finish} would answer with. Empty:
     *     JDBC commits. It spells the time by {@code runningClock}
     * @param lockTimeout shows for how long the session waits for a lock; empty if that cannot be set
     * @param setLockTimeout sets it to {@code :timeout}: a number of milliseconds, or what was shown; empty likewise
     */
    public record InTransaction(
            String clock,
            String runningClock,
            String insert,
            String beginWork,
            String undoWork,
            String finishAndCommit,
            String lockTimeout,
            String setLockTimeout) {

        /**
         * Creates the part.
         *
         * @throws NullPointerException if a part of it is null
         */
        public InTransaction {
            requireNonNull(clock, "clock");
            requireNonNull(runningClock, "runningClock");
            requireNonNull(insert, "insert");
            requireNonNull(beginWork, "beginWork");
            requireNonNull(undoWork, "undoWork");
            requireNonNull(finishAndCommit, "finishAndCommit");
            requireNonNull(lockTimeout, "lockTimeout");
            requireNonNull(setLockTimeout, "setLockTimeout");
        }
    }

    private static final List<JdbcDialect> SUPPORTED =
            List.of(H2Dialect.DIALECT, PostgresDialect.DIALECT, MariaDbDialect.DIALECT, MySqlDialect.DIALECT);

    /**
     * Creates a dialect.
     *
     * @throws NullPointerException if a part is null
     * @throws IllegalArgumentException if a batch has no rows
     */
    public JdbcDialect {
        requireNonNull(product, "product");
        requireNonNull(minVersion, "minVersion");
        requireNonNull(schema, "schema");
        requireNonNull(insert, "insert");
        requireNonNull(claim, "claim");
        requireNonNull(acquire, "acquire");
        requireNonNull(renew, "renew");
        requireNonNull(finish, "finish");
        requireNonNull(resolve, "resolve");
        requireNonNull(delete, "delete");
        requireNonNull(find, "find");
        requireNonNull(purge, "purge");
        requireNonNull(comment, "comment");
        requireNonNull(transaction, "transaction");
        states = Map.copyOf(states);
        if (batchRows < 1) {
            throw new IllegalArgumentException("batchRows: at least 1, was " + batchRows);
        }
    }

    /** The same statements with a clock that runs within a transaction. */
    JdbcDialect inTransaction() {
        UnaryOperator<String> clock = sql -> sql.replace(transaction.clock, transaction.runningClock);
        return new JdbcDialect(
                product,
                minVersion,
                schema,
                clock.apply(transaction.insert),
                "",
                clock.apply(acquire),
                clock.apply(renew),
                clock.apply(finish),
                clock.apply(resolve),
                clock.apply(delete),
                clock.apply(find),
                purge,
                comment,
                transaction,
                readFirst,
                batchRows,
                undoesBatches,
                states);
    }

    /** Returns the dialect of H2, from 2.0. */
    public static JdbcDialect h2() {
        return H2Dialect.DIALECT;
    }

    /** Returns the dialect of PostgreSQL, from 13. */
    public static JdbcDialect postgresql() {
        return PostgresDialect.DIALECT;
    }

    /** Returns the dialect of MariaDB, from 10.5. */
    public static JdbcDialect mariadb() {
        return MariaDbDialect.DIALECT;
    }

    /**
     * Returns the dialect of MySQL, from 8.0.1. It is tested with MySQL's driver on a MariaDB server, whose SQL it shares;
     * it has not been run against a MySQL server.
     */
    public static JdbcDialect mysql() {
        return MySqlDialect.DIALECT;
    }

    /**
     * Returns a dialect for databases that are not {@link #supported()}. It is never chosen by itself: it is given to
     * {@link JdbcIdempotencyStoreBuilder#dialect}. It asks for a unique key, row locks or better between an UPDATE and
     * the commit, standard SQL (UPDATE, INSERT, CASE, {@code OFFSET 0 ROWS FETCH NEXT n ROWS ONLY}), and a driver that
     * reports standard SQLStates: class 23 for a duplicate key, 40001 for a conflict. Each call is a transaction of two to
     * four statements, and a batch is a loop.
     *
     * <p>The table is yours to create, after {@code schema/portable.sql}; names of types differ. Inside the caller's
     * transaction ({@link JdbcIdempotencyStore#boundTo}) a duplicate waits for as long as the database makes it, as
     * there is no portable way to limit that.
     *
     * <p>There is no portable way to ask for the time either, and to read a local time as if it were UTC would be wrong
     * by an hour or more. So the clock is given: an expression of the microseconds since 1970-01-01 in UTC as a whole
     * number, by the clock of the database and not of the client. Leases and retentions are as exact as it is; with whole
     * milliseconds nothing shorter should be asked for. Some that are known: HSQLDB {@code UNIX_MILLIS() * 1000}; SQL
     * Server {@code DATEDIFF_BIG(MICROSECOND, '1970-01-01', SYSUTCDATETIME())}; H2 and CockroachDB {@code
     * CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)}.
     *
     * @param clock the expression; it becomes part of the statements as it is
     * @return the dialect
     * @throws IllegalArgumentException if the expression is blank, or has a semicolon, a brace, a question mark or a
     *     parameter
     */
    public static JdbcDialect portable(String clock) {
        return PortableDialect.withClock(clock);
    }

    /** Returns the names of the databases that are supported by themselves. */
    public static List<String> supported() {
        return SUPPORTED.stream().map(JdbcDialect::product).toList();
    }

    /** The dialect of the database that its driver calls by this name. */
    static Optional<JdbcDialect> of(String product) {
        return SUPPORTED.stream()
                .filter(dialect -> dialect.product.equals(product))
                .findFirst();
    }

    /** Whether the database is not too old. */
    boolean covers(DatabaseMetaData database) throws SQLException {
        String[] oldest = minVersion.split("\\.", 2);
        int major = Integer.parseInt(oldest[0]);
        int minor = oldest.length < 2 ? 0 : Integer.parseInt(oldest[1]);
        int found = database.getDatabaseMajorVersion();
        return found > major || (found == major && database.getDatabaseMinorVersion() >= minor);
    }

    /** Returns the name and oldest version of the database. */
    @Override
    public String toString() {
        return product + " " + minVersion;
    }
}
