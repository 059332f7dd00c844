package io.onceguard.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * One verb of a dialect: one statement, or several that are separated by semicolons. Several are one transaction, and
 * are run until a query has answered with a row for each item. One for many items is a transaction too where the database
 * does not undo it by itself when it fails. Immutable.
 */
final class SqlScript {

    private final List<SqlTemplate> statements;
    private final boolean undone;

    /** Takes the rows of an answer, one by one. */
    interface Reader {
        void read(ResultSet row) throws SQLException;
    }

    SqlScript(String text, TableName table) {
        this(templates(text, table), true);
    }

    private SqlScript(List<SqlTemplate> statements, boolean undone) {
        this.statements = statements;
        this.undone = undone;
    }

    private static List<SqlTemplate> templates(String text, TableName table) {
        return Stream.of(text.split(";", -1))
                .filter(statement -> !statement.isBlank())
                .map(statement -> new SqlTemplate(statement, table))
                .toList();
    }

    /**
     * A script that writes many items.
     *
     * @param undone whether a statement for many items leaves nothing written if it fails
     */
    static SqlScript forBatches(String text, TableName table, boolean undone) {
        return new SqlScript(templates(text, table), undone);
    }

    /** A text that the driver sends as it is, whatever semicolons it has. The answer of its first statement counts. */
    static SqlScript inOnePiece(String text, TableName table) {
        return new SqlScript(List.of(new SqlTemplate(text, table)), true);
    }

    /** Runs it for these items, in a transaction that is open or else, where one is needed, in one of its own. */
    void run(Connection connection, List<Parameters> items, Reader reader) throws SQLException {
        boolean atomic = statements.size() == 1 && (undone || items.size() == 1);
        if (atomic || !connection.getAutoCommit()) {
            runAll(connection, items, reader);
            return;
        }
        connection.setAutoCommit(false);
        try {
            runAll(connection, items, reader);
            connection.commit();
        } catch (SQLException | RuntimeException failure) {
            rollback(connection, failure);
            throw failure;
        }
        connection.setAutoCommit(true);
    }

    /** Autocommit stays off if the rollback fails: turning it on would commit. The pool sets it when it can. */
    private static void rollback(Connection connection, Exception failure) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException | RuntimeException second) {
            failure.addSuppressed(second);
        }
    }

    private void runAll(Connection connection, List<Parameters> items, Reader reader) throws SQLException {
        for (SqlTemplate sql : statements) {
            int answered = 0;
            try (PreparedStatement statement = sql.prepare(connection, items)) {
                if (statement.execute()) {
                    try (ResultSet row = statement.getResultSet()) {
                        for (; row.next(); answered++) {
                            reader.read(row);
                        }
                    }
                }
            }
            if (answered >= items.size()) {
                return;
            }
        }
    }
}
