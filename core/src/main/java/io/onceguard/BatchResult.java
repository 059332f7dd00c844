package io.onceguard;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * What became of one call of a batch: what a single call would have returned or thrown. Immutable; {@code toString()}
 * never shows a key, a value or the message of an exception.
 *
 * @param <T> the type of the operation's value
 */
@CheckReturnValue
public sealed interface BatchResult<T extends @Nullable Object> {

    /**
     * The call has an outcome. A batch never waits for the holder of a lease: that is {@link Outcome.InProgress}.
     *
     * @param <T> the type of the operation's value
     * @param outcome the outcome
     */
    record Answered<T extends @Nullable Object>(Outcome<T> outcome) implements BatchResult<T> {}

    /**
     * The work ran now and threw.
     *
     * @param <T> the type of the operation's value
     * @param failure what it threw
     * @param attempt the number of the attempt
     * @param policy what the operation says about such failures; null if the record does not follow it, because the
     *     attempt had none or had lost it
     * @param mayRunAgain whether a further call with the key may run the work, or ask the reconciler
     */
    record Failed<T extends @Nullable Object>(
            Throwable failure, int attempt, @Nullable FailurePolicy policy, boolean mayRunAgain)
            implements BatchResult<T> {
        @Override
        public String toString() {
            return "Failed[" + failure.getClass().getName() + ", attempt=" + attempt + ", policy=" + policy + "]";
        }
    }

    /**
     * The work had failed before, and its recorded failure is replayed.
     *
     * @param <T> the type of the operation's value
     * @param failure as the failure codec decodes it, else a {@link RecordedFailureException}
     */
    record FailedBefore<T extends @Nullable Object>(Throwable failure) implements BatchResult<T> {
        @Override
        public String toString() {
            return "FailedBefore[" + failure.getClass().getName() + "]";
        }
    }

    /**
     * The work was not run, because of the key or of the store.
     *
     * @param <T> the type of the operation's value
     * @param failure an {@link IdempotencyStoreException} if the store could not be asked, an {@link
     *     UnreadableResultException} if there is a result that cannot be read, an {@link IllegalArgumentException} if
     *     the operation's key policy refuses the key
     */
    record Refused<T extends @Nullable Object>(RuntimeException failure) implements BatchResult<T> {
        @Override
        public String toString() {
            return "Refused[" + failure.getClass().getName() + "]";
        }
    }

    /**
     * The work was not begun, and its key was given back: the thread was interrupted, the batch's executor refused the
     * task, or the lease was lost while earlier works ran.
     *
     * @param <T> the type of the operation's value
     * @param cause what the batch's executor threw, or null
     */
    record NotStarted<T extends @Nullable Object>(@Nullable Throwable cause) implements BatchResult<T> {
        @Override
        public String toString() {
            return "NotStarted" + (cause == null ? "" : "[" + cause.getClass().getName() + "]");
        }
    }

    /**
     * Returns the outcome, or throws what a single call would have thrown.
     *
     * @return the outcome
     * @throws CancellationException if the work was not begun
     * @throws Exception the failure of the work, new or recorded, of the store, or of the key
     */
    default Outcome<T> orElseThrow() throws Exception {
        if (this instanceof Answered<T> it) {
            return it.outcome();
        }
        if (this instanceof NotStarted<T> it) {
            CancellationException notStarted = new CancellationException("the work was not begun");
            notStarted.initCause(it.cause());
            throw notStarted;
        }
        Throwable failure = this instanceof Failed<T> it
                ? it.failure()
                : this instanceof FailedBefore<T> it ? it.failure() : ((Refused<T>) this).failure();
        throw KeyedCall.<Exception>unchecked(failure);
    }
}
