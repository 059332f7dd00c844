package io.onceguard.jdbc;

import io.onceguard.jdbc.JdbcDialect.InTransaction;
import java.util.Map;

/**
 * PostgreSQL, from 13.
 *
 * <p>{@code insert} and {@code claim} are for most calls. {@code acquire} is for all others; it reads first and decides
 * once. Only what may be taken is written, and only while the row still is the one that was looked at: a replay or a
 * rejection writes no WAL and takes no row lock. A request gets no row if another transaction came in between; the engine
 * then looks again.
 *
 * <p>The time is {@code clock_timestamp()}, read after the snapshot was taken, so that no statement is older than a row
 * that it sees. {@code statement_timestamp()} is the moment at which the request arrived, and a busy server takes the
 * snapshot later; {@code now()} stands still within a transaction. Nothing here uses a session setting, or a lock that
 * outlives the statement.
 */
final class PostgresDialect {

    /**
     * In floating point, which is exact to the microsecond in this century's first half, and monotonic: with the decimals
     * of EXTRACT it takes longer than to find the row.
     */
    private static final String CLOCK = "(date_part('epoch', clock_timestamp()) * 1000000)::bigint";

    /** A format: behind the clock, what else the row is selected from. */
    private static final String NEW_ROW = """
            INSERT INTO onceguard_record AS t (id, operation, scope, record_key, state, attempt, previous, number,
                   token, algorithm, fingerprint, since, lease_end, expiry, purge_hour)
            SELECT :id::bytea, :operation::text, :scope::text, :key::text, 1, :attempt::bytea, 0, 1,
                   now, :algorithm::text, :fingerprint::bytea, now, now + :lease::bigint,
                   now + :lease::bigint + :retention::bigint,
                   (now + :lease::bigint + :retention::bigint) / 3600000000 + 3
              FROM (SELECT micros() AS now) AS clock %s
            ON CONFLICT (id) DO NOTHING
            RETURNING id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry,
                      result, since AS now
            """;

    private static final String INSERT = NEW_ROW.formatted("");

    private static final String CLAIM = """
            WITH seen AS MATERIALIZED (
              SELECT t.*, micros() AS now
                FROM onceguard_record AS t
               WHERE t.id = :id::bytea
            ), taken AS (
            %s)
            SELECT * FROM taken
            UNION ALL
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry,
                   result, now
              FROM seen WHERE attempt IS DISTINCT FROM :attempt::bytea
            """.formatted(NEW_ROW.formatted("WHERE NOT EXISTS (SELECT FROM seen)"));

    /** The limit holds from before the insert, which may wait, to the answer; it is that of the transaction. */
    private static final String PATIENT_INSERT = """
            WITH patience AS MATERIALIZED (
              SELECT current_setting('lock_timeout') AS theirs, set_config('lock_timeout', :patience::text, true) AS ours
            ), taken AS (
            %s)
            SELECT taken.*, set_config('lock_timeout', theirs, true) FROM patience LEFT JOIN taken ON true
            """.formatted(NEW_ROW.formatted("CROSS JOIN patience"));

