package io.onceguard.jdbc;

import io.onceguard.jdbc.JdbcDialect.InTransaction;
import java.util.Map;

/**
 * MySQL, from 8.0.1, in the words that MariaDB knows too: {@link MariaDbDialect} has all but the end of {@code acquire}
 * from here.
 *
 * <p>{@code acquire} locks the row, or inserts it, and judges it as it is. The assignments of ON DUPLICATE KEY UPDATE run
 * from left to right: the first decides, once, and leaves the mark of this call if the row may be taken. Those that come
 * after look for the mark, and state, attempt and expiry, from which others are derived, come last. A refused row is
 * not changed, but stays locked to the end of the transaction. Never INSERT IGNORE: it cuts values, and takes the cut
 * key for another one.
 *
 * <p>The other statements find their rows by the primary key: the order of the join is forced, or a small table would
 * be read, and locked, as a whole. What they assign does not depend on what they assign before.
 *
 * <p>The time is UTC_TIMESTAMP, counted by the calendar: it is that of the statement, knows no zone of the session and no
 * hour that comes twice. A statement that waited for a lock is older than what it finds, which can only make it grant
 * less. To the row that it shows it adds its own age, or a lease would seem longer than it is.
 *
 * <p>There is no string or operator here that a mode of the session ({@code sql_mode}) reads otherwise; to one of them an
 * empty text is null, and one of MariaDB lets all assignments see the old values, so that it is switched off for the
 * statement that minds. What a driver sends as a parameter of a prepared statement is no more than text to the server: the
 * casts say what it is.
 */
final class MySqlDialect {

    private static final String CLOCK = "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))";

    /**
     * How long the statement has been running. The clock that runs on is a local one; where it says what no statement
     * takes, an hour came or went, or the session has been told a time.
     */
    private static final String AGE = "TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6))";

    private static final String SHOWN_CLOCK = "now() + IF(" + AGE + " BETWEEN 0 AND 1799999999, " + AGE + ", 0)";

    /** Takes what may be taken; an answer has to follow. */
    static final String TAKE = timed("""
            /*M!100500 SET STATEMENT sql_mode = 'STRICT_ALL_TABLES' FOR */
            INSERT INTO onceguard_record (id, operation, scope, record_key, state, attempt, previous, number, token,
                   algorithm, fingerprint, since, lease_end, expiry, purge_hour, mark)
            SELECT new_id, new_operation, new_scope, new_key, 1, new_attempt, 0, 1, new_now, new_algorithm,
                   new_fingerprint, new_now, new_now + new_lease, new_now + new_lease + new_retention,
                   (new_now + new_lease + new_retention) DIV 3600000000 + 3, new_mark
              FROM ({SELECT CAST(:id AS BINARY(32)) AS new_id, :operation AS new_operation, :scope AS new_scope,
                            :key AS new_key, CAST(:attempt AS BINARY(16)) AS new_attempt, :algorithm AS new_algorithm,
                            CAST(:fingerprint AS BINARY) AS new_fingerprint, CAST(:lease AS SIGNED) AS new_lease,
                            CAST(:retention AS SIGNED) AS new_retention, CAST(:leave AS SIGNED) AS new_leave,
                            CAST(:leave_token AS SIGNED) AS new_leave_token, CAST(:mark AS SIGNED) AS new_mark,
                            now() AS new_now | UNION ALL}) AS asked
            ON DUPLICATE KEY UPDATE
                   mark = IF(expiry <= new_now
                             OR state = 1 AND attempt = new_attempt
                             OR state = 2 AND attempt <> new_attempt
                             OR (state = 1 AND lease_end <= new_now OR state = 3 AND attempt <> new_attempt)
                                AND (new_leave = 1 AND CAST(algorithm AS BINARY) = CAST(new_algorithm AS BINARY)
                                                   AND fingerprint <=> new_fingerprint
                                     OR new_leave = 2 AND token = new_leave_token), new_mark, mark),
                   previous = IF(mark <> new_mark, previous,
                              IF(expiry <= new_now, 0, IF(state = 1 AND attempt = new_attempt, previous, state))),
                   number = IF(mark <> new_mark, number,
                            IF(expiry <= new_now, 1, IF(state = 1 AND attempt = new_attempt, number, number + 1))),
                   token = IF(mark <> new_mark OR expiry > new_now AND state = 1 AND attempt = new_attempt, token,
                              GREATEST(token + 1, new_now)),
                   since = IF(mark <> new_mark OR expiry > new_now AND state = 1 AND attempt = new_attempt, since,
                              new_now),
                   operation = IF(mark <> new_mark, operation, new_operation),
                   scope = IF(mark <> new_mark, scope, new_scope),
                   record_key = IF(mark <> new_mark, record_key, new_key),
                   algorithm = IF(mark <> new_mark, algorithm, new_algorithm),
                   fingerprint = IF(mark <> new_mark, fingerprint, new_fingerprint),
                   lease_end = IF(mark <> new_mark, lease_end, new_now + new_lease),
                   purge_hour = IF(mark <> new_mark, purge_hour,
                                   (new_now + new_lease + new_retention) DIV 3600000000 + 3),
                   result = IF(mark <> new_mark, result, NULL),
                   state = IF(mark <> new_mark, state, 1),
                   attempt = IF(mark <> new_mark, attempt, new_attempt),
                   expiry = IF(mark <> new_mark, expiry, new_now + new_lease + new_retention)
            """);

