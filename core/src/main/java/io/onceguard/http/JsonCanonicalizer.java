package io.onceguard.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The form that JSON texts (RFC 8259) share if they differ in white space, in the order of members and in how strings are
 * escaped, and in nothing else. The text of a number is kept: {@code 1.0} is not {@code 1}, and no number is ever
 * expanded. Two members of one name are refused, because readers disagree on which one counts.
 */
final class JsonCanonicalizer {

    private static final char END = '\uFFFF'; // not a character, so never outside a string of a JSON text

    private final String text;
    private final int maxDepth;
    private final StringBuilder out;
    private int at;

    private JsonCanonicalizer(String text, int maxDepth) {
        this.text = text;
        this.maxDepth = maxDepth;
        this.out = new StringBuilder(text.length());
    }

    /**
     * Returns the canonical form, as UTF-8.
     *
     * @throws UnusableBodyException if the bytes are not one JSON text in UTF-8, or nest deeper than allowed
     */
    static byte[] canonical(byte[] json, int maxDepth) throws UnusableBodyException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw new UnusableBodyException(HttpRefusal.UNREADABLE_BODY, "It is not UTF-8.");
        }
        JsonCanonicalizer canonicalizer = new JsonCanonicalizer(text, maxDepth);
        canonicalizer.skipSpace();
        canonicalizer.value(0);
        canonicalizer.skipSpace();
        if (canonicalizer.at < text.length()) {
            throw canonicalizer.unreadable("nothing is expected after the value");
        }
        return canonicalizer.out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void value(int depth) throws UnusableBodyException {
        switch (peek()) {
            case '{' -> object(depth + 1);
            case '[' -> array(depth + 1);
            case '"' -> JsonText.write(out, string());
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void object(int depth) throws UnusableBodyException {
        open(depth);
        int start = out.length();
        Map<String, String> members = new TreeMap<>();
        if (peek() != '}') {
            do {
                skipSpace();
                String name = string();
                skipSpace();
                expect(':');
                skipSpace();
                value(depth);
                if (members.put(name, out.substring(start)) != null) {
                    throw unreadable("two members have one name");
                }
                out.setLength(start);
                skipSpace();
            } while (comma());
        }
        expect('}');
        String separator = "{";
        for (Map.Entry<String, String> member : members.entrySet()) {
            JsonText.write(out.append(separator), member.getKey());
            out.append(':').append(member.getValue());
            separator = ",";
        }
        out.append(members.isEmpty() ? "{}" : "}");
    }

    private void array(int depth) throws UnusableBodyException {
        open(depth);
        out.append('[');
        if (peek() != ']') {
            boolean more;
            do {
                skipSpace();
                value(depth);
                skipSpace();
                more = comma();
                out.append(more ? "," : "");
            } while (more);
        }
        expect(']');
        out.append(']');
    }

    private void open(int depth) throws UnusableBodyException {
        if (depth > maxDepth) {
            throw unreadable("more than " + maxDepth + " levels");
        }
        at++;
        skipSpace();
    }

    private boolean comma() {
        boolean comma = peek() == ',';
        at += comma ? 1 : 0;
        return comma;
    }

    private String string() throws UnusableBodyException {
        expect('"');
        StringBuilder string = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return string.toString();
            }
            if (c < 0x20) {
                throw unreadable("a control character in a string");
            }
            string.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws UnusableBodyException {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> (char) (hex() << 12 | hex() << 8 | hex() << 4 | hex());
            default -> throw unreadable("an unknown escape");
        };
    }

    private int hex() throws UnusableBodyException {
        char c = next();
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
            throw unreadable("a hex digit is expected");
        }
        return digit;
    }

    private void number() throws UnusableBodyException {
        int from = at;
        at += peek() == '-' ? 1 : 0;
        boolean zero = peek() == '0';
        int whole = digits();
        boolean good = whole == 1 || (whole > 1 && !zero);
        if (peek() == '.') {
            at++;
            good &= digits() > 0;
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            at += peek() == '+' || peek() == '-' ? 1 : 0;
            good &= digits() > 0;
        }
        if (!good) {
            throw unreadable("a value is expected");
        }
        out.append(text, from, at);
    }

    private int digits() {
        int from = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at - from;
    }

    private void word(String word) throws UnusableBodyException {
        if (!text.startsWith(word, at)) {
            throw unreadable("a value is expected");
        }
        at += word.length();
        out.append(word);
    }

    private void skipSpace() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
            at++;
        }
    }

    private void expect(char expected) throws UnusableBodyException {
        if (peek() != expected) {
            throw unreadable("'" + expected + "' is expected");
        }
        at++;
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private char next() throws UnusableBodyException {
        if (at == text.length()) {
            throw unreadable("it ends too early");
        }
        return text.charAt(at++);
    }

    private UnusableBodyException unreadable(String reason) {
        return new UnusableBodyException(HttpRefusal.UNREADABLE_BODY, "At " + at + ": " + reason + ".");
    }
}
