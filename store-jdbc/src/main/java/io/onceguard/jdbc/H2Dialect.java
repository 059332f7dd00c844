package io.onceguard.jdbc;

import io.onceguard.jdbc.JdbcDialect.InTransaction;
import java.util.Map;

/**
 * H2, from 2.0.
 *
 * <p>A MERGE locks the row and then judges it as it is, so that one statement decides. Of two that insert the same row
 * one is told of a duplicate key; it is run again and then finds the row. A request that may not take the row gets no
 * answer from {@code acquire}; the engine looks it up.
 *
 * <p>To H2 a FINAL TABLE is a query, and a query that fails is not undone: without a transaction, what it wrote before is
 * committed. For one record there is nothing before.
 */
final class H2Dialect {

    /** EXTRACT(EPOCH ..) would calculate with decimals, which takes longer than the rest of a look. */
    private static final String CLOCK =
            "DATEDIFF(MICROSECOND, TIMESTAMP '1970-01-01 00:00:00', CURRENT_TIMESTAMP AT TIME ZONE 'UTC')";

    private static final String ACQUIRE = timed("""
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry, result,
                   now() AS now
              FROM FINAL TABLE (
              MERGE INTO onceguard_record AS t
              USING (VALUES {(CAST(:id AS BINARY(32)), CAST(:operation AS VARCHAR), CAST(:scope AS VARCHAR),
                              CAST(:key AS VARCHAR), CAST(:attempt AS BINARY(16)), CAST(:algorithm AS VARCHAR),
                              CAST(:fingerprint AS VARBINARY), CAST(:lease AS BIGINT), CAST(:retention AS BIGINT),
                              CAST(:leave AS INT), CAST(:leave_token AS BIGINT),
                              now())})
                    AS a (id, operation, scope, record_key, attempt, algorithm, fingerprint, lease, retention, leave,
                          leave_token, now)
                 ON t.id = a.id
              WHEN MATCHED AND (
                   t.expiry <= a.now
                   OR t.state = 1 AND t.attempt = a.attempt
                   OR t.state = 2 AND t.attempt <> a.attempt
                   OR (t.state = 1 AND t.lease_end <= a.now OR t.state = 3 AND t.attempt <> a.attempt)
                      AND (a.leave = 1 AND t.algorithm = a.algorithm AND t.fingerprint = a.fingerprint
                           OR a.leave = 2 AND t.token = a.leave_token)) THEN
                UPDATE SET
                  previous = CASE WHEN t.expiry <= a.now THEN 0
                                  WHEN t.state = 1 AND t.attempt = a.attempt THEN t.previous ELSE t.state END,
                  number = CASE WHEN t.expiry <= a.now THEN 1
                                WHEN t.state = 1 AND t.attempt = a.attempt THEN t.number ELSE t.number + 1 END,
                  token = CASE WHEN t.expiry > a.now AND t.state = 1 AND t.attempt = a.attempt THEN t.token
                               ELSE GREATEST(t.token + 1, a.now) END,
                  since = CASE WHEN t.expiry > a.now AND t.state = 1 AND t.attempt = a.attempt THEN t.since
                               ELSE a.now END,
                  operation = a.operation, scope = a.scope, record_key = a.record_key, state = 1,
                  attempt = a.attempt, algorithm = a.algorithm, fingerprint = a.fingerprint,
                  lease_end = a.now + a.lease, expiry = a.now + a.lease + a.retention,
                  purge_hour = (a.now + a.lease + a.retention) / 3600000000 + 3, result = NULL
              WHEN NOT MATCHED THEN
                INSERT (id, operation, scope, record_key, state, attempt, previous, number, token, algorithm,
                        fingerprint, since, lease_end, expiry, purge_hour)
                VALUES (a.id, a.operation, a.scope, a.record_key, 1, a.attempt, 0, 1, a.now, a.algorithm,
                        a.fingerprint, a.now, a.now + a.lease, a.now + a.lease + a.retention,
                        (a.now + a.lease + a.retention) / 3600000000 + 3)
            )
            """);

    private static final String RENEW = timed("""
            SELECT id FROM FINAL TABLE (
              MERGE INTO onceguard_record AS t
              USING (VALUES {(CAST(:id AS BINARY(32)), CAST(:attempt AS BINARY(16)), CAST(:lease AS BIGINT),
                              CAST(:retention AS BIGINT),
                              now())})
                    AS a (id, attempt, lease, retention, now)
                 ON t.id = a.id
              WHEN MATCHED AND t.attempt = a.attempt AND t.state = 1 AND t.expiry > a.now THEN
                UPDATE SET
                  lease_end = a.now + a.lease, expiry = a.now + a.lease + a.retention,
                  purge_hour = (a.now + a.lease + a.retention) / 3600000000 + 3
            )
            """);

