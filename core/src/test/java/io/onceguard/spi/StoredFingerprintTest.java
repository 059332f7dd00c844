package io.onceguard.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredFingerprintTest {

    private static StoredFingerprint of(String algorithm, int... digest) {
        byte[] bytes = new byte[digest.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) digest[i];
        }
        return new StoredFingerprint(algorithm, bytes);
    }

    @Test
    void equalityIsByAlgorithmAndBytes() {
        assertThat(of("a", 1, 2)).isEqualTo(of("a", 1, 2)).hasSameHashCodeAs(of("a", 1, 2));
        assertThat(of("a", 1, 2))
                .isNotEqualTo(of("a", 1, 3))
                .isNotEqualTo(of("b", 1, 2))
                .isNotEqualTo(of("a", 1));
    }

    @Test
    void A39_onlyFingerprintsOfOneAlgorithmAreComparable() {
        assertThat(of("a", 1).isComparableTo(of("a", 2))).isTrue();
        assertThat(of("a", 1).isComparableTo(of("b", 1))).isFalse();
        assertThat(of("a", 1).isComparableTo(StoredFingerprint.NONE)).isFalse();
        assertThat(StoredFingerprint.NONE.isComparableTo(of("a", 1))).isFalse();
        assertThat(StoredFingerprint.NONE.isComparableTo(StoredFingerprint.NONE))
                .isFalse();
        assertThat(StoredFingerprint.NONE.isNone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with blank", "12345678901234567", "caf\u00E9", "a\u007F", "a\n"})
    void anAlgorithmIdThatBreaksARuleIsRefused(String algorithm) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(algorithm, 1))
                .withMessageStartingWith("algorithm id: ");
    }

    @Test
    void theLimitsThemselvesAreAccepted() {
        assertThat(new StoredFingerprint("1234567890123456", new byte[64]).digest())
                .hasSize(64);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StoredFingerprint("a", new byte[65]))
                .withMessage("digest: at most 64 bytes, was 65");
    }

    @Test
    void A37_toStringHidesTheDigest() {
        assertThat(of("sha256-1", 1, 2, 3)).hasToString("fingerprint(sha256-1)");
    }
}
