package io.onceguard;

import java.security.GeneralSecurityException;

/**
 * Seals results before they are stored, and opens them again: authenticated encryption with associated data.
 *
 * <p>The associated data is not part of the output. It names the record, the format and the codec; opening with other
 * associated data than was given for sealing must fail, so that the bytes of one record cannot be moved to another.
 *
 * <p>A result that was stored without a cipher is still read when a cipher is configured, so that one can be introduced
 * while the service runs. So a cipher keeps results secret and bound to their record, but does not stop somebody who
 * can write to the store from storing a plain result of their own.
 *
 * <p>Implementations are thread-safe and do not keep or change the arrays that they are given.
 *
 * @see AesGcmCipher
 */
public interface ResultCipher {

    /**
     * Seals a result.
     *
     * @param plain the bytes to seal
     * @param associatedData what the output is bound to
     * @return everything that {@link #decrypt} needs besides keys and associated data, for example key id and nonce
     * @throws GeneralSecurityException if it cannot be sealed; the result then counts as not encodable
     */
    byte[] encrypt(byte[] plain, byte[] associatedData) throws GeneralSecurityException;

    /**
     * Opens a result.
     *
     * @param sealed what {@link #encrypt} returned
     * @param associatedData what was given to {@link #encrypt}
     * @return the plain bytes
     * @throws GeneralSecurityException if the key is unknown, or the bytes or the associated data are not those of the
     *     sealing; the caller of the operation then gets an {@link UnreadableResultException}
     */
    byte[] decrypt(byte[] sealed, byte[] associatedData) throws GeneralSecurityException;
}
