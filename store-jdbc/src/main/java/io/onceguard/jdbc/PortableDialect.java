package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.jdbc.JdbcDialect.InTransaction;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Any database with a unique key, in standard SQL; only the clock is not.
 *
 * <p>{@code acquire} tries to take the row that is there, looks at it, and inserts it where there is none. Two that
 * insert at once meet in the unique key: one is told of a duplicate, and begins again. Assignments give the same whether
 * they see the old values or those that were assigned before: state, attempt and expiry come last.
 */
final class PortableDialect {

    private static final Pattern NO_EXPRESSION = Pattern.compile("[;{}?]|(?<!:):[a-z_]");

    private static final String LOOK = """
            SELECT id, state, attempt, previous, number, token, algorithm, fingerprint, since, lease_end, expiry, result,
                   now()
              FROM onceguard_record
             WHERE id = :id
            """;

    private static final String TAKE = """
            UPDATE onceguard_record
               SET mark = :mark, operation = :operation, scope = :scope, record_key = :key, result = NULL,
                   previous = CASE WHEN expiry <= now() THEN 0
                                   WHEN state = 1 AND attempt = :attempt THEN previous ELSE state END,
                   number = CASE WHEN expiry <= now() THEN 1
                                 WHEN state = 1 AND attempt = :attempt THEN number ELSE number + 1 END,
                   token = CASE WHEN expiry > now() AND state = 1 AND attempt = :attempt THEN token
                                WHEN token >= now() THEN token + 1 ELSE now() END,
                   since = CASE WHEN expiry > now() AND state = 1 AND attempt = :attempt THEN since ELSE now() END,
                   algorithm = :algorithm, fingerprint = :fingerprint, lease_end = now() + :lease,
                   purge_hour = (now() + :lease + :retention) / 3600000000 + 3,
                   state = 1, attempt = :attempt, expiry = now() + :lease + :retention
             WHERE id = :id
               AND (expiry <= now()
                    OR state = 1 AND attempt = :attempt
                    OR state = 2 AND attempt <> :attempt
                    OR (state = 1 AND lease_end <= now() OR state = 3 AND attempt <> :attempt)
                       AND (:leave = 1 AND algorithm = :algorithm AND fingerprint = :fingerprint
                            OR :leave = 2 AND token = :leave_token))
            """;

    private static final String PUT = """
            INSERT INTO onceguard_record (id, operation, scope, record_key, state, attempt, previous, number, token,
                   algorithm, fingerprint, since, lease_end, expiry, purge_hour, mark)
            VALUES (:id, :operation, :scope, :key, 1, :attempt, 0, 1, now(), :algorithm, :fingerprint, now(),
                    now() + :lease, now() + :lease + :retention,
                    (now() + :lease + :retention) / 3600000000 + 3, :mark)
            """;

    private static final String WRITTEN = """
            SELECT id FROM onceguard_record WHERE id = :id AND mark = :mark
            """;

    private static final String RENEW = """
            UPDATE onceguard_record
               SET mark = :mark, lease_end = now() + :lease,
                   purge_hour = (now() + :lease + :retention) / 3600000000 + 3, expiry = now() + :lease + :retention
             WHERE id = :id AND attempt = :attempt AND state = 1 AND expiry > now()
            """;

    private static final String FINISH = """
            UPDATE onceguard_record
               SET mark = :mark, result = :result, since = now(),
                   purge_hour = (now() + :retention) / 3600000000 + 3, expiry = now() + :retention, state = :state
             WHERE id = :id AND attempt = :attempt AND state = 1 AND expiry > now()
            """;

    private static final String FINISHED = """
            SELECT id FROM onceguard_record
             WHERE id = :id AND (mark = :mark OR attempt = :attempt AND state = :state AND expiry > now())
            """;

    private static final String RESOLVE = """
            UPDATE onceguard_record
               SET mark = :mark, attempt = NULL, result = :result, since = now(),
                   purge_hour = (now() + :retention) / 3600000000 + 3, expiry = now() + :retention, state = 4
             WHERE id = :id AND token = :token AND expiry > now()
               AND (state = 3 OR state = 1 AND lease_end <= now())
            """;

    private static final String DELETE = """
            UPDATE onceguard_record
               SET mark = :mark, attempt = NULL, scope = '', record_key = NULL, algorithm = 'none', fingerprint = NULL,
                   result = NULL, purge_hour = now() / 3600000000 + 3, expiry = 0
             WHERE id = :id AND token = :token AND expiry > now()
            """;

    /** Says twice what has expired: a row may have been taken between the look at it and its deletion. */
    private static final String PURGE = """
            DELETE FROM onceguard_record
             WHERE purge_hour <= now() / 3600000000 AND expiry <= now()
               AND id IN (SELECT id FROM onceguard_record
                           WHERE purge_hour <= now() / 3600000000 AND expiry <= now()
                           ORDER BY purge_hour
                          OFFSET 0 ROWS FETCH NEXT :limit ROWS ONLY)
            """;

    private PortableDialect() {}

    static JdbcDialect withClock(String clock) {
        if (requireNonNull(clock, "clock").isBlank()
                || NO_EXPRESSION.matcher(clock).find()) {
            throw new IllegalArgumentException("clock: an expression without parameters, was \"" + clock + "\"");
        }
        return new JdbcDialect(
                "portable",
                "0",
                "portable.sql",
                "",
                "",
                timed(clock, TAKE, LOOK, PUT, LOOK),
                timed(clock, RENEW, WRITTEN),
                timed(clock, FINISH, FINISHED),
                timed(clock, RESOLVE, WRITTEN),
                timed(clock, DELETE, WRITTEN),
                timed(clock, LOOK),
                timed(clock, PURGE),
                "",
                new InTransaction(clock, clock, "", "", "", "", "", ""),
                false,
                1,
                true,
                Map.of());
    }

    private static String timed(String clock, String... statements) {
        return String.join(";\n", statements).replace("now()", "(" + clock + ")");
    }
}
