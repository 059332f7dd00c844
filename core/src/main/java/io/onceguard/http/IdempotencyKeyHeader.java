package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.CheckReturnValue;
import java.util.List;
import java.util.UUID;

/**
 * What the {@value #NAME} field of a request says. Immutable; {@code toString()} never shows a key.
 *
 * <p>The value is a structured-field String (RFC 9651, section 3.3.3): {@code "8e03978e"}, with its quotes not part of
 * the key. Parameters are checked and ignored, as the draft defines none. Because nearly all deployed clients send the
 * key without quotes, that form is accepted too, unless {@linkplain #parseStrict strict}: one or more characters
 * {@code 0x21} to {@code 0x7E} other than {@code " , ; \}, so a bare number or token is the key that it spells. Both
 * forms of a key are the same key.
 *
 * <p>An empty key is malformed: all clients with such a key would share it. So are two field lines. A malformed field
 * must be refused and never ignored, because its client believes itself protected. A string of any length is parsed; how
 * long a key may be is a rule of its own.
 */
@CheckReturnValue
public sealed interface IdempotencyKeyHeader {

    /** The registered name of the field. Names of fields are compared without regard to case. */
    String NAME = "Idempotency-Key";

    /**
     * The field has a key.
     *
     * @param key the key, unescaped, at least one character
     */
    record Present(String key) implements IdempotencyKeyHeader {
        @Override
        public String toString() {
            return "Present[" + key.length() + " characters]";
        }
    }

    /** The request does not have the field. */
    record Absent() implements IdempotencyKeyHeader {}

    /**
     * The field is there, but is not a key.
     *
     * @param reason says why, without any text of the field
     */
    record Malformed(String reason) implements IdempotencyKeyHeader {}

    /**
     * Parses a field, with or without quotes.
     *
     * @param fieldValues the values of all field lines with this name; empty if there are none
     * @return what they say
     */
    static IdempotencyKeyHeader parse(List<String> fieldValues) {
        return parse(fieldValues, false);
    }

    /**
     * Parses a field; only a String in quotes is accepted.
     *
     * @param fieldValues the values of all field lines with this name; empty if there are none
     * @return what they say
     */
    static IdempotencyKeyHeader parseStrict(List<String> fieldValues) {
        return parse(fieldValues, true);
    }

    /**
     * Returns the field value of a key, in quotes; for clients.
     *
     * @param key 1 or more characters {@code 0x20} to {@code 0x7E}
     * @return the value of the field
     * @throws IllegalArgumentException if the key is empty or has another character; the message does not show it
     */
    static String serialize(String key) {
        if (requireNonNull(key, "key").isEmpty() || key.chars().anyMatch(c -> c < 0x20 || c > 0x7E)) {
            throw new IllegalArgumentException("key: 1 or more characters of printable ASCII");
        }
        return '"' + key.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /**
     * Returns a new field value with a random UUID; for clients. Make one for each piece of work, not for each attempt to
     * send it, and send the same again with every retry.
     *
     * @return the value of the field, in quotes
     */
    static String random() {
        return serialize(UUID.randomUUID().toString());
    }

    private static IdempotencyKeyHeader parse(List<String> fieldValues, boolean strict) {
        if (fieldValues.isEmpty()) {
            return new Absent();
        }
        if (fieldValues.size() > 1) {
            return new Malformed("one field line is expected, there were " + fieldValues.size());
        }
        String value = withoutSpaces(fieldValues.get(0));
        if (value.isEmpty()) {
            return new Malformed("the field is empty");
        }
        if (!strict && value.charAt(0) != '"') {
            return bare(value);
        }
        try {
            String key = StructuredFieldParser.string(value);
            return key.isEmpty() ? new Malformed("the key is empty") : new Present(key);
        } catch (StructuredFieldParser.MalformedException refused) {
            return new Malformed(requireNonNull(refused.getMessage()));
        }
    }

    private static IdempotencyKeyHeader bare(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < 0x21 || c > 0x7E || "\",;\\".indexOf(c) >= 0) {
                return new Malformed(
                        "a key without quotes has printable ASCII without \" , ; \\ and blanks (at " + i + ")");
            }
        }
        return new Present(value);
    }

    /** Spaces only: RFC 9651 skips no others, and a server has taken tabs around the value away. */
    private static String withoutSpaces(String value) {
        int from = 0;
        int to = value.length();
        while (from < to && value.charAt(from) == ' ') {
            from++;
        }
        while (to > from && value.charAt(to - 1) == ' ') {
            to--;
        }
        return value.substring(from, to);
    }
}
