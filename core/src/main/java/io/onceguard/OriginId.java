package io.onceguard;

import static java.util.Objects.requireNonNull;

/** The rules for the ids of requests whose attempts produce results; they end up in logs and in response headers. */
final class OriginId {

    static final int MAX_CODE_POINTS = 255;

    private OriginId() {}

    /** Returns an origin id that was given, or refuses it before anything is run. */
    static String checked(String originId) {
        int length = requireNonNull(originId, "originId").codePointCount(0, originId.length());
        if (length < 1 || length > MAX_CODE_POINTS) {
            throw new IllegalArgumentException("origin id: 1.." + MAX_CODE_POINTS + " code points, was " + length);
        }
        if (!StrictUtf8.isWellFormed(originId)) {
            throw new IllegalArgumentException("origin id: must not have unpaired surrogates");
        }
        if (originId.codePoints().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("origin id: must not have control characters");
        }
        return originId;
    }
}
