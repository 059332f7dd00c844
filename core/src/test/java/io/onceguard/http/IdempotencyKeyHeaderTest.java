package io.onceguard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The syntax of the field: RFC 9651 for what is in quotes, and a rule of our own for what is not. */
class IdempotencyKeyHeaderTest {

    private static final String UUID = "8e03978e-40d5-43e8-bc93-6894a57f9324";

    /** A field value, and the key that it has; null if it is malformed. */
    record Case(
            String field, @Nullable String strict, @Nullable String lenient) {
        @Override
        public String toString() {
            return field.length() > 60 ? field.length() + " characters" : "<" + field + ">";
        }
    }

    private static Case string(String field, String key) {
        return new Case(field, key, key);
    }

    private static Case refused(String field) {
        return new Case(field, null, null);
    }

    private static Case bare(String field) {
        return new Case(field, null, field.strip());
    }

    /** Strings in quotes, and parameters behind them. */
    static Stream<Case> H1_H3_strings() {
        return Stream.of(
                string("\"" + UUID + "\"", UUID),
                string("\"a\"", "a"),
                string("\"foo bar\"", "foo bar"),
                string("\" \"", " "),
                string("\"  a  \"", "  a  "),
                string("  \"a\"", "a"),
                string("\"a\"  ", "a"),
                string("   \"a\"   ", "a"),
                string("\"a,b\"", "a,b"),
                string("\"a;b=c\"", "a;b=c"),
                string("\"'\"", "'"),
                string("\"\\\"\"", "\""),
                string("\"\\\\\"", "\\"),
                string("\"b\\\"a\\\\r\"", "b\"a\\r"),
                string("\"\\\\\\\"\"", "\\\""),
                string("\"" + "k".repeat(1024) + "\"", "k".repeat(1024)),
                string("\"" + "\\\"".repeat(1024) + "\"", "\"".repeat(1024)),
                string("\"" + "k".repeat(100_000) + "\"", "k".repeat(100_000)),
                string("\"k\";a", "k"),
                string("\"k\";a;b;c", "k"),
                string("\"k\"; a", "k"),
                string("\"k\";   a=1", "k"),
                string("\"k\";a=1;a=2", "k"),
                string("\"k\";a=-1", "k"),
                string("\"k\";a=999999999999999", "k"),
                string("\"k\";a=1.5", "k"),
                string("\"k\";a=-999999999999.999", "k"),
                string("\"k\";a=\"x;y\"", "k"),
                string("\"k\";a=\"\\\"\"", "k"),
                string("\"k\";a=token", "k"),
                string("\"k\";a=*token/a:b", "k"),
                string("\"k\";a=Token;b", "k"),
                string("\"k\";a=:aGVsbG8=:", "k"),
                string("\"k\";a=:aGVsbG8:", "k"),
                string("\"k\";a=::", "k"),
                string("\"k\";a=:YQ==:", "k"),
                string("\"k\";a=?0", "k"),
                string("\"k\";a=?1;b=?0", "k"),
                string("\"k\";a=@1659578233", "k"),
                string("\"k\";a=@-1", "k"),
                string("\"k\";a=%\"f%c3%bc\"", "k"),
                string("\"k\";a=%\"\"", "k"),
                string("\"k\";*a", "k"),
                string("\"k\";a_-.*1=1", "k"),
                string("\"k\";a=1  ", "k"));
    }

