package io.onceguard;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256 in Galois/Counter mode (NIST SP 800-38D) with a random nonce of 96 bits and a tag of 128 bits.
 *
 * <p>To rotate: make the new key the current one everywhere that reads first ({@link #alsoDecrypts}), then where it
 * writes, and drop the old key when the records that it sealed have expired. With random nonces, seal no more than
 * 2<sup>32</sup> results under one key (SP 800-38D, section 8.3); this class does not count them, because many
 * processes share a key.
 *
 * <p>A sealed result is: format (1 byte, 1), length of the key id (1 byte), key id (ASCII), nonce (12 bytes),
 * ciphertext and tag. All of it is authenticated. Immutable and thread-safe.
 */
public final class AesGcmCipher implements ResultCipher {

    private static final byte FORMAT = 1;
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String currentId;
    private final Map<String, SecretKey> keys;

    private AesGcmCipher(String currentId, Map<String, SecretKey> keys) {
        this.currentId = currentId;
        this.keys = keys;
    }

    /**
     * Returns a cipher that seals and opens with one key.
     *
     * @param keyId names the key beside every sealed result: 1 to 64 printable ASCII characters, not secret
     * @param key an AES key of 256 bits that can be encoded
     * @return the cipher
     * @throws IllegalArgumentException if the id breaks a rule or the key is not an AES key of 256 bits
     */
    public static AesGcmCipher of(String keyId, SecretKey key) {
        return new AesGcmCipher(checkedId(keyId), Map.of(keyId, checkedKey(keyId, key)));
    }

    /**
     * Returns the same cipher with one more key, which opens results but seals none.
     *
     * @param keyId the id that stands beside the results that the key sealed
     * @param key an AES key of 256 bits that can be encoded
     * @return a new cipher
     * @throws IllegalArgumentException if the id is taken or breaks a rule, or the key is not an AES key of 256 bits
     */
    public AesGcmCipher alsoDecrypts(String keyId, SecretKey key) {
        Map<String, SecretKey> more = new TreeMap<>(keys);
        if (more.put(checkedId(keyId), checkedKey(keyId, key)) != null) {
            throw new IllegalArgumentException("key id: " + keyId + " is taken");
        }
        return new AesGcmCipher(currentId, more);
    }

    @Override
    public byte[] encrypt(byte[] plain, byte[] associatedData) throws GeneralSecurityException {
        byte[] id = currentId.getBytes(StandardCharsets.US_ASCII);
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        ByteBuffer sealed = ByteBuffer.allocate(2 + id.length + NONCE_BYTES + plain.length + TAG_BYTES);
        sealed.put(FORMAT).put((byte) id.length).put(id).put(nonce);
        Cipher gcm = gcm(Cipher.ENCRYPT_MODE, currentId, nonce);
        authenticate(gcm, sealed.array(), 2 + id.length, associatedData);
        gcm.doFinal(ByteBuffer.wrap(plain), sealed);
        return sealed.array();
    }

    @Override
    public byte[] decrypt(byte[] sealed, byte[] associatedData) throws GeneralSecurityException {
        if (sealed.length < 2 || sealed[0] != FORMAT) {
            throw new GeneralSecurityException(
                    "not a sealed result of format " + FORMAT + (sealed.length < 2 ? "" : ", was " + sealed[0]));
        }
        int header = 2 + Byte.toUnsignedInt(sealed[1]);
        int body = header + NONCE_BYTES;
        if (sealed.length < body + TAG_BYTES) {
            throw new GeneralSecurityException("sealed result is cut: " + sealed.length + " bytes");
        }
        String id = new String(sealed, 2, header - 2, StandardCharsets.US_ASCII);
        byte[] nonce = new byte[NONCE_BYTES];
        System.arraycopy(sealed, header, nonce, 0, NONCE_BYTES);
        Cipher gcm = gcm(Cipher.DECRYPT_MODE, id, nonce);
        authenticate(gcm, sealed, header, associatedData);
        return gcm.doFinal(sealed, body, sealed.length - body);
    }

    private Cipher gcm(int mode, String keyId, byte[] nonce) throws GeneralSecurityException {
        SecretKey key = keys.get(keyId);
        if (key == null) {
            // Unknown ids are shown only if they could be ids at all: what is stored may be anything.
            throw new GeneralSecurityException("no key for id " + (CodecId.isValid(keyId) ? keyId : "(not printable)")
                    + ", known are " + keys.keySet());
        }
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        return gcm;
    }

    /** The header carries its own length, so that header and associated data cannot run into each other. */
    private static void authenticate(Cipher gcm, byte[] sealed, int header, byte[] associatedData) {
        gcm.updateAAD(sealed, 0, header);
        gcm.updateAAD(associatedData);
    }

    private static String checkedId(String keyId) {
        if (!CodecId.isValid(requireNonNull(keyId, "keyId"))) {
            throw new IllegalArgumentException(
                    "key id: 1.." + CodecId.MAX_LENGTH + " printable ASCII characters, was '" + keyId + "'");
        }
        return keyId;
    }

    private static SecretKey checkedKey(String keyId, SecretKey key) {
        byte[] encoded = requireNonNull(key, "key").getEncoded();
        int bytes = encoded == null ? 0 : encoded.length;
        if (bytes != KEY_BYTES || !"AES".equals(key.getAlgorithm())) {
            throw new IllegalArgumentException("key " + keyId + ": an AES key of 256 bits that can be encoded, was "
                    + key.getAlgorithm() + " of " + bytes * Byte.SIZE + " bits");
        }
        return key;
    }

    /** Returns the ids of the keys, never a key. */
    @Override
    public String toString() {
        return "AES-256-GCM(seals with " + currentId + ", opens with " + keys.keySet() + ")";
    }
}
