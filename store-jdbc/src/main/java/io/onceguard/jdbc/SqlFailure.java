package io.onceguard.jdbc;

import io.onceguard.spi.StoreException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an error of the database means for the step that met it. The only place where errors are classified; SQLState
 * decides, or the vendor code where the dialect knows better, never the text of a message.
 *
 * <p>An error counts as a sign that nothing was applied only if the database is known to undo the statement that fails
 * with it. Everything else is {@link #UNKNOWN}: a lost connection looks the same before and after the commit.
 */
enum SqlFailure {
    /** Another transaction was in the way, and this one is undone or has to be: it may be run again from its start. */
    CONFLICT,
    /** Another transaction inserted the row first: the statement was undone and may be run again. */
    DUPLICATE,
    /** The database waited for another transaction as long as it may, and undid the statement. */
    LOCKED,
    /** The database was told to stop, and undid the statement. */
    CANCELLED,
    /** The table is not there, or not as expected. */
    SCHEMA,
    /** A pooler lent another session in between: the driver's prepared statement is not there. It was not run. */
    OTHER_SESSION,
    /** The database, or this session, may only be read. */
    READ_ONLY,
    /** A value was refused; other records may fare better. */
    DATA,
    /** The statement was refused for another reason. */
    REFUSED,
    /** Nobody knows whether the step was applied. */
    UNKNOWN;

    /** Serialization failure (H2: also a deadlock), deadlock of PostgreSQL. */
    private static final Set<String> CONFLICT_STATES = Set.of("40001", "40P01");

    /** PostgreSQL: lock not available; H2: lock timeout. */
    private static final Set<String> LOCKED_STATES = Set.of("55P03", "HYT00");

    /** PostgreSQL: prepared statement exists already, or does not exist. */
    private static final Set<String> OTHER_SESSION_STATES = Set.of("42P05", "26000");

    /** PostgreSQL: a statement of this transaction has failed before, and nothing but a rollback is carried out. */
    private static final String FAILED_TRANSACTION = "25P02";

    /** PostgreSQL: read-only transaction; H2: read-only database. */
    private static final Set<String> READ_ONLY_STATES = Set.of("25006", "90097");

    /** Classes: unsupported feature, wrong login, no such database, no such schema, no resources, limit exceeded. */
    private static final Set<String> REFUSED_CLASSES = Set.of("0A", "28", "3D", "3F", "53", "54");

    /** Thrown by MySQL's driver before it sends anything, with a state that it has for everything. */
    private static final String TOO_LARGE = "com.mysql.cj.jdbc.exceptions.PacketTooBigException";

    /** What the error means to a step of this dialect. */
    static SqlFailure of(SQLException failure, JdbcDialect dialect) {
        if (failure.getClass().getName().equals(TOO_LARGE)) {
            return DATA;
        }
        String state = dialect.states().get(failure.getErrorCode());
        return ofState(state == null ? failure.getSQLState() : state);
    }

    /** What an SQLState means on every database. */
    static SqlFailure ofState(@Nullable String state) {
        if (state == null || state.length() != 5) {
            return UNKNOWN;
        }
        if (CONFLICT_STATES.contains(state)) {
            return CONFLICT;
        }
        if (LOCKED_STATES.contains(state)) {
            return LOCKED;
        }
        if (OTHER_SESSION_STATES.contains(state)) {
            return OTHER_SESSION;
        }
        if (READ_ONLY_STATES.contains(state)) {
            return READ_ONLY;
        }
        if (state.equals("23505")) {
            return DUPLICATE;
        }
        if (state.equals("57014")) {
            return CANCELLED;
        }
        if (state.equals(FAILED_TRANSACTION)) {
            return REFUSED;
        }
        String sqlClass = state.substring(0, 2);
        return switch (sqlClass) {
            case "42" -> SCHEMA;
            case "22", "23" -> DATA;
            default -> REFUSED_CLASSES.contains(sqlClass) ? REFUSED : UNKNOWN;
        };
    }

    /** Whether a step that is a transaction of its own may be run again at once. */
    boolean allowsRerun() {
        return this == CONFLICT || this == DUPLICATE;
    }

    boolean isUnknown() {
        return this == UNKNOWN;
    }

    /** Whether a value was refused, or a row because of another one. */
    boolean isOfValues() {
        return this == DATA || this == DUPLICATE;
    }

    /** What an operator should know, besides the SQLState. */
    private String advice(JdbcDialect dialect, TableName table) {
        return switch (this) {
            case SCHEMA ->
                "; the table " + table + " is missing, is not as expected, or may not be used: run schema/"
                        + dialect.schema() + " or JdbcSchema.createIfAbsent, and grant SELECT, INSERT, UPDATE, DELETE";
            case OTHER_SESSION ->
                "; a pooler such as PgBouncer mixes up the driver's prepared statements: connect with"
                        + " prepareThreshold=0, or use PgBouncer from 1.21 with max_prepared_statements";
            case READ_ONLY -> "; the database is read-only: connect to the primary";
            case LOCKED -> "; another transaction held the row for too long";
            case CANCELLED -> "; the statement was cancelled";
            case CONFLICT, DUPLICATE -> "; other transactions were in the way";
            case DATA -> "; a value was refused";
            case REFUSED, UNKNOWN -> "";
        };
    }

    /** The exception for a step that failed with this. */
    StoreException exception(
            String step, boolean ambiguous, SQLException failure, JdbcDialect dialect, TableName table) {
        boolean codeTells = dialect.states().containsKey(failure.getErrorCode());
        String message = dialect.product() + ": " + step + " failed with SQLState " + failure.getSQLState()
                + (codeTells ? ", error " + failure.getErrorCode() : "")
                + (ambiguous ? ", and may have been applied" : ", nothing was applied") + advice(dialect, table);
        SQLException cause = discreet(failure);
        return this == DATA ? new RefusedValueException(message, cause) : new StoreException(message, ambiguous, cause);
    }

    /** The cause, unless its text shows values of the row: databases put them into errors about data. */
    private SQLException discreet(SQLException failure) {
        if (!isOfValues()) {
            return failure;
        }
        SQLException redacted = new SQLException("message withheld", failure.getSQLState(), failure.getErrorCode());
        redacted.setStackTrace(failure.getStackTrace());
        return redacted;
    }
}