    static Stream<Case> H1_H3_malformedStrings() {
        return Stream.of(
                        "",
                        " ",
                        "     ",
                        "\"\"",
                        "  \"\"  ",
                        "\"\";a=1",
                        "\"",
                        "\"a",
                        "a\"",
                        "\"a\"b",
                        "\"a\" b",
                        "\"a\"\"b\"",
                        "\"a\" \"b\"",
                        "\"a\",",
                        "\"a\", \"b\"",
                        "\"a\",\"a\"",
                        ",\"a\"",
                        "\"\\\"",
                        "\"\\",
                        "\"\\a\"",
                        "\"\\n\"",
                        "\"\\u0061\"",
                        "\"\\'\"",
                        "\"a\tb\"",
                        "\"a\nb\"",
                        "\"a\rb\"",
                        "\"a\u0000b\"",
                        "\"\u007F\"",
                        "\"\u0080\"",
                        "\"f\u00fc\u00fc\"",
                        "\"\u20ac\"",
                        "\"\ud83d\ude00\"",
                        "\"\ud83d\"",
                        "\t\"a\"",
                        "\"a\"\t",
                        "\u00a0\"a\"",
                        "'a b'",
                        "\u201ca\u201d",
                        "\"k\";",
                        "\"k\"; ",
                        "\"k\" ;a",
                        "\"k\";A",
                        "\"k\";1",
                        "\"k\";a=",
                        "\"k\";a= 1",
                        "\"k\";a =1",
                        "\"k\";=1",
                        "\"k\";a=1,b",
                        "\"k\";a=1000000000000000",
                        "\"k\";a=1.",
                        "\"k\";a=.5",
                        "\"k\";a=1.2345",
                        "\"k\";a=1000000000000.1",
                        "\"k\";a=-",
                        "\"k\";a=--1",
                        "\"k\";a=1.5.1",
                        "\"k\";a=\"x",
                        "\"k\";a=\"\\x\"",
                        "\"k\";a=:aGVsbG8=",
                        "\"k\";a=:a:",
                        "\"k\";a=:a=b:",
                        "\"k\";a=:YQ=:",
                        "\"k\";a=:YQ===:",
                        "\"k\";a=:a_b-:",
                        "\"k\";a=:a b:",
                        "\"k\";a=?",
                        "\"k\";a=?2",
                        "\"k\";a=?true",
                        "\"k\";a=@",
                        "\"k\";a=@1.5",
                        "\"k\";a=%",
                        "\"k\";a=%\"",
                        "\"k\";a=%x",
                        "\"k\";a=%\"%C3%BC\"",
                        "\"k\";a=%\"%c3\"",
                        "\"k\";a=%\"%f\"",
                        "\"k\";a=%\"\u00fc\"",
                        "\"k\";a=(1)",
                        "\"k\";\ta",
                        "\"k\";;a",
                        "\"k\";a;",
                        "(\"k\")",
                        "{\"k\"}")
                .map(IdempotencyKeyHeaderTest::refused);
    }

    /** What is not in quotes is a key only where the parser is not strict, be it a token, a number or something else. */
    static Stream<Case> H2_withoutQuotes() {
        Stream<Case> accepted = Stream.of(
                        UUID,
                        UUID.toUpperCase(Locale.ROOT),
                        "8e03978e",
                        "order-42",
                        "a",
                        "*",
                        "token",
                        "*foo/bar:baz",
                        "0",
                        "1",
                        "-1",
                        "42",
                        "007",
                        "999999999999999",
                        "1000000000000000",
                        "1.5",
                        "-0.1",
                        "1.",
                        ".5",
                        "1e400",
                        ":aGVsbG8=:",
                        ":",
                        "?0",
                        "?1",
                        "?2",
                        "@1659578233",
                        "@",
                        "()",
                        "{}",
                        "[1]",
                        "'a'",
                        "a=b",
                        "a/b",
                        "a:b",
                        "!#$%&*+-.^_`|~",
                        "<>?@",
                        "%f%c3",
                        "a+b==",
                        "  a  ",
                        "k".repeat(1024),
                        "null",
                        "true")
                .map(IdempotencyKeyHeaderTest::bare);
        Stream<Case> refused = Stream.of(
                        "a b",
                        "a,b",
                        "a, b",
                        "a;b",
                        "a;b=1",
                        "a\\b",
                        "\\",
                        ";",
                        ",",
                        "a\"",
                        "%\"f\"",
                        "a\tb",
                        "\ta",
                        "a\t",
                        "a\u0000",
                        "\u0001",
                        "a\u007F",
                        "f\u00fc",
                        "\u20ac",
                        "\ud83d\ude00",
                        "a\nb",
                        "a\r\nX: y",
                        "a\u00a0b",
                        "\ufeffa",
                        "\u200ba",
                        "a\u2028")
                .map(IdempotencyKeyHeaderTest::refused);
        return Stream.concat(accepted, refused);
    }

    static Stream<Case> all() {
        return Stream.of(H1_H3_strings(), H1_H3_malformedStrings(), H2_withoutQuotes())
                .flatMap(cases -> cases);
    }

    @ParameterizedTest
    @MethodSource("all")
    void F01_keyOrRefusal(Case given) {
        assertThat(keyOf(IdempotencyKeyHeader.parse(List.of(given.field))))
                .as("lenient")
                .isEqualTo(given.lenient);
        assertThat(keyOf(IdempotencyKeyHeader.parseStrict(List.of(given.field))))
                .as("strict")
                .isEqualTo(given.strict);
    }

