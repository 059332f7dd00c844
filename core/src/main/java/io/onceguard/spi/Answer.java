package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The answer to one item of a batch: a value, or the failure of this item alone.
 *
 * @param <T> the type of the value
 * @param value the value; null if and only if there is a failure
 * @param failure the failure; null if and only if there is a value
 */
public record Answer<T>(@Nullable T value, @Nullable StoreException failure) {

    /**
     * Creates an answer; see {@link #of} and {@link #failed}.
     *
     * @throws IllegalArgumentException if not exactly one of value and failure is given
     */
    public Answer {
        if ((value == null) == (failure == null)) {
            throw new IllegalArgumentException("an answer is a value or a failure");
        }
    }

    /**
     * Returns the answer that is a value.
     *
     * @param <T> the type of the value
     * @param value the value
     * @return the answer
     */
    public static <T> Answer<T> of(T value) {
        return new Answer<>(requireNonNull(value, "value"), null);
    }

    /**
     * Returns the answer that is a failure.
     *
     * @param <T> the type of the value
     * @param failure the failure of this item
     * @return the answer
     */
    public static <T> Answer<T> failed(StoreException failure) {
        return new Answer<>(null, requireNonNull(failure, "failure"));
    }

    /**
     * Returns the value.
     *
     * @return the value
     * @throws StoreException the failure of this item, if it failed
     */
    public T orElseThrow() {
        if (value == null) {
            throw requireNonNull(failure);
        }
        return value;
    }
}
