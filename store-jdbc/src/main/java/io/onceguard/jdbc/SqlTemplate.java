package io.onceguard.jdbc;

import io.onceguard.jdbc.Parameters.Name;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of a dialect, ready to be bound: {@code :name} became a question mark, and what stands in braces is
 * repeated for each item, separated by commas or by what stands behind a bar. Parameters outside the braces are those
 * of the first item. Immutable.
 */
final class SqlTemplate {

    /** One colon: two are a cast. */
    private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z_]+)");

    /** Stands alone: two are a concatenation. */
    private static final String BAR = " | ";

    private final Part head;
    private final Part each;
    private final String separator;
    private final Part tail;
    private final String single;

    /** A piece of the statement and the names of its parameters, in order. */
    private record Part(String sql, List<Name> names) {

        static Part of(String text) {
            Matcher matcher = PARAMETER.matcher(text);
            List<Name> names =
                    matcher.results().map(found -> Name.of(found.group(1))).toList();
            return new Part(matcher.replaceAll("?"), names);
        }
    }

    SqlTemplate(String text, TableName table) {
        String sql = text.replace(TableName.DEFAULT, table.toString());
        int open = sql.indexOf('{');
        int close = sql.indexOf('}');
        String braces = open < 0 ? "" : sql.substring(open + 1, close);
        int bar = braces.lastIndexOf(BAR);
        head = Part.of(open < 0 ? sql : sql.substring(0, open));
        each = Part.of(bar < 0 ? braces : braces.substring(0, bar));
        separator = bar < 0 ? ", " : " " + braces.substring(bar + BAR.length()) + " ";
        tail = Part.of(open < 0 ? "" : sql.substring(close + 1));
        single = head.sql + each.sql + tail.sql;
    }

    private String sql(int items) {
        if (items == 1) {
            return single;
        }
        return head.sql + (each.sql + separator).repeat(items - 1) + each.sql + tail.sql;
    }

    /** Prepares the statement for so many items, and binds their parameters. */
    PreparedStatement prepare(Connection connection, List<Parameters> items) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql(items.size()));
        int index = bind(statement, 1, head, items.get(0));
        for (Parameters item : items) {
            index = bind(statement, index, each, item);
        }
        bind(statement, index, tail, items.get(0));
        return statement;
    }

    private static int bind(PreparedStatement statement, int from, Part part, Parameters item) throws SQLException {
        int index = from;
        for (Name name : part.names) {
            Object value = item.get(name);
            if (value == null) {
                statement.setNull(index, Types.NULL);
            } else {
                statement.setObject(index, value);
            }
            index++;
        }
        return index;
    }
}
