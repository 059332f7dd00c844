package io.onceguard;

import static io.onceguard.GoldenEnvelopes.CIPHER;
import static io.onceguard.GoldenEnvelopes.ID;
import static io.onceguard.GoldenEnvelopes.ORIGIN;
import static io.onceguard.GoldenEnvelopes.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.Content.Kind;
import io.onceguard.GoldenEnvelopes.Golden;
import io.onceguard.spi.RecordId;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeFormatTest {

    private static final EnvelopeFormat READER = new EnvelopeFormat(EnvelopeFormat.NEVER, CIPHER);

    static List<Golden> golden() {
        return GoldenEnvelopes.ALL;
    }

    private static void assertSame(Content actual, Content expected) {
        GoldenEnvelopes.assertSame(actual, expected, "content");
    }

    private static int flags(byte[] envelope) {
        return envelope[1];
    }

    @ParameterizedTest
    @MethodSource("golden")
    void H05_everyEnvelopeOfVersionOneIsReadable(Golden golden) {
        assertSame(READER.open(ID, golden.bytes()), golden.content());
    }

    @ParameterizedTest
    @MethodSource("golden")
    void H05_envelopesAreWrittenAsTheyAlwaysWere(Golden golden) {
        if (golden.isPacked()) {
            // Compressed bytes depend on the library, encrypted ones on the nonce: only the way back is fixed.
            EnvelopeFormat writer = new EnvelopeFormat(
                    golden.flags().contains("COMPRESSED") ? 0 : EnvelopeFormat.NEVER,
                    golden.isEncrypted() ? CIPHER : null);
            byte[] written = seal(writer, golden.content());
            assertThat(flags(written)).isEqualTo(flags(golden.bytes()));
            assertSame(READER.open(ID, written), golden.content());
        } else {
            assertThat(HexFormat.of().formatHex(seal(EnvelopeFormat.PLAIN, golden.content())))
                    .isEqualTo(golden.hex());
        }
    }

    private static byte[] seal(EnvelopeFormat format, Content content) {
        try {
            return format.seal(ID, content);
        } catch (GeneralSecurityException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    @Test
    void theLengthOfAnOriginIdIsInBytes() {
        byte[] envelope = seal(EnvelopeFormat.PLAIN, new Content(Kind.VALUE, "utf8", "r\u00E9q", utf8("hello")));
        assertThat(HexFormat.of().formatHex(envelope)).isEqualTo("0100047574663800" + "0472c3a97168656c6c6fc59f7d9f");
        String longest = "\uD83D\uDE00".repeat(255);
        Content content = new Content(Kind.VALUE, "x".repeat(64), longest, new byte[0]);
        assertSame(READER.open(ID, seal(EnvelopeFormat.PLAIN, content)), content);
        Content longer = new Content(Kind.VALUE, "utf8", "x".repeat(256), new byte[0]);
        assertThatIllegalArgumentException().isThrownBy(() -> seal(EnvelopeFormat.PLAIN, longer));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> seal(new EnvelopeFormat(EnvelopeFormat.NEVER, CIPHER), longer));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5, 6, 99, 100, 101, 5_000})
    void compressionStartsAtItsThresholdAndIsKeptOnlyIfSmaller(int length) {
        EnvelopeFormat compressing = new EnvelopeFormat(100, null);
        Content even = new Content(Kind.VALUE, "utf8", ORIGIN, new byte[length]);
        byte[] envelope = seal(compressing, even);
        assertThat(flags(envelope)).isEqualTo(length >= 100 ? EnvelopeFormat.COMPRESSED : 0);
        assertSame(READER.open(ID, envelope), even);

        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        Content uneven = new Content(Kind.VALUE, "utf8", ORIGIN, noise);
        byte[] kept = seal(new EnvelopeFormat(0, null), uneven);
        assertThat(flags(kept)).isZero();
        assertSame(READER.open(ID, kept), uneven);
    }

    @Test
    void whatHasNothingToHideIsNeitherCompressedNorEncrypted() {
        EnvelopeFormat both = new EnvelopeFormat(0, CIPHER);
        assertThat(flags(seal(both, new Content(Kind.NULL, "utf8", ORIGIN, new byte[0]))))
                .isEqualTo(1);
        assertThat(flags(seal(both, new Content(Kind.NO_RESULT, "utf8", ORIGIN, new byte[500]))))
                .isEqualTo(4);
        assertThat(flags(seal(both, new Content(Kind.VALUE, "utf8", ORIGIN, new byte[0]))))
                .isEqualTo(16);
        assertThat(flags(seal(both, new Content(Kind.VALUE, "utf8", ORIGIN, new byte[500]))))
                .isEqualTo(24);
    }

    @Test
    void A22_anEncryptedResultCannotBeMovedToAnotherRecord() {
        byte[] envelope = seal(new EnvelopeFormat(0, CIPHER), new Content(Kind.VALUE, "utf8", ORIGIN, new byte[500]));
        for (RecordId other : List.of(
                new RecordId("charge", "tenant-7", "order-43"),
                new RecordId("charge", "tenant-8", "order-42"),
                new RecordId("refund", "tenant-7", "order-42"))) {
            assertThatExceptionOfType(UnreadableResultException.class)
                    .isThrownBy(() -> READER.open(other, envelope))
                    .satisfies(e -> assertThat(e.found()).isEqualTo("an encrypted result"));
        }
    }

    @Test
    void A22_anEncryptedResultWithoutACipherOrWithAnUnknownKeyIsNamed() {
        byte[] envelope = seal(READER, new Content(Kind.VALUE, "utf8", ORIGIN, utf8("secret")));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> EnvelopeFormat.PLAIN.open(ID, envelope))
                .withMessage("the result of charge/f439519e cannot be read: found an encrypted result, expected a plain"
                        + " one, for no cipher is configured");
        ResultCipher other = AesGcmCipher.of("k2", new SecretKeySpec(new byte[32], "AES"));
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> new EnvelopeFormat(0, other).open(ID, envelope))
                .withStackTraceContaining("no key for id k1, known are [k2]");
    }

    @Test
    void aPlainResultIsReadAlthoughACipherIsConfigured() {
        Content content = new Content(Kind.VALUE, "utf8", ORIGIN, utf8("old"));
        assertSame(READER.open(ID, seal(EnvelopeFormat.PLAIN, content)), content);
    }

    @Test
    void aNegativeThresholdIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EnvelopeFormat(-1, null))
                .withMessage("compressAbove: 0 or more bytes, was -1");
    }
}
