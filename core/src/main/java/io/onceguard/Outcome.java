package io.onceguard;

import io.onceguard.spi.RecordId;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of {@link IdempotencyExecutor#execute} gets. A refusal is a value here, not an exception; a failure of
 * the work, new or replayed, is thrown.
 *
 * <p>All callers who get {@link Executed} with {@link Recording#RECORDED}, or {@link Replayed}, for one record got the
 * same answer. On Java 21 and newer a {@code switch} over the outcome is checked for exhaustiveness; on Java 17 use
 * {@link #fold}. Immutable; {@code toString()} never shows a value or a key.
 *
 * @param <T> the type of the value
 */
@CheckReturnValue
public sealed interface Outcome<T extends @Nullable Object> {

    /**
     * The work ran now.
     *
     * @param <T> the type of the value
     * @param value what the work returned, the same object
     * @param recording what became of it
     * @param originId the id of this request
     */
    record Executed<T extends @Nullable Object>(T value, Recording recording, String originId) implements Outcome<T> {

        /** Returns whether other callers may come to see another answer: DEFERRED, UNGUARDED or LEASE_LOST. */
        public boolean isProvisional() {
            return recording.isProvisional();
        }

        @Override
        public String toString() {
            return "Executed[" + recording + ", originId=" + originId + "]";
        }
    }

    /**
     * The work had been done.
     *
     * @param <T> the type of the value
     * @param value the stored value, decoded afresh for this caller
     * @param originId the id of the request whose attempt produced the value
     */
    record Replayed<T extends @Nullable Object>(T value, String originId) implements Outcome<T> {
        @Override
        public String toString() {
            return "Replayed[originId=" + originId + "]";
        }
    }

    /**
     * Another attempt holds the lease.
     *
     * @param <T> the type of the value
     * @param record the record
     * @param retryAfter when to ask again at the earliest: the rest of the lease, but at most a second
     */
    record InProgress<T extends @Nullable Object>(RecordId record, Duration retryAfter) implements Outcome<T> {}

    /**
     * The key was used for another input. Nothing was changed.
     *
     * @param <T> the type of the value
     * @param record the record
     */
    record FingerprintMismatch<T extends @Nullable Object>(RecordId record) implements Outcome<T> {}

    /**
     * The work was begun or done before, there is no value to replay, and it will not be run again. Asking again gives
     * the same answer until somebody finds out what happened and {@linkplain IdempotencyExecutor#resolve resolves} or
     * {@linkplain IdempotencyExecutor#forget forgets} the key, or the record expires and the key is fresh.
     *
     * @param <T> the type of the value
     * @param record the record
     * @param reason why there is no value
     */
    record Unresolved<T extends @Nullable Object>(RecordId record, UnresolvedReason reason) implements Outcome<T> {}

    /** Returns whether there is a value: the work ran now or had been done. */
    default boolean hasValue() {
        return this instanceof Executed || this instanceof Replayed;
    }

    /** Returns whether the value was stored before. */
    default boolean isReplay() {
        return this instanceof Replayed;
    }

    /**
     * Returns the value, including one that is DEFERRED or UNGUARDED. Use {@link Executed#value()} to take a value
     * whose attempt had lost its lease.
     *
     * @return the value
     * @throws OperationInProgressException if another attempt holds the lease
     * @throws FingerprintMismatchException if the key was used for another input
     * @throws UnresolvedOperationException if there is no value and the work will not be run again
     * @throws LeaseLostException if the work ran but its attempt had lost its lease; carries the value
     */
    default T orElseThrow() {
        return fold(
                executed -> {
                    if (executed.recording() == Recording.LEASE_LOST) {
                        throw new LeaseLostException(executed.originId(), executed.value());
                    }
                    return executed.value();
                },
                Replayed::value,
                inProgress -> {
                    throw new OperationInProgressException(inProgress.record(), inProgress.retryAfter());
                },
                mismatch -> {
                    throw new FingerprintMismatchException(mismatch.record());
                },
                unresolved -> {
                    throw new UnresolvedOperationException(unresolved.record(), unresolved.reason());
                });
    }

    /**
     * Applies the function of this outcome's case.
     *
     * @param <R> the type of the answer
     * @param executed for {@link Executed}
     * @param replayed for {@link Replayed}
     * @param inProgress for {@link InProgress}
     * @param mismatch for {@link FingerprintMismatch}
     * @param unresolved for {@link Unresolved}
     * @return what the function returned
     */
    default <R extends @Nullable Object> R fold(
            Function<? super Executed<T>, ? extends R> executed,
            Function<? super Replayed<T>, ? extends R> replayed,
            Function<? super InProgress<T>, ? extends R> inProgress,
            Function<? super FingerprintMismatch<T>, ? extends R> mismatch,
            Function<? super Unresolved<T>, ? extends R> unresolved) {
        if (this instanceof Executed<T> it) {
            return executed.apply(it);
        } else if (this instanceof Replayed<T> it) {
            return replayed.apply(it);
        } else if (this instanceof InProgress<T> it) {
            return inProgress.apply(it);
        } else if (this instanceof FingerprintMismatch<T> it) {
            return mismatch.apply(it);
        }
        return unresolved.apply((Unresolved<T>) this);
    }
}
