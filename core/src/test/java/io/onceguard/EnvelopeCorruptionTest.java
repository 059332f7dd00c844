package io.onceguard;

import static io.onceguard.GoldenEnvelopes.CIPHER;
import static io.onceguard.GoldenEnvelopes.ID;
import static io.onceguard.GoldenEnvelopes.ORIGIN;
import static io.onceguard.GoldenEnvelopes.envelope;
import static io.onceguard.GoldenEnvelopes.withChecksum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import io.onceguard.Content.Kind;
import io.onceguard.GoldenEnvelopes.Golden;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are not, or no longer, an envelope: always a typed error, never a wrong value, never another failure. */
class EnvelopeCorruptionTest {

    private static final EnvelopeFormat READER = new EnvelopeFormat(EnvelopeFormat.NEVER, CIPHER);
    private static final int[] MASKS = {1, 2, 4, 8, 16, 32, 64, 128, 255};

    static List<Golden> golden() {
        return GoldenEnvelopes.ALL;
    }

    /** Opens the bytes; returns the content, or null after the one exception that is allowed. */
    private static Content openOrNull(byte[] bytes, String what) {
        try {
            return READER.open(ID, bytes);
        } catch (UnreadableResultException typed) {
            return null;
        } catch (RuntimeException | Error other) {
            return fail(what + ": " + HexFormat.of().formatHex(bytes), other);
        }
    }

    private static void assertUnreadable(byte[] bytes, String what) {
        if (openOrNull(bytes, what) != null) {
            fail(what + " was not found: " + HexFormat.of().formatHex(bytes));
        }
    }