    private static final String ACQUIRE = """
            WITH asked (id, operation, scope, record_key, attempt, algorithm, fingerprint, lease, retention, leave,
                        leave_token) AS (
              VALUES {(:id::bytea, :operation::text, :scope::text, :key::text, :attempt::bytea, :algorithm::text,
                       :fingerprint::bytea, :lease::bigint, :retention::bigint, :leave::int, :leave_token::bigint)}
            ), clock AS (
              SELECT micros() AS now
            ), decided AS (
              SELECT a.*, c.now, t.state, t.attempt AS owner, t.previous, t.number, t.token,
                     t.algorithm AS seen_algorithm, t.fingerprint AS seen_fingerprint, t.since, t.lease_end, t.expiry,
                     t.result,
                     CASE WHEN t.id IS NULL OR t.expiry <= c.now THEN 'FIRST'
                          WHEN t.state = 1 AND t.attempt = a.attempt THEN 'AGAIN'
                          WHEN t.state = 2 AND t.attempt <> a.attempt THEN 'NEXT'
                          WHEN (t.state = 1 AND t.lease_end <= c.now OR t.state = 3 AND t.attempt <> a.attempt)
                               AND (a.leave = 1 AND t.algorithm = a.algorithm AND t.fingerprint = a.fingerprint
                                    OR a.leave = 2 AND t.token = a.leave_token) THEN 'NEXT'
                          ELSE 'REFUSED' END AS step
                FROM asked a CROSS JOIN clock c LEFT JOIN onceguard_record t ON t.id = a.id
            ), taken AS (
              INSERT INTO onceguard_record AS t (id, operation, scope, record_key, state, attempt, previous, number,
                     token, algorithm, fingerprint, since, lease_end, expiry, purge_hour)
              SELECT id, operation, scope, record_key, 1, attempt,
                     CASE step WHEN 'FIRST' THEN 0 WHEN 'AGAIN' THEN previous ELSE state END,
                     CASE step WHEN 'FIRST' THEN 1 WHEN 'AGAIN' THEN number ELSE number + 1 END,
                     CASE step WHEN 'AGAIN' THEN token ELSE greatest(token + 1, now) END,
                     algorithm, fingerprint,
                     CASE step WHEN 'AGAIN' THEN since ELSE now END,
                     now + lease, now + lease + retention, (now + lease + retention) / 3600000000 + 3
                FROM decided WHERE step <> 'REFUSED' ORDER BY id
              ON CONFLICT (id) DO UPDATE
                 SET operation = EXCLUDED.operation, scope = EXCLUDED.scope, record_key = EXCLUDED.record_key,
                     state = EXCLUDED.state, attempt = EXCLUDED.attempt, previous = EXCLUDED.previous,
                     number = EXCLUDED.number, token = EXCLUDED.token, algorithm = EXCLUDED.algorithm,
                     fingerprint = EXCLUDED.fingerprint, since = EXCLUDED.since, lease_end = EXCLUDED.lease_end,
                     expiry = EXCLUDED.expiry, purge_hour = EXCLUDED.purge_hour, result = NULL
               WHERE (t.token, t.state, t.lease_end, t.expiry)
                     = (SELECT d.token, d.state, d.lease_end, d.expiry FROM decided d WHERE d.id = t.id)
              RETURNING t.*
            )
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry,
                   result, now
              FROM taken CROSS JOIN clock
            UNION ALL
            SELECT id, state, owner, previous, number, token, seen_algorithm, seen_fingerprint, since, lease_end,
                   expiry, result, now
              FROM decided WHERE step = 'REFUSED'
            """;

    private static final String RENEW = """
            UPDATE onceguard_record AS t
               SET lease_end = a.lease_end, expiry = a.expiry,
                   purge_hour = CASE WHEN t.purge_hour BETWEEN a.expiry / 3600000000 + 2 AND a.expiry / 3600000000 + 4
                                     THEN t.purge_hour ELSE a.expiry / 3600000000 + 3 END
              FROM (SELECT id, attempt, now, now + lease AS lease_end, now + lease + retention AS expiry
                      FROM (VALUES {(:id::bytea, :attempt::bytea, :lease::bigint, :retention::bigint)})
                           AS asked (id, attempt, lease, retention)
                     CROSS JOIN (SELECT micros() AS now) AS clock
                   ) AS a
             WHERE t.id = a.id AND t.attempt = a.attempt AND t.state = 1 AND t.expiry > a.now
            RETURNING t.id
            """;