    private static final String FINISH = timed("""
            SELECT id FROM FINAL TABLE (
              MERGE INTO onceguard_record AS t
              USING (VALUES {(CAST(:id AS BINARY(32)), CAST(:attempt AS BINARY(16)), CAST(:state AS SMALLINT),
                              CAST(:result AS VARBINARY), CAST(:retention AS BIGINT),
                              now())})
                    AS a (id, attempt, state, result, retention, now)
                 ON t.id = a.id
              WHEN MATCHED AND t.attempt = a.attempt AND t.state IN (1, a.state) AND t.expiry > a.now THEN
                UPDATE SET
                  state = a.state,
                  result = CASE t.state WHEN 1 THEN a.result ELSE t.result END,
                  since = CASE t.state WHEN 1 THEN a.now ELSE t.since END,
                  expiry = CASE t.state WHEN 1 THEN a.now + a.retention ELSE t.expiry END,
                  purge_hour = CASE t.state WHEN 1 THEN (a.now + a.retention) / 3600000000 + 3 ELSE t.purge_hour END
            )
            """);

    private static final String RESOLVE = timed("""
            SELECT id FROM FINAL TABLE (
              MERGE INTO onceguard_record AS t
              USING (VALUES (CAST(:id AS BINARY(32)), CAST(:retention AS BIGINT),
                             now()))
                    AS a (id, retention, now)
                 ON t.id = a.id
              WHEN MATCHED AND t.token = :token AND t.expiry > a.now
                   AND (t.state = 3 OR t.state = 1 AND t.lease_end <= a.now) THEN
                UPDATE SET
                  state = 4, attempt = NULL, result = :result, since = a.now, expiry = a.now + a.retention,
                  purge_hour = (a.now + a.retention) / 3600000000 + 3
            )
            """);

    private static final String DELETE = timed("""
            SELECT id FROM FINAL TABLE (
              UPDATE onceguard_record
                 SET attempt = NULL, scope = '', record_key = NULL, algorithm = 'none', fingerprint = X'',
                     result = NULL, expiry = 0, purge_hour = now() / 3600000000 + 3
               WHERE id = :id AND token = :token
                 AND expiry > now()
            )
            """);

    /** Without the cast, each key on the way through the index is converted before it is compared. */
    private static final String FIND = timed("""
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry, result,
                   now() AS now
              FROM onceguard_record
             WHERE id IN ({CAST(:id AS BINARY(32))})
            """);

    private static final String PURGE = timed("""
            DELETE FROM onceguard_record
             WHERE purge_hour <= now() / 3600000000
               AND expiry <= now()
             FETCH FIRST :limit ROWS ONLY
            """);

    private static final String COMMENT = """
            SELECT REMARKS FROM INFORMATION_SCHEMA.TABLES
             WHERE LOWER(TABLE_SCHEMA) = LOWER(COALESCE(:schema, CURRENT_SCHEMA)) AND LOWER(TABLE_NAME) = LOWER(:table)
            """;

    /**
     * CURRENT_TIMESTAMP is that of the transaction's first statement. The start of the running statement is shown in the
     * list of sessions, of which everybody sees at least his own.
     */
    private static final InTransaction TRANSACTION = new InTransaction(
            "CURRENT_TIMESTAMP",
            "(SELECT EXECUTING_STATEMENT_START FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID())",
            "",
            "",
            "",
            "",
            "SELECT LOCK_TIMEOUT()",
            "SET LOCK_TIMEOUT :timeout");

    static final JdbcDialect DIALECT = new JdbcDialect(
            "H2",
            "2",
            "h2.sql",
            "",
            "",
            ACQUIRE,
            RENEW,
            FINISH,
            RESOLVE,
            DELETE,
            FIND,
            PURGE,
            COMMENT,
            TRANSACTION,
            true,
            JdbcDialect.MANY_ROWS,
            false,
            Map.of());

    private H2Dialect() {}

    /** The statement with the clock in place of {@code now()}. */
    private static String timed(String sql) {
        return sql.replace("now()", CLOCK);
    }
}
