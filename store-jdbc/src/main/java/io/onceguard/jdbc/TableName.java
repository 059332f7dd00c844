package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * The name of the table, with a schema or without. The only string that becomes part of a statement; whatever is not a
 * plain identifier is refused.
 *
 * @param schema the schema, or empty
 * @param simple the name within the schema
 */
record TableName(String schema, String simple) {

    /** The name that the statements and the DDL use, and the default. */
    static final String DEFAULT = "onceguard_record";

    /** Shorter than what databases allow, which leaves room for the name of the index. */
    private static final Pattern NAME =
            Pattern.compile("(?:[A-Za-z_][A-Za-z0-9_]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_]{0,54}");

    static TableName of(String name) {
        if (!NAME.matcher(requireNonNull(name, "table")).matches()) {
            throw new IllegalArgumentException(
                    "table: an identifier of at most 55 letters, digits and underscores, with a schema before it or"
                            + " without, was one of " + name.length() + " characters that is none");
        }
        int dot = name.indexOf('.');
        return dot < 0 ? new TableName("", name) : new TableName(name.substring(0, dot), name.substring(dot + 1));
    }

    @Override
    public String toString() {
        return schema.isEmpty() ? simple : schema + "." + simple;
    }
}
