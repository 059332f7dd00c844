package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Content.Kind;
import io.onceguard.spi.RecordId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * One envelope of version 1 for every combination of flags, made outside of this library (Python: struct, zlib,
 * cryptography, and a CRC-32C table). They stay readable for ever.
 */
final class GoldenEnvelopes {

    static final RecordId ID = new RecordId("charge", "tenant-7", "order-42");
    static final String ORIGIN = "req-1";

    /** The key is the bytes 0 to 31. */
    static final ResultCipher CIPHER = AesGcmCipher.of("k1", key());

    private static final Long EXPIRY = 1_700_000_000_000_000L;
    private static final byte[] HELLO = utf8("hello");
    private static final byte[] EMPTY = {};
    private static final byte[] REASON = utf8("too large");
    private static final byte[] LONG = utf8("a".repeat(100));
    private static final byte[] FAILURE = failure("java.lang.IllegalStateException", "E42", "no funds");
    private static final byte[] LONG_FAILURE =
            failure("java.lang.IllegalStateException", "E42", "no funds ".repeat(12));

    static final List<Golden> ALL = List.of(
            new Golden(
                    "VALUE",
                    "0100047574663800057265712d3168656c6c6fef005860",
                    content(Kind.VALUE, "utf8", HELLO, null)),
            new Golden("NULL", "0101047574663800057265712d3117bb432c", content(Kind.NULL, "utf8", EMPTY, null)),
            new Golden(
                    "FAILURE",
                    "0102116f6e636567756172642d6661696c75726500057265712d310000001f6a6176612e6c616e672e49"
                            + "6c6c6567616c5374617465457863657074696f6e00000003453432000000086e6f2066756e647391d631"
                            + "ce",
                    content(Kind.FAILURE, "onceguard-failure", FAILURE, null)),
            new Golden(
                    "NO_RESULT",
                    "0104047574663800057265712d31746f6f206c617267658a33a941",
                    content(Kind.NO_RESULT, "utf8", REASON, null)),
            new Golden(
                    "VALUE, COMPRESSED",
                    "0108047574663800057265712d3100000064789c4b4ca43d00007a4725e5992887c1",
                    content(Kind.VALUE, "utf8", LONG, null)),
            new Golden(
                    "FAILURE, COMPRESSED",
                    "010a116f6e636567756172642d6661696c75726500057265712d310000009a789c63606090cf4a2c4bd4"
                            + "cb49cc4bd7f3ccc9494d4fcc092e492c4975ad484e2d28c9cccf6360606076353102523979f90a69a579"
                            + "29c50a7460000030943420084622ed",
                    content(Kind.FAILURE, "onceguard-failure", LONG_FAILURE, null)),
            new Golden(
                    "VALUE, ENCRYPTED",
                    "0110047574663800057265712d3101026b316465666768696a6b6c6d6e6f207eb20a163b6982da9c1900"
                            + "3b0fb4b0a94c26a6c94bcd43c4",
                    content(Kind.VALUE, "utf8", HELLO, null)),
            new Golden(
                    "FAILURE, ENCRYPTED",
                    "0112116f6e636567756172642d6661696c75726500057265712d3101026b316465666768696a6b6c6d6e"
                            + "6f481bde79138820ff100e3e86bd4b23912ea7616be73f8713d3b4e93098c6d53cfd862ec04c129841c9"
                            + "c1783ffd4aa4a03b3ded89443960c2c6c25a021cd9458aad1ad45f499d4b98507f",
                    content(Kind.FAILURE, "onceguard-failure", FAILURE, null)),
            new Golden(
                    "VALUE, COMPRESSED, ENCRYPTED",
                    "0118047574663800057265712d310000006401026b316465666768696a6b6c6d6e6f3087952addd4569e"
                            + "44257a0d4fd2cff19a07591c76792385ec17eec1fb7371ec",
                    content(Kind.VALUE, "utf8", LONG, null)),
            new Golden(
                    "FAILURE, COMPRESSED, ENCRYPTED",
                    "011a116f6e636567756172642d6661696c75726500057265712d310000009a01026b316465666768696a"
                            + "6b6c6d6e6f3087bd06197999d412298b2393a9212ab10ecf43c6233f7b899880018e0eed06b9c1890c83"
                            + "71fb649d854d0eff10f3b6e251f142596384228e91acd6df1591aafc51339c49ac323e828aed1b1bc5c8"
                            + "7903147698",
                    content(Kind.FAILURE, "onceguard-failure", LONG_FAILURE, null)),
            new Golden(
                    "VALUE, RESULT_EXPIRY",
                    "0120047574663800057265712d3100060a24181e400068656c6c6fa02f9954",
                    content(Kind.VALUE, "utf8", HELLO, EXPIRY)),
            new Golden(
                    "NULL, RESULT_EXPIRY",
                    "0121047574663800057265712d3100060a24181e4000e2f54b1d",
                    content(Kind.NULL, "utf8", EMPTY, EXPIRY)),
            new Golden(
                    "FAILURE, RESULT_EXPIRY",
                    "0122116f6e636567756172642d6661696c75726500057265712d3100060a24181e40000000001f6a6176"
                            + "612e6c616e672e496c6c6567616c5374617465457863657074696f6e00000003453432000000086e6f20"
                            + "66756e64735f1c455a",
                    content(Kind.FAILURE, "onceguard-failure", FAILURE, EXPIRY)),
            new Golden(
                    "NO_RESULT, RESULT_EXPIRY",
                    "0124047574663800057265712d3100060a24181e4000746f6f206c61726765829f5882",
                    content(Kind.NO_RESULT, "utf8", REASON, EXPIRY)),
            new Golden(
                    "VALUE, COMPRESSED, RESULT_EXPIRY",
                    "0128047574663800057265712d3100060a24181e400000000064789c4b4ca43d00007a4725e5d753d268",
                    content(Kind.VALUE, "utf8", LONG, EXPIRY)),
            new Golden(
                    "FAILURE, COMPRESSED, RESULT_EXPIRY",
                    "012a116f6e636567756172642d6661696c75726500057265712d3100060a24181e40000000009a789c63"
                            + "606090cf4a2c4bd4cb49cc4bd7f3ccc9494d4fcc092e492c4975ad484e2d28c9cccf6360606076353102"
                            + "523979f90a69a57929c50a7460000030943420b910540d",
                    content(Kind.FAILURE, "onceguard-failure", LONG_FAILURE, EXPIRY)),
            new Golden(
                    "VALUE, ENCRYPTED, RESULT_EXPIRY",
                    "0130047574663800057265712d3100060a24181e400001026b316465666768696a6b6c6d6e6f207eb20a"
                            + "16a2faff17a2b7ebbe73ccf57a73d19b86548e3c14",
                    content(Kind.VALUE, "utf8", HELLO, EXPIRY)),
            new Golden(
                    "FAILURE, ENCRYPTED, RESULT_EXPIRY",
                    "0132116f6e636567756172642d6661696c75726500057265712d3100060a24181e400001026b31646566"
                            + "6768696a6b6c6d6e6f481bde79138820ff100e3e86bd4b23912ea7616be73f8713d3b4e93098c6d53cfd"
                            + "862ec04c129841c9c1783ffd4aa4a03b3ded89443997033d0acef255f7e9c680873582277b2ff1ed28",
                    content(Kind.FAILURE, "onceguard-failure", FAILURE, EXPIRY)),
            new Golden(
                    "VALUE, COMPRESSED, ENCRYPTED, RESULT_EXPIRY",
                    "0138047574663800057265712d3100060a24181e40000000006401026b316465666768696a6b6c6d6e6f"
                            + "3087952addd4569e44257a0d79d2175ed8d6f6e57f6b1eef6e42a05fa16c9ddf",
                    content(Kind.VALUE, "utf8", LONG, EXPIRY)),
            new Golden(
                    "FAILURE, COMPRESSED, ENCRYPTED, RESULT_EXPIRY",
                    "013a116f6e636567756172642d6661696c75726500057265712d3100060a24181e40000000009a01026b"
                            + "316465666768696a6b6c6d6e6f3087bd06197999d412298b2393a9212ab10ecf43c6233f7b899880018e"
                            + "0eed06b9c1890c8371fb649d854d0eff10f3b6e251f142596384228e91acd6df1591aa9fcfc443ee4dd8"
                            + "8273d0b048f68726c57d358d4c",
                    content(Kind.FAILURE, "onceguard-failure", LONG_FAILURE, EXPIRY)));

