package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

/**
 * Whether an acquire may take a record over whose last attempt died or was held.
 *
 * <p>A takeover also needs the lease to have ended; it raises the attempt number. A released record needs no leave.
 *
 * @param kind the leave
 * @param token the fencing token that the record must still have, for {@link Kind#OF_TOKEN}; else 0
 */
public record Takeover(Kind kind, long token) {

    /** The leave that an acquire brings. */
    public enum Kind {
        /** Never: the record is reported as it is. */
        NEVER,
        /** If the stored fingerprint equals that of the request. */
        SAME_FINGERPRINT,
        /** If the record still has the given token, whatever its fingerprint. */
        OF_TOKEN
    }

    /** The record is reported as it is. */
    public static final Takeover NEVER = new Takeover(Kind.NEVER, 0);

    /** The record is taken over if its fingerprint equals that of the request. */
    public static final Takeover SAME_FINGERPRINT = new Takeover(Kind.SAME_FINGERPRINT, 0);

    /** Creates a leave; see the constants and {@link #ofToken(long)}. */
    public Takeover {
        requireNonNull(kind, "kind");
    }

    /**
     * The record is taken over if it still has this token.
     *
     * @param token the fencing token that the caller saw
     * @return the leave
     */
    public static Takeover ofToken(long token) {
        return new Takeover(Kind.OF_TOKEN, token);
    }
}
