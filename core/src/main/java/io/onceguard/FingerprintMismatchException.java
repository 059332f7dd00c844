package io.onceguard;

import io.onceguard.spi.RecordId;

/** The key was used before for another input; nothing was run and nothing was changed. */
public final class FingerprintMismatchException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    FingerprintMismatchException(RecordId id) {
        super(id + " was used before with another fingerprint", null);
    }
}
