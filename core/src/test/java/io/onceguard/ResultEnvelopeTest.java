package io.onceguard;

import static io.onceguard.GoldenEnvelopes.CIPHER;
import static io.onceguard.GoldenEnvelopes.ID;
import static io.onceguard.GoldenEnvelopes.ORIGIN;
import static io.onceguard.GoldenEnvelopes.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.Content.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultEnvelopeTest {

    private static final ResultCodec<Boolean> BOOLEANS =
            ResultCodec.of("bool", value -> new byte[] {(byte) (value ? 1 : 0)}, bytes -> bytes[0] == 1);
    private static final ResultCodec<Integer> INTEGERS = ResultCodec.of(
            "int",
            value -> utf8(Integer.toString(value)),
            bytes -> Integer.valueOf(new String(bytes, StandardCharsets.UTF_8)));
    private static final ResultCodec<List<String>> LISTS = ResultCodec.of(
            "list",
            value -> utf8(String.join("\n", value)),
            bytes -> bytes.length == 0
                    ? new ArrayList<>()
                    : new ArrayList<>(List.of(new String(bytes, StandardCharsets.UTF_8).split("\n", -1))));
    private static final ResultCodec<String> BROKEN = ResultCodec.of(
            "broken",
            value -> {
                throw new IOException("cannot write");
            },
            bytes -> {
                throw new IOException("cannot read");
            });

    private static <T> ResultEnvelope<T> envelope(ResultCodec<T> codec) {
        return envelope(codec, List.of(), FailureFormat.DEFAULT, EnvelopeFormat.PLAIN);
    }

    private static <T> ResultEnvelope<T> envelope(
            ResultCodec<T> codec,
            List<ResultCodec<? extends T>> alsoDecodes,
            FailureFormat failures,
            EnvelopeFormat format) {
        return new ResultEnvelope<>(
                new ResultFormat<>(codec, alsoDecodes, ResultFormat.DEFAULT_MAX_BYTES), failures, format);
    }

    private static ResultEnvelope<String> limited(int maxBytes) {
        return new ResultEnvelope<>(
                new ResultFormat<>(ResultCodec.utf8(), List.of(), maxBytes),
                FailureFormat.DEFAULT,
                EnvelopeFormat.PLAIN);
    }

    private static ResultEnvelope<String> failing(FailureFormat failures) {
        return envelope(ResultCodec.utf8(), List.of(), failures, EnvelopeFormat.PLAIN);
    }

    private static byte[] kept(Encoded encoded) {
        assertThat(encoded).isInstanceOf(Encoded.Kept.class);
        return ((Encoded.Kept) encoded).result().bytes();
    }

    private static Throwable decodedFailure(ResultEnvelope<?> envelope, byte[] bytes) {
        Decoded<?> decoded = envelope.decode(ID, bytes);
        assertThat(decoded).isInstanceOf(Decoded.Failure.class);
        assertThat(decoded.originId()).isEqualTo(ORIGIN);
        return ((Decoded.Failure<?>) decoded).failure();
    }

    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of(ResultCodec.utf8(), null),
                Arguments.of(ResultCodec.none(), null),
                Arguments.of(BROKEN, null),
                Arguments.of(BOOLEANS, false),
                Arguments.of(BOOLEANS, true),
                Arguments.of(INTEGERS, 0),
                Arguments.of(ResultCodec.utf8(), ""),
                Arguments.of(ResultCodec.utf8(), "text"),
                Arguments.of(LISTS, List.of()),
                Arguments.of(LISTS, List.of("", "")),
                Arguments.of(ResultCodec.bytes(), new byte[0]));
    }

    @ParameterizedTest
    @MethodSource("values")
    void A15_valuesThatLookLikeNothingComeBack(ResultCodec<Object> codec, Object value) {
        for (EnvelopeFormat format : List.of(EnvelopeFormat.PLAIN, new EnvelopeFormat(0, CIPHER))) {
            ResultEnvelope<Object> envelope = envelope(codec, List.of(), FailureFormat.DEFAULT, format);
            Decoded<Object> decoded = envelope.decode(ID, kept(envelope.encodeValue(ID, value, ORIGIN)));
            assertThat(decoded).isInstanceOf(Decoded.Value.class);
            assertThat(((Decoded.Value<Object>) decoded).value()).isEqualTo(value);
            assertThat(decoded.originId()).isEqualTo(ORIGIN);
        }
    }

    @Test
    void A15_aNullIsReadWhateverItsCodecWas() {
        byte[] stored = kept(envelope(INTEGERS).encodeValue(ID, null, ORIGIN));
        assertThat(envelope(ResultCodec.utf8()).decode(ID, stored)).isEqualTo(new Decoded.Value<>(null, ORIGIN));
    }

    @Test
    void A16_everyDecodingGivesAnObjectOfItsOwn() {
        ResultEnvelope<List<String>> envelope = envelope(LISTS);
        byte[] stored = kept(envelope.encodeValue(ID, List.of("a", "b"), ORIGIN));
        ((Decoded.Value<List<String>>) envelope.decode(ID, stored)).value().clear();
        assertThat(envelope.decode(ID, stored)).isEqualTo(new Decoded.Value<>(List.of("a", "b"), ORIGIN));
        ResultEnvelope<byte[]> bytes = envelope(ResultCodec.bytes());
        byte[] array = kept(bytes.encodeValue(ID, new byte[] {1}, ORIGIN));
        ((Decoded.Value<byte[]>) bytes.decode(ID, array)).value()[0] = 9;
        assertThat(((Decoded.Value<byte[]>) bytes.decode(ID, array)).value()).containsExactly(1);
    }

    @Test
    void A21_theLimitCountsWhatTheCodecWrote() {
        assertThat(limited(4).encodeValue(ID, "1234", ORIGIN)).isInstanceOf(Encoded.Kept.class);
        assertThat(limited(4).encodeValue(ID, "12345", ORIGIN)).isEqualTo(new Encoded.TooLarge(5, 4));
        ResultEnvelope<String> compressing = new ResultEnvelope<>(
                new ResultFormat<>(ResultCodec.utf8(), List.of(), 100),
                FailureFormat.DEFAULT,
                new EnvelopeFormat(0, null));
        assertThat(compressing.encodeValue(ID, "x".repeat(101), ORIGIN)).isEqualTo(new Encoded.TooLarge(101, 100));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, (64 << 20) + 1})
    void A21_aLimitOutOfRangeIsRefused(int maxBytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limited(maxBytes))
                .withMessage("maxResultBytes: 1..67108864, was " + maxBytes);
    }

    @Test
    void A21_aCodecThatThrowsIsNotEncodable() {
        Encoded encoded = envelope(BROKEN).encodeValue(ID, "x", ORIGIN);
        assertThat(encoded).isInstanceOf(Encoded.NotEncodable.class);
        assertThat(((Encoded.NotEncodable) encoded).cause()).isInstanceOf(IOException.class);
        assertThat(envelope(ResultCodec.<String>none()).encodeValue(ID, "x", ORIGIN))
                .isInstanceOf(Encoded.NotEncodable.class);
        assertThat(envelope(ResultCodec.<String>of("null", value -> null, bytes -> null))
                        .encodeValue(ID, "x", ORIGIN))
                .isInstanceOf(Encoded.NotEncodable.class);
    }

    @Test
    void A21_aCipherThatThrowsIsNotEncodable() {
        GeneralSecurityException noKey = new GeneralSecurityException("no key");
        ResultCipher failing = new ResultCipher() {
            @Override
            public byte[] encrypt(byte[] plain, byte[] associatedData) throws GeneralSecurityException {
                throw noKey;
            }

            @Override
            public byte[] decrypt(byte[] sealed, byte[] associatedData) {
                throw new IllegalStateException();
            }
        };
        ResultEnvelope<String> envelope =
                envelope(ResultCodec.utf8(), List.of(), FailureFormat.DEFAULT, new EnvelopeFormat(0, failing));
        assertThat(envelope.encodeValue(ID, "x", ORIGIN)).isEqualTo(new Encoded.NotEncodable(noKey));
        assertThat(envelope.encodeFailure(ID, new IOException(), ORIGIN)).isEqualTo(new Encoded.NotEncodable(noKey));
        assertThat(envelope.encodeValue(ID, null, ORIGIN)).isInstanceOf(Encoded.Kept.class);
    }

    @Test
    void A21_theReasonWhyNothingWasKeptComesBack() {
        ResultEnvelope<String> envelope =
                envelope(ResultCodec.utf8(), List.of(), FailureFormat.DEFAULT, new EnvelopeFormat(0, CIPHER));
        byte[] stored =
                envelope.encodeNoResult(ID, "5 bytes, at most 4", ORIGIN).bytes();
        assertThat(envelope.decode(ID, stored)).isEqualTo(new Decoded.NoResult<>("5 bytes, at most 4", ORIGIN));
        byte[] malformed = GoldenEnvelopes.envelope("0104047574663800057265712d31ff");
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> envelope.decode(ID, malformed))
                .withCauseInstanceOf(CharacterCodingException.class);
    }

    @Test
    void A14_anErrorOfACodecPassesThrough() {
        AssertionError error = new AssertionError("out of luck");
        ResultEnvelope<String> envelope = envelope(ResultCodec.of(
                "error",
                value -> {
                    throw error;
                },
                bytes -> ""));
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> envelope.encodeValue(ID, "x", ORIGIN))
                .isSameAs(error);
    }

    @Test
    void A14_anInterruptReportedByACodecStaysVisible() {
        ResultCodec<String> interrupted = ResultCodec.of(
                "interrupted",
                value -> {
                    throw new InterruptedException();
                },
                bytes -> {
                    throw new InterruptedException();
                });
        assertThat(envelope(interrupted).encodeValue(ID, "x", ORIGIN)).isInstanceOf(Encoded.NotEncodable.class);
        assertThat(Thread.interrupted()).isTrue();
        byte[] stored = EnvelopeFormat.sealPlain(new Content(Kind.VALUE, "interrupted", ORIGIN, new byte[0]));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> envelope(interrupted).decode(ID, stored));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void A22_anUnknownCodecIsNamedWithTheKnownOnes() {
        byte[] stored = EnvelopeFormat.sealPlain(new Content(Kind.VALUE, "receipt-3", ORIGIN, utf8("secret")));
        ResultEnvelope<String> envelope = envelope(
                ResultCodec.utf8(),
                List.of(ResultCodec.of("receipt-1", GoldenEnvelopes::utf8, String::new)),
                FailureFormat.DEFAULT,
                EnvelopeFormat.PLAIN);
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> envelope.decode(ID, stored))
                .withMessage("the result of charge/f439519e cannot be read: found codec receipt-3, expected codec utf8"
                        + " or receipt-1");
    }

    @Test
    void A22_bytesThatTheirCodecCannotReadAreNamedWithItsException() {
        byte[] stored = EnvelopeFormat.sealPlain(new Content(Kind.VALUE, "broken", ORIGIN, utf8("secret")));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> envelope(BROKEN).decode(ID, stored))
                .withMessageEndingWith("found 6 bytes that codec broken cannot decode, expected bytes that it wrote")
                .havingCause()
                .isInstanceOf(IOException.class);
        byte[] toNull = EnvelopeFormat.sealPlain(new Content(Kind.VALUE, "null", ORIGIN, utf8("secret")));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> envelope(ResultCodec.<String>of("null", value -> null, bytes -> null))
                        .decode(ID, toNull))
                .withMessageEndingWith("found bytes that codec null decodes to null, expected a value");
    }

    @Test
    void anOldCodecStillReadsAndTheNewOneWrites() {
        ResultCodec<String> old = ResultCodec.of("receipt-1", value -> utf8("1" + value), bytes -> "old");
        byte[] stored = kept(envelope(old).encodeValue(ID, "x", ORIGIN));
        ResultEnvelope<String> both =
                envelope(ResultCodec.utf8(), List.of(old), FailureFormat.DEFAULT, EnvelopeFormat.PLAIN);
        assertThat(both.decode(ID, stored)).isEqualTo(new Decoded.Value<>("old", ORIGIN));
        byte[] fresh = kept(both.encodeValue(ID, "x", ORIGIN));
        assertThat(envelope(ResultCodec.utf8()).decode(ID, fresh)).isEqualTo(new Decoded.Value<>("x", ORIGIN));
    }

    @Test
    void codecIdsOfAnOperationAreDistinctAndFollowTheRules() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResultFormat<>(ResultCodec.utf8(), List.of(ResultCodec.utf8()), 1))
                .withMessage("alsoDecodes: codec id utf8 is taken");
        ResultCodec<String> reserved = new FunctionCodec<>("onceguard-failure", GoldenEnvelopes::utf8, String::new);
        assertThatIllegalArgumentException().isThrownBy(() -> envelope(reserved));
        ResultCodec<Throwable> unnamed = new FunctionCodec<>("", value -> new byte[0], bytes -> new IOException());
        assertThatIllegalArgumentException().isThrownBy(() -> new FailureFormat(unnamed, failure -> null, false));
    }

    @Test
    void A12_aFailureWithoutCodecComesBackAsTypeNameAndCode() {
        ResultEnvelope<String> envelope = failing(new FailureFormat(null, failure -> "E42", false));
        byte[] stored = kept(envelope.encodeFailure(ID, new IllegalStateException("card 4111"), ORIGIN));
        assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain("4111");
        assertThat(decodedFailure(envelope, stored))
                .isInstanceOfSatisfying(RecordedFailureException.class, failure -> {
                    assertThat(failure.typeName()).isEqualTo("java.lang.IllegalStateException");
                    assertThat(failure.code()).isEqualTo("E42");
                    assertThat(failure.recordedMessage()).isNull();
                })
                .hasMessage("charge/f439519e failed before with java.lang.IllegalStateException (code E42)");
    }

    @Test
    void A12_theBuiltInFormatOfFailuresIsGolden() {
        ResultEnvelope<String> envelope = failing(new FailureFormat(null, failure -> "E42", true));
        byte[] stored = kept(envelope.encodeFailure(ID, new IllegalStateException("no funds"), ORIGIN));
        assertThat(HexFormat.of().formatHex(stored))
                .isEqualTo("0102116f6e636567756172642d6661696c75726500057265712d310000001f6a6176612e6c616e672e"
                        + "496c6c6567616c5374617465457863657074696f6e00000003453432000000086e6f2066756e647391d631ce");
    }

    @Test
    void A12_aMessageIsKeptOnlyOnRequestAndCut() {
        ResultEnvelope<String> asked = failing(new FailureFormat(null, failure -> "c".repeat(300), true));
        byte[] stored = kept(asked.encodeFailure(ID, new IOException("\uD83D\uDE00".repeat(5_000)), ORIGIN));
        RecordedFailureException failure = (RecordedFailureException) decodedFailure(asked, stored);
        assertThat(failure.recordedMessage()).isEqualTo("\uD83D\uDE00".repeat(4_096));
        assertThat(failure.code()).isEqualTo("c".repeat(255));
        byte[] without = kept(asked.encodeFailure(ID, new IOException(), ORIGIN));
        assertThat(((RecordedFailureException) decodedFailure(asked, without)).recordedMessage())
                .isNull();
    }

    @Test
    void A12_aFailureThatCannotDescribeItselfIsRecordedAllTheSame() {
        ResultEnvelope<String> envelope = failing(new FailureFormat(
                null,
                failure -> {
                    throw new IllegalStateException();
                },
                true));
        class Mute extends RuntimeException {
            @Override
            public String getMessage() {
                throw new IllegalStateException();
            }
        }
        byte[] stored = kept(envelope.encodeFailure(ID, new Mute(), ORIGIN));
        RecordedFailureException failure = (RecordedFailureException) decodedFailure(envelope, stored);
        assertThat(failure.typeName()).isEqualTo(Mute.class.getName());
        assertThat(failure.code()).isNull();
        assertThat(failure.recordedMessage()).isNull();
    }

    /** Knows one type of failure, like a codec that a user writes. */
    private static final ResultCodec<Throwable> FAILURES = ResultCodec.of(
            "fail-1",
            failure -> {
                if (failure instanceof UncheckedIOException known) {
                    return utf8(known.getCause().getMessage());
                }
                throw new IllegalArgumentException("unknown type");
            },
            bytes -> new UncheckedIOException(new IOException(new String(bytes, StandardCharsets.UTF_8))));

    @Test
    void A12_aFailureCodecBringsTheTypeBack() {
        ResultEnvelope<String> envelope = failing(new FailureFormat(FAILURES, failure -> null, false));
        byte[] stored = kept(envelope.encodeFailure(ID, new UncheckedIOException(new IOException("disk")), ORIGIN));
        assertThat(decodedFailure(envelope, stored))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage("disk");
    }

    @Test
    void A12_whatTheFailureCodecCannotWriteFallsBackToTheBuiltInFormat() {
        ResultEnvelope<String> envelope = failing(new FailureFormat(FAILURES, failure -> "E1", false));
        byte[] stored = kept(envelope.encodeFailure(ID, new IllegalStateException(), ORIGIN));
        assertThat(decodedFailure(envelope, stored)).isInstanceOf(RecordedFailureException.class);
        ResultEnvelope<String> tight = new ResultEnvelope<>(
                new ResultFormat<>(ResultCodec.utf8(), List.of(), 3),
                new FailureFormat(FAILURES, failure -> "E1", false),
                EnvelopeFormat.PLAIN);
        byte[] large = kept(tight.encodeFailure(ID, new UncheckedIOException(new IOException("disk")), ORIGIN));
        assertThat(decodedFailure(tight, large)).isInstanceOf(RecordedFailureException.class);
    }

    @Test
    void A22_aFailureOfAnUnknownCodecIsNamed() {
        byte[] stored = kept(failing(new FailureFormat(FAILURES, failure -> null, false))
                .encodeFailure(ID, new UncheckedIOException(new IOException("disk")), ORIGIN));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> failing(FailureFormat.DEFAULT).decode(ID, stored))
                .withMessageEndingWith(
                        "found a failure of codec fail-1, expected a failure of codec onceguard-failure");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "000000",
                "ffffffffffffffffffffffff",
                "00000001540000000145fffffffe",
                "0000000154ffffffff7fffffff",
                "0000000154ffffffffffffffff00",
                "00000001ffffffffffffffffff"
            })
    void A22_aMalformedFailureIsATypedError(String payload) {
        byte[] stored = EnvelopeFormat.sealPlain(new Content(
                Kind.FAILURE, FailureFormat.BUILT_IN, ORIGIN, HexFormat.of().parseHex(payload)));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> failing(FailureFormat.DEFAULT).decode(ID, stored))
                .withMessageEndingWith("expected type name, code and message");
    }

    @Test
    void A20_anOriginIdIsCheckedWhenGiven() {
        assertThat(OriginId.checked("req-1")).isEqualTo("req-1");
        assertThat(OriginId.checked("\uD83D\uDE00".repeat(255))).hasSize(510);
        for (String refused : List.of("", "x".repeat(256), "a\r\nb", "\uD83D")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OriginId.checked(refused))
                    .withMessageStartingWith("origin id: ");
        }
    }
}
