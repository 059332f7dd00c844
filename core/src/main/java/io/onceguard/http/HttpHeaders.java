package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Header lines in their order. A name can have several lines; names are compared without regard to case (RFC 9110,
 * section 5.1) and kept as they were written. Immutable; {@code toString()} shows the number of lines only.
 */
public final class HttpHeaders {

    private static final HttpHeaders NONE = new HttpHeaders(List.of());

    /**
     * One header line.
     *
     * @param name the name, not empty
     * @param value the value, may be empty
     */
    public record Line(String name, String value) {

        /** Refuses an empty name and null. */
        public Line {
            requireNonNull(value, "value");
            if (requireNonNull(name, "name").isEmpty()) {
                throw new IllegalArgumentException("header name: must not be empty");
            }
        }

        /** Returns the name and the length of the value. */
        @Override
        public String toString() {
            return name + ": " + value.length() + " characters";
        }
    }

    private final List<Line> lines;

    private HttpHeaders(List<Line> lines) {
        this.lines = lines;
    }

    /** Returns no header lines. */
    public static HttpHeaders none() {
        return NONE;
    }

    /**
     * Returns these lines.
     *
     * @param lines the lines, in order
     * @return the headers
     */
    public static HttpHeaders of(Collection<Line> lines) {
        return new HttpHeaders(List.copyOf(lines));
    }

    /**
     * Returns the lines of a map from names to values, which is what most servers have. Names and values that are null
     * (the JDK's status line) are left out.
     *
     * @param values the values of each name, in order
     * @return the headers
     */
    public static HttpHeaders of(Map<String, ? extends Collection<String>> values) {
        List<Line> lines = new ArrayList<>();
        values.forEach((name, ofName) -> {
            if (name != null && ofName != null) {
                ofName.forEach(value -> lines.add(new Line(name, value == null ? "" : value)));
            }
        });
        return new HttpHeaders(List.copyOf(lines));
    }

    /** Returns all lines, in order. */
    public List<Line> lines() {
        return lines;
    }

    /**
     * Returns the values of all lines of a name, in order.
     *
     * @param name in any case
     * @return the values; empty if there is no such line
     */
    public List<String> values(String name) {
        return lines.stream()
                .filter(line -> line.name().equalsIgnoreCase(name))
                .map(Line::value)
                .toList();
    }

    /**
     * Returns the value of the first line of a name.
     *
     * @param name in any case
     * @return the value, or null if there is no such line
     */
    public @Nullable String first(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? null : values.get(0);
    }

    /**
     * Returns these headers with another line at the end.
     *
     * @param name the name
     * @param value the value
     * @return the headers
     */
    public HttpHeaders with(String name, String value) {
        List<Line> more = new ArrayList<>(lines);
        more.add(new Line(name, value));
        return new HttpHeaders(List.copyOf(more));
    }

    /**
     * Returns these headers with one line of a name, at the end, in place of those that there are.
     *
     * @param name the name, in any case
     * @param value the value
     * @return the headers
     */
    public HttpHeaders withOnly(String name, String value) {
        return without(List.of(name)).with(name, value);
    }

    /**
     * Returns these headers without all lines of some names.
     *
     * @param names the names, in any case
     * @return the headers
     */
    public HttpHeaders without(Collection<String> names) {
        TreeSet<String> unwanted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        unwanted.addAll(names);
        return new HttpHeaders(
                lines.stream().filter(line -> !unwanted.contains(line.name())).toList());
    }

    /** Returns the elements of all comma-separated lists in the lines of a name, without blanks around them. */
    List<String> elements(String name) {
        return values(name).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
    }

    /** Compares lines, their order, and names and values exactly. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HttpHeaders that && lines.equals(that.lines);
    }

    @Override
    public int hashCode() {
        return lines.hashCode();
    }

    @Override
    public String toString() {
        return lines.size() + " header lines";
    }
}
