package io.onceguard.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A parser of structured-field Items (RFC 9651, section 4.2.3) as strict as the RFC. Only the text of a String is kept;
 * everything else is read to know whether the field is well formed. Reasons name positions, never the field's text.
 */
final class StructuredFieldParser {

    /** The field is not well formed; the message says why. */
    static final class MalformedException extends Exception {

        private static final long serialVersionUID = 1;

        MalformedException(String reason) {
            super(reason);
        }
    }

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~:/";
    private static final int INTEGER_DIGITS = 15;
    private static final int DECIMAL_WHOLE_DIGITS = 12;
    private static final int DECIMAL_FRACTION_DIGITS = 3;

    private final String input;
    private int at;

    private StructuredFieldParser(String input) {
        this.input = input;
    }

    /**
     * Returns the unescaped text of an Item that is a String; its parameters are checked and ignored.
     *
     * @throws MalformedException if the value is anything else
     */
    static String string(String fieldValue) throws MalformedException {
        StructuredFieldParser parser = new StructuredFieldParser(fieldValue);
        parser.skipSpaces();
        if (parser.peek() != '"') {
            throw parser.malformed("a string in quotes is expected");
        }
        String text = parser.quoted();
        parser.parameters();
        parser.skipSpaces();
        if (parser.at < fieldValue.length()) {
            throw parser.malformed("nothing is expected after the item");
        }
        return text;
    }

    private void parameters() throws MalformedException {
        while (peek() == ';') {
            at++;
            skipSpaces();
            parameterName();
            if (peek() == '=') {
                at++;
                bareItem();
            }
        }
    }

    private void parameterName() throws MalformedException {
        if (!isLowerAlpha(peek()) && peek() != '*') {
            throw malformed("a parameter's name is expected");
        }
        while (isLowerAlpha(peek()) || isDigit(peek()) || (peek() >= 0 && "_-.*".indexOf(peek()) >= 0)) {
            at++;
        }
    }

    private void bareItem() throws MalformedException {
        int first = peek();
        if (first == '"') {
            quoted();
        } else if (first == '-' || isDigit(first)) {
            number(true);
        } else if (first == '*' || isAlpha(first)) {
            token();
        } else if (first == ':') {
            bytes();
        } else if (first == '?') {
            truth();
        } else if (first == '@') {
            at++;
            number(false);
        } else if (first == '%') {
            displayString();
        } else {
            throw malformed("a parameter's value is expected");
        }
    }

    private String quoted() throws MalformedException {
        at++;
        StringBuilder text = new StringBuilder();
        while (true) {
            int next = next("the string is not closed");
            if (next == '"') {
                return text.toString();
            }
            if (next == '\\') {
                next = next("the string is not closed");
                if (next != '"' && next != '\\') {
                    throw malformed("only a quote and a backslash can be escaped");
                }
            } else if (!isPrintable(next)) {
                throw malformed("a character outside printable ASCII");
            }
            text.append((char) next);
        }
    }

    private void number(boolean decimalAllowed) throws MalformedException {
        if (peek() == '-') {
            at++;
        }
        int whole = digits();
        if (whole == 0 || whole > INTEGER_DIGITS) {
            throw malformed("a number of 1 to 15 digits is expected");
        }
        if (peek() != '.') {
            return;
        }
        at++;
        int fraction = digits();
        if (!decimalAllowed || whole > DECIMAL_WHOLE_DIGITS || fraction == 0 || fraction > DECIMAL_FRACTION_DIGITS) {
            throw malformed("a decimal has 1 to 12 digits, a point and 1 to 3 digits");
        }
    }

    private int digits() {
        int from = at;
        while (isDigit(peek())) {
            at++;
        }
        return at - from;
    }

    private void token() {
        while (isAlpha(peek()) || isDigit(peek()) || (peek() >= 0 && TOKEN_MARKS.indexOf(peek()) >= 0)) {
            at++;
        }
    }

    /** Padding may be absent, as the RFC asks of parsers; elsewhere it is wrong. */
    private void bytes() throws MalformedException {
        at++;
        int from = at;
        int data = 0;
        for (int next = next("the byte sequence is not closed"); next != ':'; ) {
            boolean padding = next == '=';
            if (!padding && (data < at - 1 - from || !(isAlpha(next) || isDigit(next) || next == '+' || next == '/'))) {
                throw malformed("a character that is not of base64");
            }
            data += padding ? 0 : 1;
            next = next("the byte sequence is not closed");
        }
        int padding = at - 1 - from - data;
        if (data % 4 == 1 || padding > 2 || (padding > 0 && (data + padding) % 4 != 0)) {
            throw malformed("the byte sequence is not base64");
        }
    }

    private void truth() throws MalformedException {
        at++;
        int value = next("a boolean is expected");
        if (value != '0' && value != '1') {
            throw malformed("a boolean is expected");
        }
    }

    private void displayString() throws MalformedException {
        at++;
        if (next("a display string is expected") != '"') {
            throw malformed("a display string is expected");
        }
        ByteBuffer utf8 = ByteBuffer.allocate(input.length());
        for (int next = next("the display string is not closed"); next != '"'; ) {
            if (!isPrintable(next)) {
                throw malformed("a character outside printable ASCII");
            }
            utf8.put((byte) (next == '%' ? hexDigit() << 4 | hexDigit() : next));
            next = next("the display string is not closed");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(utf8.flip());
        } catch (CharacterCodingException notUtf8) {
            throw malformed("the display string is not UTF-8");
        }
    }

    private int hexDigit() throws MalformedException {
        int digit = next("the display string is not closed");
        if (isDigit(digit)) {
            return digit - '0';
        }
        if (digit >= 'a' && digit <= 'f') {
            return digit - 'a' + 10;
        }
        throw malformed("two lower-case hex digits are expected");
    }

    private void skipSpaces() {
        while (peek() == ' ') {
            at++;
        }
    }

    private int peek() {
        return at < input.length() ? input.charAt(at) : -1;
    }

    private int next(String otherwise) throws MalformedException {
        if (at == input.length()) {
            throw malformed(otherwise);
        }
        return input.charAt(at++);
    }

    private MalformedException malformed(String reason) {
        return new MalformedException(reason + " (at " + at + ")");
    }

    private static boolean isPrintable(int c) {
        return c >= 0x20 && c <= 0x7E;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLowerAlpha(int c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isAlpha(int c) {
        return isLowerAlpha(c) || (c >= 'A' && c <= 'Z');
    }
}
