package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Reconciler} found.
 *
 * @param <T> the type of the operation's value
 */
public sealed interface Reconciliation<T extends @Nullable Object> {

    /**
     * The effect took place; the value is recorded and the work is not run.
     *
     * @param <T> the type of the operation's value
     * @param value the value that the work would have returned
     */
    record Landed<T extends @Nullable Object>(T value) implements Reconciliation<T> {
        @Override
        public String toString() {
            return "Landed";
        }
    }

    /**
     * The effect did not take place, and no late one will; the work is run.
     *
     * @param <T> the type of the operation's value
     */
    record NotLanded<T extends @Nullable Object>() implements Reconciliation<T> {}

    /**
     * It cannot be told now; the record is put on hold and the caller gets {@link Outcome.Unresolved}.
     *
     * @param <T> the type of the operation's value
     */
    record Unknown<T extends @Nullable Object>() implements Reconciliation<T> {}

    /**
     * The effect took place.
     *
     * @param <T> the type of the operation's value
     * @param value the value that the work would have returned
     * @return the finding
     */
    static <T extends @Nullable Object> Reconciliation<T> landed(T value) {
        return new Landed<>(value);
    }

    /**
     * The effect did not take place, and no late one will.
     *
     * @param <T> the type of the operation's value
     * @return the finding
     */
    static <T extends @Nullable Object> Reconciliation<T> notLanded() {
        return new NotLanded<>();
    }

    /**
     * It cannot be told now.
     *
     * @param <T> the type of the operation's value
     * @return the finding
     */
    static <T extends @Nullable Object> Reconciliation<T> unknown() {
        return new Unknown<>();
    }
}