    @ParameterizedTest
    @MethodSource("golden")
    void A22_everyChangedByteIsFound(Golden golden) {
        byte[] bytes = golden.bytes();
        for (int i = 0; i < bytes.length; i++) {
            for (int mask : MASKS) {
                byte[] changed = bytes.clone();
                changed[i] ^= (byte) mask;
                assertUnreadable(changed, "byte " + i + " ^ " + mask);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("golden")
    void A22_everyCutAndEveryAdditionIsFound(Golden golden) {
        byte[] bytes = golden.bytes();
        for (int length = 0; length < bytes.length; length++) {
            assertUnreadable(Arrays.copyOf(bytes, length), "cut at " + length);
        }
        assertUnreadable(Arrays.copyOf(bytes, bytes.length + 1), "one byte more");
    }

    /** Whoever repairs the check sum can write another plain result, but nothing that breaks the reader. */
    @ParameterizedTest
    @MethodSource("golden")
    void A22_aForgedEnvelopeNeverBreaksTheReader(Golden golden) {
        byte[] bytes = golden.bytes();
        for (int i = 0; i < bytes.length - Integer.BYTES; i++) {
            for (int mask : MASKS) {
                byte[] changed = bytes.clone();
                changed[i] ^= (byte) mask;
                Content opened = openOrNull(withChecksum(changed), "byte " + i + " ^ " + mask);
                boolean stillSealed = golden.isEncrypted() && (changed[1] & EnvelopeFormat.ENCRYPTED) != 0;
                if (stillSealed && opened != null) {
                    fail("sealed, but byte " + i + " ^ " + mask + " was not found");
                }
            }
        }
        for (int length = Integer.BYTES; length < bytes.length; length++) {
            openOrNull(withChecksum(Arrays.copyOf(bytes, length)), "cut at " + length);
        }
    }

    static Stream<Arguments> hostile() {
        String start = "0100047574663800057265712d31";
        String packed = "0108047574663800057265712d31";
        return Stream.of(
                Arguments.of("0200047574663800057265712d31", "format version 2"),
                Arguments.of("ff00047574663800057265712d31", "format version 255"),
                Arguments.of("0000047574663800057265712d31", "format version 0"),
                Arguments.of("0140047574663800057265712d31", "flags 40"),
                Arguments.of("0180047574663800057265712d31", "flags 80"),
                Arguments.of("0103047574663800057265712d31", "flags 3"),
                Arguments.of("0105047574663800057265712d31", "flags 5"),
                Arguments.of("0106047574663800057265712d31", "flags 6"),
                Arguments.of("0109047574663800057265712d3100000000", "flags 9"),
                Arguments.of("010c047574663800057265712d3100000000", "flags c"),
                Arguments.of("0111047574663800057265712d31", "flags 11"),
                Arguments.of("0101047574663800057265712d3178", "a null of 1 bytes"),
                Arguments.of("0100ff7574663800057265712d31", "an envelope cut at 18 bytes"),
                Arguments.of("0100007574663800057265712d31", "a codec id of 0 bytes that breaks its rules"),
                Arguments.of("010004750a663800057265712d31", "a codec id of 4 bytes that breaks its rules"),
                Arguments.of("01000475e9663800057265712d31", "a codec id of 4 bytes that breaks its rules"),
                Arguments.of("010041" + "78".repeat(65) + "0000", "a codec id of 65 bytes that breaks its rules"),
                Arguments.of("01000475746638ffff7265712d31", "an envelope cut at 18 bytes"),
                Arguments.of("0100047574663800", "an envelope cut at 12 bytes"),
                Arguments.of("010004757466380002c328", "an origin id that is not UTF-8"),
                Arguments.of("010004757466380100" + "78".repeat(256), "an origin id of 256 code points"),
                Arguments.of("0120047574663800057265712d3100060a24181e40", "an envelope cut at 25 bytes"),
                Arguments.of(packed + "000000", "an envelope cut at 21 bytes"),
                Arguments.of(packed + "ffffffff", "0 bytes that claim to inflate to 4294967295"),
                Arguments.of(packed + "7fffffff", "0 bytes that claim to inflate to 2147483647"),
                Arguments.of(packed + "0000044978", "1 bytes that claim to inflate to 1097"),
                Arguments.of(packed + "00000064789c4b4c", "malformed compressed bytes"),
                Arguments.of(packed + "00000064ffffffff", "malformed compressed bytes"),
                Arguments.of(packed + "00000000", "malformed compressed bytes"),
                Arguments.of("0110" + start.substring(4), "an encrypted result"),
                Arguments.of("0110" + start.substring(4) + "01ff", "an encrypted result"),
                Arguments.of("", "an envelope cut at 4 bytes"));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void A22_whatWasFoundIsNamed(String hex, String found) {
        byte[] bytes = hex.isEmpty() ? new byte[] {1, 0, 0, 0} : envelope(hex);
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> READER.open(ID, bytes))
                .satisfies(e -> assertThat(e.found()).isEqualTo(found));
    }

    @Test
    void A22_nothingAndForeignBytesAreNamed() {
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> READER.open(ID, new byte[0]))
                .withMessageEndingWith("found 0 bytes, expected an envelope");
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> READER.open(ID, GoldenEnvelopes.utf8("{\"secret\":1}")))
                .withMessageEndingWith("found format version 123, expected format version 1")
                .withMessageNotContaining("secret");
    }

    private static byte[] deflated(byte[] plain) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(plain);
        }
        return out.toByteArray();
    }

    private static byte[] claiming(int length, byte[] compressed) {
        return withChecksum(ByteBuffer.allocate(14 + Integer.BYTES + compressed.length + Integer.BYTES)
                .put(HexFormat.of().parseHex("0108047574663800057265712d31"))
                .putInt(length)
                .put(compressed)
                .array());
    }

    @Test
    void A22_aBombInflatesToNoMoreThanItClaims() throws Exception {
        int actual = 8 << 20;
        byte[] bomb = deflated(new byte[actual]);
        assertThat(READER.open(ID, claiming(actual, bomb)).payload()).hasSize(actual);
        for (int claim : new int[] {0, 1, 1_000, actual - 1, actual + 1, bomb.length * 1032 + 64}) {
            assertThatExceptionOfType(UnreadableResultException.class)
                    .as("claims %d", claim)
                    .isThrownBy(() -> READER.open(ID, claiming(claim, bomb)))
                    .satisfies(e -> assertThat(e.found()).isEqualTo("malformed compressed bytes"));
        }
        byte[] trailing = Arrays.copyOf(bomb, bomb.length + 1);
        assertUnreadable(claiming(actual, trailing), "bytes after the end");
    }

    @Test
    void A22_noMoreThan64MebibytesAreInflated() throws Exception {
        byte[] bomb = deflated(new byte[(64 << 20) + 1]);
        assertThatExceptionOfType(UnreadableResultException.class)
                .isThrownBy(() -> READER.open(ID, claiming((64 << 20) + 1, bomb)))
                .satisfies(e -> assertThat(e.found()).endsWith("bytes that claim to inflate to 67108865"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void A22_randomBytesNeverBreakTheReader(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            if (bytes.length > 4 && random.nextInt(4) != 0) {
                bytes[0] = 1;
                bytes[1] &= 63;
                bytes[2] &= 7;
                bytes = withChecksum(bytes);
            }
            openOrNull(bytes, "seed " + seed + ", round " + round);
        }
    }

    /** Real envelopes with a few bytes rewritten, which get deeper into the reader than noise does. */
    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7, 8})
    void A22_rewrittenEnvelopesNeverBreakTheReader(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = GoldenEnvelopes.ALL
                    .get(random.nextInt(GoldenEnvelopes.ALL.size()))
                    .bytes();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt();
            }
            openOrNull(withChecksum(bytes), "seed " + seed + ", round " + round);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void everyContentComesBack(long seed) throws Exception {
        Random random = new Random(seed);
        Kind[] kinds = Kind.values();
        for (int round = 0; round < 500; round++) {
            Kind kind = kinds[random.nextInt(kinds.length)];
            byte[] payload = new byte[kind == Kind.NULL ? 0 : random.nextInt(3_000)];
            if (random.nextBoolean()) {
                random.nextBytes(payload);
            }
            if (kind == Kind.NO_RESULT) {
                Arrays.fill(payload, (byte) 'x');
            }
            Long expiry = random.nextBoolean() ? random.nextLong() : null;
            Content content =
                    new Content(kind, "codec-" + random.nextInt(), ORIGIN + random.nextInt(), payload, expiry);
            EnvelopeFormat format = new EnvelopeFormat(random.nextInt(2_000), random.nextBoolean() ? CIPHER : null);
            GoldenEnvelopes.assertSame(
                    READER.open(ID, format.seal(ID, content)), content, "seed " + seed + " " + round);
        }
    }
}
