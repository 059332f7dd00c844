package io.onceguard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whatever the field's value is: the parser says what the grammar of RFC 9651, written as patterns, says. */
class IdempotencyKeyHeaderFuzzTest {

    private static final String IN_QUOTES = "\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\])*+)\"";
    private static final Pattern ITEM = Pattern.compile(" *+" + IN_QUOTES);
    private static final Pattern PARAMETER = Pattern.compile("; *+[a-z*][-a-z0-9_.*]*+(?:=(?:"
            + String.join(
                    "|",
                    IN_QUOTES,
                    "-?[0-9]{1,12}\\.[0-9]{1,3}",
                    "-?[0-9]{1,15}",
                    "[A-Za-z*][-!#$%&'*+.^_`|~:/0-9A-Za-z]*+",
                    ":(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?:",
                    "\\?[01]",
                    "@-?[0-9]{1,15}",
                    "%\"(?<display>(?:[ !#$&-~]|%[0-9a-f]{2})*+)\"")
            + "))?");
    private static final Pattern SPACES = Pattern.compile(" *+");
    private static final Pattern BARE = Pattern.compile(" *+([!#-+\\--:<-\\[\\]-~]++) *+");

    @FuzzTest(maxDuration = "60s")
    void H1_H2_H3_H4_H6_theParserIsTheGrammar(byte[] bytes) {
        String field = new String(bytes, UTF_8);
        String string = string(field);
        String strict = string == null || string.isEmpty() ? null : string;

        assertThat(keyOf(IdempotencyKeyHeader.parseStrict(List.of(field)))).isEqualTo(strict);
        assertThat(keyOf(IdempotencyKeyHeader.parse(List.of(field)))).isEqualTo(strict == null ? bare(field) : strict);
        assertThat(keyOf(IdempotencyKeyHeader.parse(List.of(field, field)))).isNull();
        if (strict != null) {
            String again = IdempotencyKeyHeader.serialize(strict);
            assertThat(keyOf(IdempotencyKeyHeader.parseStrict(List.of(again)))).isEqualTo(strict);
        }
    }

    private static @Nullable String keyOf(IdempotencyKeyHeader header) {
        return header instanceof IdempotencyKeyHeader.Present present ? present.key() : null;
    }

    private static @Nullable String bare(String field) {
        Matcher bare = BARE.matcher(field);
        return bare.matches() ? bare.group(1) : null;
    }

    /** The unescaped text of an Item that is a String; null if the field is none. */
    private static @Nullable String string(String field) {
        Matcher item = ITEM.matcher(field);
        if (!item.lookingAt()) {
            return null;
        }
        Matcher parameter = PARAMETER.matcher(field);
        int at = item.end();
        while (parameter.region(at, field.length()).lookingAt()) {
            if (!isUtf8(parameter.group("display"))) {
                return null;
            }
            at = parameter.end();
        }
        boolean ends = SPACES.matcher(field).region(at, field.length()).matches();
        return ends ? item.group(1).replaceAll("\\\\(.)", "$1") : null;
    }

    private static boolean isUtf8(@Nullable String displayString) {
        if (displayString == null) {
            return true; // another value, or none
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < displayString.length(); i++) {
            boolean encoded = displayString.charAt(i) == '%';
            bytes.write(encoded ? Integer.parseInt(displayString, i + 1, i + 3, 16) : displayString.charAt(i));
            i += encoded ? 2 : 0;
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())) != null;
        } catch (CharacterCodingException notUtf8) {
            return false;
        }
    }
}