    private GoldenEnvelopes() {}

    record Golden(String flags, String hex, Content content) {

        byte[] bytes() {
            return HexFormat.of().parseHex(hex);
        }

        boolean isPacked() {
            return flags.contains("COMPRESSED") || flags.contains("ENCRYPTED");
        }

        boolean isEncrypted() {
            return flags.contains("ENCRYPTED");
        }

        @Override
        public String toString() {
            return flags;
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Makes the check sum right again, as an attacker would. */
    static byte[] withChecksum(byte[] envelope) {
        byte[] repaired = envelope.clone();
        CRC32C checksum = new CRC32C();
        checksum.update(repaired, 0, repaired.length - Integer.BYTES);
        ByteBuffer.wrap(repaired).putInt(repaired.length - Integer.BYTES, (int) checksum.getValue());
        return repaired;
    }

    /** Builds an envelope from its bytes without check sum, given as hex. */
    static byte[] envelope(String hex) {
        return withChecksum(HexFormat.of().parseHex(hex + "00000000"));
    }

    static void assertSame(Content actual, Content expected, String what) {
        assertThat(actual.kind()).as(what).isEqualTo(expected.kind());
        assertThat(actual.codecId()).as(what).isEqualTo(expected.codecId());
        assertThat(actual.originId()).as(what).isEqualTo(expected.originId());
        assertThat(actual.payload()).as(what).isEqualTo(expected.payload());
        assertThat(actual.resultExpiry()).as(what).isEqualTo(expected.resultExpiry());
    }

    private static Content content(Kind kind, String codecId, byte[] payload, Long expiry) {
        return new Content(kind, codecId, ORIGIN, payload, expiry);
    }

    private static byte[] failure(String... texts) {
        ByteBuffer out = ByteBuffer.allocate(200);
        for (String text : texts) {
            out.putInt(text.length()).put(utf8(text));
        }
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    private static SecretKey key() {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return new SecretKeySpec(bytes, "AES");
    }
}
