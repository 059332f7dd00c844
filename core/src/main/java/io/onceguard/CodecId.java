package io.onceguard;

import static java.util.Objects.requireNonNull;

/** The rules for the ids of codecs. */
final class CodecId {

    static final int MAX_LENGTH = 64;

    /** Belongs to this library, so that no codec of a user can be taken for a built-in format. */
    private static final String RESERVED_PREFIX = "onceguard-";

    private CodecId() {}

    /** Returns whether an id can stand in an envelope. */
    static boolean isValid(String id) {
        return !id.isEmpty() && id.length() <= MAX_LENGTH && VisibleAscii.isAll(id);
    }

    /** Returns the id of a user's codec, or refuses it. */
    static String checked(String id) {
        if (!isValid(requireNonNull(id, "codec id"))) {
            throw new IllegalArgumentException(
                    "codec id: 1.." + MAX_LENGTH + " printable ASCII characters, was '" + id + "'");
        }
        if (id.startsWith(RESERVED_PREFIX)) {
            throw new IllegalArgumentException("codec id: the prefix " + RESERVED_PREFIX + " is reserved, was " + id);
        }
        return id;
    }
}