    @Test
    void F01_theSetHasAtLeast150DifferentFields() {
        assertThat(all().map(Case::field).distinct().count()).isGreaterThanOrEqualTo(150);
    }

    /** Every character of a string, 0 to 255: as it is, and behind a backslash. */
    @Test
    void H1_eachCharacterOfAString() {
        IntStream.range(0, 256).forEach(c -> {
            boolean special = c == '"' || c == '\\';
            String plain = "\"x" + (char) c + "x\"";
            String key = c >= 0x20 && c <= 0x7E && !special ? "x" + (char) c + "x" : null;
            assertThat(keyOf(IdempotencyKeyHeader.parseStrict(List.of(plain))))
                    .as("%02x", c)
                    .isEqualTo(key);
            String escaped = "\"x\\" + (char) c + "x\"";
            String unescaped = special ? "x" + (char) c + "x" : null;
            assertThat(keyOf(IdempotencyKeyHeader.parseStrict(List.of(escaped))))
                    .as("escaped %02x", c)
                    .isEqualTo(unescaped);
        });
    }

    @Test
    void F01_quotedAndBareAreTheSameKey() {
        assertThat(IdempotencyKeyHeader.parse(List.of(UUID)))
                .isEqualTo(IdempotencyKeyHeader.parse(List.of("\"" + UUID + "\"")));
    }

    @Test
    void F01_H4_twoFieldLinesAreRefused() {
        for (List<String> lines : List.of(
                List.of("\"a\"", "\"b\""), List.of("\"a\"", "\"a\""), List.of("\"foo", "bar\""), List.of("a", ""))) {
            assertThat(IdempotencyKeyHeader.parse(lines))
                    .isEqualTo(new IdempotencyKeyHeader.Malformed("one field line is expected, there were 2"));
        }
    }

    @Test
    void noFieldLineIsAbsent() {
        assertThat(IdempotencyKeyHeader.parse(List.of())).isEqualTo(new IdempotencyKeyHeader.Absent());
    }

    @Test
    void H6_whatIsSerializedIsParsed() {
        long seed = 20_261_123;
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder key = new StringBuilder();
            int length = 1 + random.nextInt(40);
            for (int j = 0; j < length; j++) {
                key.append((char) (0x20 + random.nextInt(0x5F)));
            }
            String field = IdempotencyKeyHeader.serialize(key.toString());
            assertThat(keyOf(IdempotencyKeyHeader.parseStrict(List.of(field))))
                    .as("seed %d, case %d", seed, i)
                    .isEqualTo(key.toString());
        }
    }

    @Test
    void H6_whatIsNotPrintableAsciiIsNotSerialized() {
        List<String> unserializable = new ArrayList<>(List.of("", "f\u00fc", "\u20ac", "\ud83d\ude00", "\ud83d"));
        IntStream.range(0, 0x20).forEach(c -> unserializable.add("a" + (char) c));
        unserializable.add("\u007F");
        assertThat(unserializable)
                .allSatisfy(key -> assertThatIllegalArgumentException()
                        .isThrownBy(() -> IdempotencyKeyHeader.serialize(key))
                        .withMessage("key: 1 or more characters of printable ASCII"));
    }

    @Test
    void H8_aClientsRandomKeyIsNewEachTimeAndWellFormed() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            String key = keyOf(IdempotencyKeyHeader.parseStrict(List.of(IdempotencyKeyHeader.random())));
            assertThat(key).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
            keys.add(key);
        }
        assertThat(keys).hasSize(100);
    }

    @Test
    void H24_theRegisteredName() {
        assertThat(IdempotencyKeyHeader.NAME).isEqualTo("Idempotency-Key");
    }

    @Test
    void neitherReasonNorTextShowsTheKey() {
        assertThat(IdempotencyKeyHeader.parse(List.of("\"secret\\x\"")).toString())
                .doesNotContain("secret");
        assertThat(IdempotencyKeyHeader.parse(List.of("secret key")).toString()).doesNotContain("secret");
        assertThat(IdempotencyKeyHeader.parse(List.of("secret")).toString()).isEqualTo("Present[6 characters]");
    }

    private static @Nullable String keyOf(IdempotencyKeyHeader header) {
        if (header instanceof IdempotencyKeyHeader.Malformed malformed) {
            assertThat(malformed.reason()).isNotEmpty();
        }
        return header instanceof IdempotencyKeyHeader.Present present ? present.key() : null;
    }
}
