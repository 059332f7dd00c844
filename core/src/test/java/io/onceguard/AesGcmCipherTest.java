package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class AesGcmCipherTest {

    private static final byte[] PLAIN = "receipt".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BOUND_TO = "record".getBytes(StandardCharsets.UTF_8);

    private final AesGcmCipher cipher = AesGcmCipher.of("k1", key(1));

    private static SecretKey key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return new SecretKeySpec(bytes, "AES");
    }

    @Test
    void whatIsSealedOpens() throws Exception {
        assertThat(cipher.decrypt(cipher.encrypt(PLAIN, BOUND_TO), BOUND_TO)).isEqualTo(PLAIN);
        assertThat(cipher.decrypt(cipher.encrypt(new byte[0], new byte[0]), new byte[0]))
                .isEmpty();
    }

    @Test
    void theLayoutIsFormatKeyIdNonceCiphertextAndTag() throws Exception {
        byte[] sealed = cipher.encrypt(PLAIN, BOUND_TO);
        assertThat(sealed).hasSize(2 + 2 + 12 + PLAIN.length + 16).startsWith(1, 2, 'k', '1');
    }

    @Test
    void everySealingHasANonceOfItsOwn() throws Exception {
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            nonces.add(Arrays.toString(Arrays.copyOfRange(cipher.encrypt(PLAIN, BOUND_TO), 4, 16)));
        }
        assertThat(nonces).hasSize(1_000);
    }

    @Test
    void aRotatedKeyStillOpensAndTheNewOneSeals() throws Exception {
        byte[] old = cipher.encrypt(PLAIN, BOUND_TO);
        AesGcmCipher rotated = AesGcmCipher.of("k2", key(2)).alsoDecrypts("k1", key(1));
        assertThat(rotated.decrypt(old, BOUND_TO)).isEqualTo(PLAIN);
        byte[] fresh = rotated.encrypt(PLAIN, BOUND_TO);
        assertThat(AesGcmCipher.of("k2", key(2)).decrypt(fresh, BOUND_TO)).isEqualTo(PLAIN);
        assertThatExceptionOfType(GeneralSecurityException.class)
                .isThrownBy(() -> cipher.decrypt(fresh, BOUND_TO))
                .withMessage("no key for id k2, known are [k1]");
    }

    @Test
    void everyChangedByteAndEveryCutIsRefused() throws Exception {
        byte[] sealed = cipher.encrypt(PLAIN, BOUND_TO);
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            byte[] cut = Arrays.copyOf(sealed, i);
            assertThatExceptionOfType(GeneralSecurityException.class)
                    .as("byte %d changed", i)
                    .isThrownBy(() -> cipher.decrypt(changed, BOUND_TO));
            assertThatExceptionOfType(GeneralSecurityException.class)
                    .as("cut at %d", i)
                    .isThrownBy(() -> cipher.decrypt(cut, BOUND_TO));
        }
        assertThatExceptionOfType(GeneralSecurityException.class)
                .isThrownBy(() -> cipher.decrypt(sealed, new byte[] {1}));
    }

    @Test
    void anotherKeyOfTheSameIdIsRefused() throws Exception {
        byte[] sealed = cipher.encrypt(PLAIN, BOUND_TO);
        AesGcmCipher other = AesGcmCipher.of("k1", key(2));
        assertThatExceptionOfType(GeneralSecurityException.class).isThrownBy(() -> other.decrypt(sealed, BOUND_TO));
    }

    @Test
    void onlyAesKeysOf256BitsAreTaken() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AesGcmCipher.of("k1", new SecretKeySpec(new byte[16], "AES")))
                .withMessage("key k1: an AES key of 256 bits that can be encoded, was AES of 128 bits");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AesGcmCipher.of("k1", new SecretKeySpec(new byte[32], "HmacSHA256")));
        assertThatIllegalArgumentException().isThrownBy(() -> AesGcmCipher.of("", key(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> AesGcmCipher.of("k 1", key(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cipher.alsoDecrypts("k1", key(2)))
                .withMessage("key id: k1 is taken");
    }

    @Test
    void toStringShowsTheIdsOfTheKeys() {
        assertThat(AesGcmCipher.of("k2", key(2)).alsoDecrypts("k1", key(1)))
                .hasToString("AES-256-GCM(seals with k2, opens with [k1, k2])");
    }
}
