package io.onceguard.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecordIdTest {

    private static final RecordId ID = new RecordId("charge", "tenant-7", "order-42");

    private static String hex(RecordId id) {
        return HexFormat.of().formatHex(id.digest());
    }

    /** Computed with Python's hashlib: SHA-256 over each part's length (4 bytes, big-endian) and UTF-8. */
    @Test
    void theDigestIsGolden() {
        assertThat(hex(ID)).isEqualTo("f439519e6ab1737417a2ab9276d89d7defbee0f683b3f5e8b64952c74396dfae");
        assertThat(hex(new RecordId("op", "", "\u043A\u043B\u044E\u0447 \uD83D\uDE00")))
                .isEqualTo("0bf686e42bcd71e3b3360b07d86517b1530b04dc8df360bf6068170134a589fc");
    }

    @Test
    void idsThatDifferInAnythingHaveDifferentDigests() {
        List<RecordId> ids = List.of(
                new RecordId("op", "ab", "c"),
                new RecordId("op", "a", "bc"),
                new RecordId("opa", "b", "c"),
                new RecordId("op", "", "abc"),
                new RecordId("op", "abc", ""),
                new RecordId("op", "AB", "c"),
                new RecordId("op", "ab", "c "),
                new RecordId("op", "ab", "\u00E9"),
                new RecordId("op", "ab", "e\u0301"),
                new RecordId("op", "ab", "c\u0000"));
        Set<String> digests = new HashSet<>();
        ids.forEach(id -> digests.add(hex(id)));
        assertThat(digests).hasSameSizeAs(ids);
        assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
    }

    @Test
    void theDigestIsANewArray() {
        ID.digest()[0] = 0;
        assertThat(ID.digest()[0]).isEqualTo((byte) 0xF4);
    }

    @Test
    void orderIsByOperationScopeAndKeyInCodeUnits() {
        List<RecordId> sorted = List.of(
                new RecordId("a", "z", "z"),
                new RecordId("b", "", "z"),
                new RecordId("b", "B", "z"),
                new RecordId("b", "a", "1"),
                new RecordId("b", "a", "10"),
                new RecordId("b", "a", "2"),
                new RecordId("b", "a", "\uD83D\uDE00"),
                new RecordId("b", "a", "\uFF01"));
        List<RecordId> shuffled = new ArrayList<>(List.of(
                sorted.get(5),
                sorted.get(7),
                sorted.get(0),
                sorted.get(3),
                sorted.get(6),
                sorted.get(2),
                sorted.get(4),
                sorted.get(1)));
        shuffled.sort(null);
        assertThat(shuffled).isEqualTo(sorted);
        assertThat(ID).isEqualByComparingTo(new RecordId("charge", "tenant-7", "order-42"));
    }

    @Test
    void A37_toStringHidesScopeAndKey() {
        assertThat(ID).hasToString("charge/f439519e");
    }

    @Test
    void nullPartsAreRefused() {
        assertThatNullPointerException().isThrownBy(() -> new RecordId(null, "", "k"));
        assertThatNullPointerException().isThrownBy(() -> new RecordId("o", null, "k"));
        assertThatNullPointerException().isThrownBy(() -> new RecordId("o", "", null));
    }
}
