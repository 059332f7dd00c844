package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.jdbc.Parameters.Name;
import io.onceguard.spi.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * The table of the records: its DDL, and a way to apply it.
 *
 * <p>The same statements lie in the jar as {@code schema/h2.sql}, {@code schema/postgresql.sql}, {@code
 * schema/mariadb.sql} and {@code schema/mysql.sql}, for Flyway, Liquibase or an administrator; {@code
 * schema/portable.sql} is for databases that this class does not know. The table carries its version in its comment, {@code onceguard schema 1}.
 */
public final class JdbcSchema {

    /** The version of the table that this library reads and writes. */
    public static final int VERSION = 1;

    private static final Pattern COMMENT = Pattern.compile("onceguard schema (\\d{1,9})");
    private static final String INDEX = TableName.DEFAULT + "_purge";
    private static final int MAX_RUNS = 5;

    private JdbcSchema() {}

    /**
     * Creates the table {@code onceguard_record} if it is absent.
     *
     * @param dataSource connections of a user who may create a table
     * @throws StoreException if the database cannot be reached or refuses, or a table of another version is there
     * @throws IllegalArgumentException if the database is not supported
     * @see #createIfAbsent(DataSource, String)
     */
    public static void createIfAbsent(DataSource dataSource) {
        createIfAbsent(dataSource, TableName.DEFAULT);
    }

    /**
     * Creates the table and its index if they are absent. Can be repeated, and called by many nodes at once. Nothing is
     * written, and no right to create is needed, if the table is there. If it fails halfway (on H2 only: the others
     * create all or nothing), the next call completes it.
     *
     * @param dataSource connections of a user who may create a table
     * @param table the name, as given to the store
     * @throws StoreException if the database cannot be reached or refuses, or a table of another version is there
     * @throws IllegalArgumentException if the database is not supported, or the name is not an identifier
     */
    public static void createIfAbsent(DataSource dataSource, String table) {
        TableName name = TableName.of(table);
        try (Connection connection = dataSource.getConnection()) {
            JdbcDialect dialect = JdbcIdempotencyStoreBuilder.dialectOf(connection.getMetaData());
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                create(connection, dialect, name);
            } finally {
                connection.rollback();
                connection.setAutoCommit(autoCommit);
            }
        } catch (SQLException failure) {
            throw new StoreException(
                    "the table " + name + " could not be created, SQLState " + failure.getSQLState(), true, failure);
        }
    }

    /** Another node may create the table at the same moment: whoever loses that race looks again. */
    private static void create(Connection connection, JdbcDialect dialect, TableName table) throws SQLException {
        SQLException refused = null;
        for (int runs = 0; runs < MAX_RUNS; runs++) {
            if (isPresent(connection, dialect, table)) {
                return;
            }
            try (Statement statement = connection.createStatement()) {
                for (String ddl : statements(dialect, table)) {
                    statement.execute(ddl);
                }
                connection.commit();
            } catch (SQLException failure) {
                connection.rollback();
                refused = failure;
            }
        }
        if (isPresent(connection, dialect, table)) {
            return;
        }
        if (refused != null) {
            throw refused;
        }
        throw new StoreException(
                "there is another table " + table + ", which is not one of this library: see schema/"
                        + dialect.schema(),
                false,
                null);
    }

    /** Looks for the version in the comment: it is written last, so a table without it may not be complete. */
    private static boolean isPresent(Connection connection, JdbcDialect dialect, TableName table) throws SQLException {
        String comment = comment(connection, dialect, table);
        connection.rollback();
        Matcher version = COMMENT.matcher(comment);
        if (!version.matches()) {
            return false;
        }
        if (Integer.parseInt(version.group(1)) != VERSION) {
            throw new StoreException(
                    "the table " + table + " is \"" + comment + "\", this library needs version " + VERSION
                            + ": see schema/" + dialect.schema(),
                    false,
                    null);
        }
        return true;
    }

    /** The comment on the table; empty if there is none, or no table. */
    private static String comment(Connection connection, JdbcDialect dialect, TableName table) throws SQLException {
        Parameters parameters = new Parameters()
                .with(Name.SCHEMA, table.schema().isEmpty() ? null : table.schema())
                .with(Name.TABLE, table.simple());
        SqlTemplate comment = new SqlTemplate(dialect.comment(), table);
        try (PreparedStatement statement = comment.prepare(connection, List.of(parameters));
                ResultSet row = statement.executeQuery()) {
            return row.next() ? Objects.toString(row.getString(1), "") : "";
        }
    }

    /** The statements of the DDL. No semicolon in it but at the end of each; comments go first. */
    private static List<String> statements(JdbcDialect dialect, TableName table) {
        String ddl = resource(dialect)
                .replaceAll("--.*", "")
                .replace(INDEX, table.simple() + "_purge")
                .replaceAll("\\b" + TableName.DEFAULT + "\\b", table.toString());
        return Arrays.stream(ddl.split(";", -1)).filter(part -> !part.isBlank()).toList();
    }

    private static String resource(JdbcDialect dialect) {
        String name = "/schema/" + dialect.schema();
        try (InputStream stream = requireNonNull(JdbcSchema.class.getResourceAsStream(name), name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("a resource of this library cannot be read: " + name, failure);
        }
    }
}
