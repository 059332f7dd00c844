package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Builds a {@link JdbcIdempotencyStore}. Not safe for use by many threads; the store is. */
public final class JdbcIdempotencyStoreBuilder {

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final DataSource dataSource;
    private TableName table = TableName.of(TableName.DEFAULT);
    private @Nullable JdbcDialect dialect;
    private Options options = new Options(false, true, Duration.ofSeconds(2));
    private AutoCloseable owned = () -> {};

    /** What the caller chose besides the table. */
    record Options(boolean readFirst, boolean readableKeys, Duration lockTimeout) {}

    JdbcIdempotencyStoreBuilder(DataSource dataSource) {
        this.dataSource = requireNonNull(dataSource, "dataSource");
    }

    /**
     * Names the table. Default: {@code onceguard_record}, found through the session's schema path.
     *
     * @param name an identifier of ASCII letters, digits and underscores, with a schema and a dot before it or without;
     *     it is written into the statements as it is, without quotes
     * @return this
     * @throws IllegalArgumentException if the name is anything else
     */
    public JdbcIdempotencyStoreBuilder table(String name) {
        table = TableName.of(name);
        return this;
    }

    /**
     * Chooses the statements. Default: by the name that the driver gives the database. Needed for a database that
     * calls itself otherwise and understands the same statements.
     *
     * @param chosen the dialect
     * @return this
     */
    public JdbcIdempotencyStoreBuilder dialect(JdbcDialect chosen) {
        dialect = requireNonNull(chosen, "dialect");
        return this;
    }

    /**
     * Lets an acquire begin with a plain read: cheaper where most calls are replays, such as an inbox of messages that
     * come again and again; one statement more for a first execution. Default: off. Single calls look without it where a
     * look is the best guess: on PostgreSQL and H2 at records that this node has met, and on H2, which runs in this process
     * as a rule, at others too, unless all of late were new.
     *
     * @return this
     */
    public JdbcIdempotencyStoreBuilder readFirst() {
        options = new Options(true, options.readableKeys, options.lockTimeout);
        return this;
    }

    /**
     * Leaves the client's key out of the table, for privacy; the digest alone names the record. Operation and scope
     * stay readable. Default: the key stands in the table.
     *
     * @return this
     */
    public JdbcIdempotencyStoreBuilder withoutReadableKeys() {
        options = new Options(options.readFirst, false, options.lockTimeout);
        return this;
    }

    /**
     * How long a call in a transaction waits while another transaction works on the same key ({@link
     * JdbcIdempotencyStore#boundTo}); then it is told that the operation is in progress. The transaction's own setting is
     * left as found. MySQL counts in seconds, and the rest of one is one; on MariaDB it limits the whole statement; a
     * {@link JdbcDialect#portable portable} dialect cannot limit the wait. Default: 2 s.
     *
     * @param timeout 1 ms to 1 h, in whole milliseconds
     * @return this
     * @throws IllegalArgumentException if the timeout is outside these limits
     */
    public JdbcIdempotencyStoreBuilder lockTimeout(Duration timeout) {
        if (timeout.compareTo(SHORTEST_WAIT) < 0 || timeout.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException("lockTimeout: 1 ms to 1 h, was " + timeout);
        }
        options = new Options(options.readFirst, options.readableKeys, timeout);
        return this;
    }

    /** What the store closes. */
    JdbcIdempotencyStoreBuilder owning(AutoCloseable resource) {
        owned = resource;
        return this;
    }

    /**
     * Looks at the database and builds the store. Blocks until the database answers. The table is not looked for.
     *
     * @return the store
     * @throws StoreException if the database cannot be reached
     * @throws IllegalArgumentException if the database is not supported or too old, or is an H2 file that may lose
     *     commits because it was opened without {@code WRITE_DELAY=0}
     */
    public JdbcIdempotencyStore build() {
        Access access = Access.FREE;
        DataSource source = dataSource;
        JdbcDialect chosen;
        try (Connection connection = dataSource.getConnection()) {
            chosen = dialect == null ? dialectOf(connection.getMetaData()) : dialect;
            if (chosen.equals(JdbcDialect.h2())) {
                access = H2Database.checked(connection);
                source = TurnTaking.plain(dataSource);
            }
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        } catch (SQLException failure) {
            throw new StoreException("the database does not answer, nothing was applied", false, failure);
        }
        Connections connections = new Connections(source, chosen, table, access);
        Statements statements = new Statements(chosen, table, options.readableKeys);
        Sightings sightings = new Sightings();
        TransactionBinder binder = new TransactionBinder(chosen, table, sightings, options);
        return new JdbcIdempotencyStore(connections, statements, sightings, binder, options.readFirst, owned);
    }

    static JdbcDialect dialectOf(DatabaseMetaData database) throws SQLException {
        String product = database.getDatabaseProductName();
        JdbcDialect dialect = JdbcDialect.of(product)
                .orElseThrow(() -> new IllegalArgumentException(
                        "database: one of " + JdbcDialect.supported() + " is supported, was " + product));
        if (!dialect.covers(database)) {
            throw new IllegalArgumentException("database: " + product + " from version " + dialect.minVersion()
                    + " is supported, was " + database.getDatabaseProductVersion());
        }
        return dialect;
    }
}
