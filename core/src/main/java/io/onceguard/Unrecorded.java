package io.onceguard;

import io.onceguard.IdempotencyListener.WorkFailed;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import org.jspecify.annotations.Nullable;

/** Runs work that no record stands behind: without a key, or unguarded. */
final class Unrecorded {

    private Unrecorded() {}

    static <T extends @Nullable Object, X extends Exception> Outcome<T> withoutKey(
            Operation<T> operation, IdempotentCall call, AttemptWork<? extends T, ? extends X> work) throws X {
        String given = call.originId();
        String originId = given != null ? given : AttemptIds.newOriginId();
        // The origin id stands for the key, so that derived keys of different calls differ.
        RecordId unstored = new RecordId(operation.name(), "", originId);
        Attempt attempt = new Attempt(unstored, originId, PreviousAttempt.NONE, null);
        T value = run(operation.events(), null, attempt, work);
        return new Outcome.Executed<>(value, Recording.NOT_RECORDED, originId);
    }

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