    static final String RENEW = timed("""
            UPDATE ({SELECT CAST(:id AS BINARY(32)) AS new_id, CAST(:attempt AS BINARY(16)) AS new_attempt,
                            CAST(:lease AS SIGNED) AS new_lease, CAST(:retention AS SIGNED) AS new_retention,
                            now() AS new_now | UNION ALL}) AS asked
              STRAIGHT_JOIN onceguard_record FORCE INDEX (PRIMARY) ON id = new_id
               SET mark = :mark, lease_end = new_now + new_lease, expiry = new_now + new_lease + new_retention,
                   purge_hour = IF(purge_hour BETWEEN (new_now + new_lease + new_retention) DIV 3600000000 + 2
                                                  AND (new_now + new_lease + new_retention) DIV 3600000000 + 4,
                                   purge_hour, (new_now + new_lease + new_retention) DIV 3600000000 + 3)
             WHERE attempt = new_attempt AND state = 1 AND expiry > new_now;

            SELECT id FROM onceguard_record WHERE id IN ({:id}) AND mark = :mark
            """);

    /** Whoever repeats himself finds his end written, and writes nothing. */
    static final String FINISH = timed("""
            UPDATE ({SELECT CAST(:id AS BINARY(32)) AS new_id, CAST(:attempt AS BINARY(16)) AS new_attempt,
                            CAST(:state AS SIGNED) AS new_state, CAST(:result AS BINARY) AS new_result,
                            CAST(:retention AS SIGNED) AS new_retention, now() AS new_now | UNION ALL}) AS asked
              STRAIGHT_JOIN onceguard_record FORCE INDEX (PRIMARY) ON id = new_id
               SET mark = :mark, state = new_state, result = new_result, since = new_now,
                   expiry = new_now + new_retention,
                   purge_hour = IF(purge_hour BETWEEN (new_now + new_retention) DIV 3600000000 + 2
                                                  AND (new_now + new_retention) DIV 3600000000 + 4,
                                   purge_hour, (new_now + new_retention) DIV 3600000000 + 3)
             WHERE attempt = new_attempt AND state = 1 AND expiry > new_now;

            SELECT id FROM onceguard_record
             WHERE {id = :id AND (mark = :mark OR attempt = :attempt AND state = :state AND expiry > now()) | OR}
            """);

    static final String RESOLVE = timed("""
            UPDATE onceguard_record
               SET mark = :mark, attempt = NULL, result = :result, since = now(), expiry = now() + :retention,
                   purge_hour = (now() + :retention) DIV 3600000000 + 3, state = 4
             WHERE id = :id AND token = :token AND expiry > now()
               AND (state = 3 OR state = 1 AND lease_end <= now());

            SELECT id FROM onceguard_record WHERE id = :id AND mark = :mark
            """);

