package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import org.jspecify.annotations.Nullable;

/** How an attempt ends: the state, the result if there is one, and for how long the record is kept. */
record Finish(Lease lease, int state, @Nullable StoredResult result, Retention retention) {

    static Finish completed(Completion item) {
        return new Finish(item.lease(), StoredRow.COMPLETED, item.result(), item.retention());
    }

    static Finish released(Lease lease) {
        return new Finish(requireNonNull(lease, "lease"), StoredRow.RELEASED, null, lease.retention());
    }

    static Finish held(Lease lease) {
        return new Finish(requireNonNull(lease, "lease"), StoredRow.HELD, null, lease.retention());
    }

    /** The bytes of the result. */
    int size() {
        byte @Nullable [] bytes = Statements.bytes(result);
        return bytes == null ? 0 : bytes.length;
    }

    /** What the caller calls it. */
    String stepName() {
        return switch (state) {
            case StoredRow.RELEASED -> "release";
            case StoredRow.HELD -> "hold";
            default -> "complete";
        };
    }
}
