package io.onceguard;

import io.onceguard.IdempotencyListener.WorkFailed;
import io.onceguard.spi.RecordId;
import org.jspecify.annotations.Nullable;

/** Runs work that no record stands behind: without a key, or unguarded. */
final class Unrecorded {

    private Unrecorded() {}

    static <T extends @Nullable Object, X extends Exception> T run(
            Events events, @Nullable RecordId id, Attempt attempt, AttemptWork<? extends T, ? extends X> work)
            throws X {
        try {
            return work.run(attempt);
        } catch (Throwable failure) {
            events.workFailed(new WorkFailed(id, null, failure));
            throw failure;
        } finally {
            attempt.end();
        }
    }
}
