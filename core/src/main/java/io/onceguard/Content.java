package io.onceguard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an envelope holds. The payload is shared, not copied: nobody writes to it.
 *
 * @param kind what the payload is
 * @param codecId the id of the codec that wrote the payload
 * @param originId the id of the request whose attempt produced the result; 0 to 255 code points
 * @param payload the encoded value or failure, or the reason why there is none; empty for NULL
 * @param resultExpiry when the result, but not the record, ends: microseconds since 1970 on the store's clock; null if
 *     with the record. Reserved: version 1 reads it and never writes it by itself
 */
@SuppressWarnings("ArrayRecordComponent") // short-lived, never compared
record Content(
        Kind kind,
        String codecId,
        String originId,
        byte[] payload,
        @Nullable Long resultExpiry) {

    /** What the payload is; the flag is its mark in the envelope. */
    enum Kind {
        VALUE(0),
        NULL(1),
        FAILURE(2),
        NO_RESULT(4);

        private static final List<Kind> ALL = List.of(values());

        private final int flag;

        Kind(int flag) {
            this.flag = flag;
        }

        int flag() {
            return flag;
        }

        /** Returns the kind with this mark, or null. */
        static @Nullable Kind of(int flag) {
            for (Kind kind : ALL) {
                if (kind.flag == flag) {
                    return kind;
                }
            }
            return null;
        }

        /** Returns whether the payload comes from a codec, and so may be worth compressing and hiding. */
        boolean isEncoded() {
            return this == VALUE || this == FAILURE;
        }
    }

    Content(Kind kind, String codecId, String originId, byte[] payload) {
        this(kind, codecId, originId, payload, null);
    }

    /** Returns the flags that follow from the content alone. */
    int flags() {
        return kind.flag() | (resultExpiry == null ? 0 : EnvelopeFormat.RESULT_EXPIRY);
    }
}
