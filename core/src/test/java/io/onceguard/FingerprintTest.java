package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.onceguard.spi.StoredFingerprint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {

    private static String hex(Fingerprint fingerprint) {
        assertThat(fingerprint.stored().algorithm()).isEqualTo("sha256-1");
        return HexFormat.of().formatHex(fingerprint.stored().digest());
    }

    private static byte[] everyByte() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    /** Computed with Python's hashlib from the formula in the Javadoc of {@link Fingerprint}. */
    @Test
    void A39_goldenValues() {
        assertThat(hex(Fingerprint.of("a", "bc")))
                .isEqualTo("ad26e04b57d31e6aee3a49270d411fdc2f408df6e9fe1e532f2c929ced525c1f");
        assertThat(hex(Fingerprint.of("ab", "c")))
                .isEqualTo("51b8208f72976b40c5785d8f63acd6264c777fc56405e468a09f6e195e992a88");
        assertThat(hex(Fingerprint.of("x")))
                .isEqualTo("26b0d5250f2b63bcea9aab79ac80ddd2fa370da186b78bf00667f58cb3ac4f1d");
        assertThat(hex(Fingerprint.of("x", "")))
                .isEqualTo("68c08aed55c3347c991200a529438537507831245a3f87db89328698da898015");
        assertThat(hex(Fingerprint.of("")))
                .isEqualTo("9a0be4ec109b7ca51504ebd60835e9599f33a732c47c5450301784f5c28edd63");
        assertThat(hex(Fingerprint.of("Gr\u00FC\u00DFe \uD83D\uDE00")))
                .isEqualTo("7e850c25a42b9cfa1e2b18d9bc0916550d6aa2af0183b786685102980ec71eae");
        assertThat(hex(Fingerprint.of(everyByte())))
                .isEqualTo("96e7c2e64d1a47bb983dcbb410e8fd371609401917a12c137c270ef1b8442a6c");
    }

    @Test
    void A39_whereOnePartEndsAndHowManyThereAreMatters() {
        assertThat(List.of(
                        Fingerprint.of("a", "bc"),
                        Fingerprint.of("ab", "c"),
                        Fingerprint.of("abc"),
                        Fingerprint.of("", "abc"),
                        Fingerprint.of("abc", ""),
                        Fingerprint.of("abc", "", ""),
                        Fingerprint.of("bc", "a")))
                .doesNotHaveDuplicates();
    }

    @Test
    void A39_textAndItsBytesAreTheSame() {
        byte[] bytes = "Gr\u00FC\u00DFe".getBytes(StandardCharsets.UTF_8);
        assertThat(Fingerprint.of(bytes, new byte[0])).isEqualTo(Fingerprint.of("Gr\u00FC\u00DFe", ""));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void A39_streamingEqualsWhole(long seed) throws IOException {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<byte[]> parts = new ArrayList<>();
            FingerprintBuilder pieces = Fingerprint.builder();
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                byte[] part = new byte[random.nextInt(20_000)];
                random.nextBytes(part);
                parts.add(part);
                addInPieces(pieces, part, random);
            }
            byte[][] more = parts.subList(1, parts.size()).toArray(byte[][]::new);
            assertThat(pieces.build())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(Fingerprint.of(parts.get(0), more));
            assertThat(Fingerprint.of(new Trickle(parts.get(0), random)))
                    .as("stream, seed %d, round %d", seed, round)
                    .isEqualTo(Fingerprint.of(parts.get(0)));
        }
    }

    private static void addInPieces(FingerprintBuilder builder, byte[] part, Random random) {
        int done = 0;
        while (done < part.length) {
            int piece = random.nextInt(Math.min(part.length - done, 3_000) + 1);
            builder.update(part, done, piece);
            done += piece;
        }
        builder.endPart();
    }

    /** Gives few bytes at a time and refuses to be closed. */
    private static final class Trickle extends ByteArrayInputStream {
        private final Random random;

        Trickle(byte[] bytes, Random random) {
            super(bytes);
            this.random = random;
        }

        @Override
        public synchronized int read(byte[] into, int offset, int count) {
            return super.read(into, offset, Math.min(count, 1 + random.nextInt(500)));
        }

        @Override
        public void close() {
            throw new AssertionError("the stream belongs to the caller");
        }
    }

    @Test
    void A39_aStreamIsReadToItsEndAndAFailureOfItPassesThrough() throws IOException {
        InputStream stream = new ByteArrayInputStream(everyByte());
        assertThat(Fingerprint.of(stream)).isEqualTo(Fingerprint.of(everyByte()));
        assertThat(stream.read()).isEqualTo(-1);
        IOException broken = new IOException("broken");
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw broken;
            }

            @Override
            public int read(byte[] into, int offset, int count) throws IOException {
                throw broken;
            }
        };
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Fingerprint.of(failing))
                .isSameAs(broken);
    }

    @Test
    void A39_noneIsADeclaredChoiceAndEqualsNoTakenFingerprint() {
        assertThat(Fingerprint.none().stored()).isEqualTo(StoredFingerprint.NONE);
        assertThat(Fingerprint.none()).isNotEqualTo(Fingerprint.of(""));
        assertThat(Fingerprint.of("a")
                        .stored()
                        .isComparableTo(Fingerprint.none().stored()))
                .isFalse();
    }

    @Test
    void unpairedSurrogatesAreRefusedAndChangeNothing() {
        FingerprintBuilder builder = Fingerprint.builder().part("a");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.part("secret\uD83D"))
                .withMessage("text: unpaired surrogates are refused");
        assertThat(builder.build()).isEqualTo(Fingerprint.of("a"));
    }

    @Test
    void aCustomDigestIsCopiedAndKeepsItsAlgorithm() {
        byte[] digest = {1, 2, 3};
        Fingerprint fingerprint = Fingerprint.custom("etag-1", digest);
        digest[0] = 9;
        assertThat(fingerprint.stored()).isEqualTo(new StoredFingerprint("etag-1", new byte[] {1, 2, 3}));
        assertThat(fingerprint)
                .hasToString("fingerprint(etag-1)")
                .hasSameHashCodeAs(Fingerprint.custom("etag-1", new byte[] {1, 2, 3}));
    }

    @Test
    void aCustomDigestMayNotBeEmptyTooLongOrUseAReservedName() {
        byte[] digest = {1};
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.custom("etag-1", new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.custom("etag-1", new byte[65]));
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.custom("", digest));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fingerprint.custom("none", digest))
                .withMessage("algorithm id: none is reserved");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fingerprint.custom("sha256-1", digest))
                .withMessage("algorithm id: sha256-1 is reserved");
    }

    @Test
    void theBuilderRefusesMisuse() {
        assertThatIllegalStateException().isThrownBy(() -> Fingerprint.builder().build());
        FingerprintBuilder open = Fingerprint.builder().update(new byte[1], 0, 1);
        assertThatIllegalStateException().isThrownBy(open::build).withMessage("build: a part is open; endPart() first");
        assertThatIllegalStateException().isThrownBy(() -> open.part("a"));
        assertThatIllegalStateException().isThrownBy(() -> open.part(new byte[1]));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> open.update(new byte[1], 1, 1));
        assertThat(open.endPart().build()).isEqualTo(Fingerprint.of(new byte[1]));
        assertThatIllegalStateException().isThrownBy(open::build);
        assertThatIllegalStateException().isThrownBy(open::endPart);
        assertThatIllegalStateException().isThrownBy(() -> open.part("a"));
        assertThatIllegalStateException().isThrownBy(() -> open.update(new byte[1], 0, 1));
        assertThat(Fingerprint.builder().endPart().build()).isEqualTo(Fingerprint.of(""));
    }

    @Test
    void A37_toStringShowsTheAlgorithmOnly() {
        assertThat(Fingerprint.of("4111")).hasToString("fingerprint(sha256-1)");
        assertThat(Fingerprint.none()).hasToString("fingerprint(none)");
    }
}