    static final String DELETE = timed("""
            UPDATE onceguard_record
               SET mark = :mark, attempt = NULL, scope = '', record_key = NULL, algorithm = 'none', fingerprint = '',
                   result = NULL, expiry = 0, purge_hour = now() DIV 3600000000 + 3
             WHERE id = :id AND token = :token AND expiry > now();

            SELECT id FROM onceguard_record WHERE id = :id AND mark = :mark
            """);

    static final String FIND = timed("""
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry, result,
                   shown_clock()
              FROM onceguard_record
             WHERE id IN ({:id})
            """);

    /** The end of {@code acquire}: reads what TAKE has locked, and not an older snapshot of the transaction. */
    private static final String LOOK = ";\n" + FIND + "FOR UPDATE";

    /**
     * Rows that are locked belong to live traffic or to another purge, and are left to it; MariaDB before 10.6 does not
     * know the words, and waits.
     */
    static final String PURGE = timed("""
            DELETE onceguard_record
              FROM (SELECT id AS gone
                      FROM onceguard_record
                     WHERE purge_hour <= now() DIV 3600000000 AND expiry <= now()
                     ORDER BY purge_hour
                     LIMIT :limit
                       FOR UPDATE /*!80001 SKIP LOCKED */ /*M!100600 SKIP LOCKED */) AS expired
              STRAIGHT_JOIN onceguard_record FORCE INDEX (PRIMARY) ON id = gone
            """);

    static final String COMMENT = """
            SELECT table_comment FROM information_schema.tables
             WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :table
            """;

    /** What the driver calls HY000, or by the name of a class that says too little. */
    static final Map<Integer, String> STATES = Map.ofEntries(
            Map.entry(1020, "40001"), // the row was changed since the snapshot was taken
            Map.entry(1021, "53100"), // disk full
            Map.entry(1040, "53300"), // too many connections
            Map.entry(1062, "23505"), // duplicate key
            Map.entry(1114, "53100"), // table full
            Map.entry(1153, "22001"), // larger than max_allowed_packet
            Map.entry(1205, "HYT00"), // lock wait timeout; the statement alone is undone
            Map.entry(1206, "53200"), // too many locks
            Map.entry(1213, "40001"), // deadlock
            Map.entry(1290, "25006"), // read_only
            Map.entry(1317, "57014"), // KILL QUERY
            Map.entry(1364, "42703"), // a column that the statement does not know has no default
            Map.entry(1366, "22021"), // a character that the column cannot hold
            Map.entry(1836, "25006"), // read-only mode
            Map.entry(1969, "HYT00"), // max_statement_time of MariaDB: here the limit of a wait
            Map.entry(3024, "57014"), // max_execution_time of MySQL
            Map.entry(3572, "HYT00"), // NOWAIT
            Map.entry(3819, "23514"), // check constraint of MySQL
            Map.entry(4025, "23514")); // check constraint of MariaDB

    /** In whole seconds, and at least one. */
    private static final InTransaction TRANSACTION = new InTransaction(
            "UTC_TIMESTAMP(6)",
            "UTC_TIMESTAMP(6)",
            "",
            "",
            "",
            "",
            "SELECT @@innodb_lock_wait_timeout * 1000",
            "SET innodb_lock_wait_timeout = (:timeout + 999) DIV 1000");

    static final JdbcDialect DIALECT = new JdbcDialect(
            "MySQL",
            "8",
            "mysql.sql",
            "",
            "",
            TAKE + LOOK,
            RENEW,
            FINISH,
            RESOLVE,
            DELETE,
            FIND,
            PURGE,
            COMMENT,
            TRANSACTION,
            false,
            JdbcDialect.MANY_ROWS,
            true,
            STATES);

    private MySqlDialect() {}

    /** The statement with the clocks in place of {@code now()} and {@code shown_clock()}. */
    static String timed(String sql) {
        return sql.replace("shown_clock()", SHOWN_CLOCK).replace("now()", CLOCK);
    }
}
