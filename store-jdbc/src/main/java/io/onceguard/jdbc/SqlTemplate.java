package io.onceguard.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A statement of a dialect, ready to be bound: {@code :name} became a question mark, and what stands in braces is
 * repeated for each item. Parameters outside the braces are those of the first item. Immutable.
 */
final class SqlTemplate {

    /** One colon: two are a cast. */
    private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z_]+)");

    private final Part head;
    private final Part each;
    private final Part tail;
    private final String single;

    /** A piece of the statement and the names of its parameters, in order. */
    private record Part(String sql, List<String> names) {

        static Part of(String text) {
            Matcher matcher = PARAMETER.matcher(text);
            List<String> names = matcher.results().map(found -> name(found)).toList();
            return new Part(matcher.replaceAll("?"), names);
        }

        private static String name(MatchResult found) {
            return found.group(1);
        }
    }

    SqlTemplate(String text, TableName table) {
        String sql = text.replace(TableName.DEFAULT, table.toString());
        int open = sql.indexOf('{');
        int close = sql.indexOf('}');
        head = Part.of(open < 0 ? sql : sql.substring(0, open));
        each = Part.of(open < 0 ? "" : sql.substring(open + 1, close));
        tail = Part.of(open < 0 ? "" : sql.substring(close + 1));
        single = head.sql + each.sql + tail.sql;
    }

    /** The statement for so many items. */
    String sql(int items) {
        if (items == 1) {
            return single;
        }
        return head.sql + (each.sql + ", ").repeat(items - 1) + each.sql + tail.sql;
    }

    /** Binds the parameters of the items to a statement for so many. */
    void bind(PreparedStatement statement, List<Map<String, @Nullable Object>> items) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        collect(head, items.get(0), values);
        for (Map<String, @Nullable Object> item : items) {
            collect(each, item, values);
        }
        collect(tail, items.get(0), values);
        int index = 1;
        for (Object value : values) {
            if (value == null) {
                statement.setNull(index, Types.NULL);
            } else {
                statement.setObject(index, value);
            }
            index++;
        }
    }

    private static void collect(Part part, Map<String, @Nullable Object> item, List<@Nullable Object> into) {
        for (String name : part.names) {
            if (!item.containsKey(name)) {
                throw new IllegalStateException("a statement asks for the unknown parameter :" + name);
            }
            into.add(item.get(name));
        }
    }
}