    /**
     * The time of each row is asked where it is needed: to ask once and join the answer takes longer. The moments differ by
     * microseconds.
     */
    private static final String FINISH = """
            UPDATE onceguard_record AS t
               SET state = a.state,
                   result = CASE t.state WHEN 1 THEN a.result ELSE t.result END,
                   since = CASE t.state WHEN 1 THEN micros() ELSE t.since END,
                   expiry = CASE t.state WHEN 1 THEN micros() + a.retention ELSE t.expiry END,
                   purge_hour = CASE WHEN t.state <> 1
                                          OR t.purge_hour BETWEEN (micros() + a.retention) / 3600000000 + 2
                                                              AND (micros() + a.retention) / 3600000000 + 4
                                     THEN t.purge_hour ELSE (micros() + a.retention) / 3600000000 + 3 END
              FROM (VALUES {(:id::bytea, :attempt::bytea, :state::smallint, :result::bytea, :retention::bigint)})
                   AS a (id, attempt, state, result, retention)
             WHERE t.id = a.id AND t.attempt = a.attempt AND t.state IN (1, a.state) AND t.expiry > micros()
            RETURNING t.id
            """;

    /** What comes behind a statement that failed is not carried out, not even a commit. */
    private static final String FINISH_AND_COMMIT = """
            WITH finished AS (
            %s)
            SELECT 1 / count(*) FROM finished;COMMIT""".formatted(FINISH);

    private static final String RESOLVE = """
            UPDATE onceguard_record AS t
               SET state = 4, attempt = NULL, result = :result::bytea, since = c.now,
                   expiry = c.now + :retention::bigint,
                   purge_hour = (c.now + :retention::bigint) / 3600000000 + 3
              FROM (SELECT micros() AS now) AS c
             WHERE t.id = :id::bytea AND t.token = :token::bigint AND t.expiry > c.now
               AND (t.state = 3 OR t.state = 1 AND t.lease_end <= c.now)
            RETURNING t.id
            """;

    private static final String DELETE = """
            UPDATE onceguard_record AS t
               SET attempt = NULL, scope = '', record_key = NULL, algorithm = 'none', fingerprint = '', result = NULL,
                   expiry = 0, purge_hour = c.now / 3600000000 + 3
              FROM (SELECT micros() AS now) AS c
             WHERE t.id = :id::bytea AND t.token = :token::bigint AND t.expiry > c.now
            RETURNING t.id
            """;

    private static final String FIND = """
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry,
                   result, micros()
              FROM onceguard_record
             WHERE id IN ({:id::bytea})
            """;

    /**
     * Rows that are locked belong to live traffic or to another purge, and are left to it. Here the time stands still
     * within the statement, so that the index is used.
     */
    private static final String PURGE = """
            DELETE FROM onceguard_record
             WHERE id = ANY (ARRAY (
                   SELECT t.id
                     FROM onceguard_record AS t
                    WHERE t.purge_hour <= extract(epoch FROM statement_timestamp()) / 3600
                      AND t.expiry <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint
                    ORDER BY t.purge_hour
                    LIMIT :limit::int
                      FOR UPDATE SKIP LOCKED))
            """;

    private static final String COMMENT = """
            SELECT obj_description(to_regclass(coalesce(:schema::text || '.', '') || :table::text), 'pg_class')
            """;

    /** The setting is that of the transaction, and goes with it. */
    private static final InTransaction TRANSACTION = new InTransaction(
            "clock_timestamp()",
            "clock_timestamp()",
            timed(PATIENT_INSERT),
            "SAVEPOINT onceguard_work",
            "ROLLBACK TO SAVEPOINT onceguard_work",
            timed(FINISH_AND_COMMIT),
            "SELECT current_setting('lock_timeout')",
            "SELECT set_config('lock_timeout', :timeout::text, true)");

    static final JdbcDialect DIALECT = new JdbcDialect(
            "PostgreSQL",
            "13",
            "postgresql.sql",
            timed(INSERT),
            timed(CLAIM),
            timed(ACQUIRE),
            timed(RENEW),
            timed(FINISH),
            timed(RESOLVE),
            timed(DELETE),
            timed(FIND),
            PURGE,
            COMMENT,
            TRANSACTION,
            false,
            JdbcDialect.MANY_ROWS,
            true,
            Map.of());

    private PostgresDialect() {}

    /** The statement with the clock in place of {@code micros()}. */
    private static String timed(String sql) {
        return sql.replace("micros()", CLOCK);
    }
}
