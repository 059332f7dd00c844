package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * A piece of business code with a value: {@code () -> gateway.charge(order)}.
 *
 * @param <T> the type of the value
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface Work<T extends @Nullable Object, X extends Exception> extends AttemptWork<T, X> {

    /**
     * Does the work.
     *
     * @return the value; null is a value like any other
     * @throws X if the work fails
     */
    T run() throws X;

    @Override
    default T run(Attempt attempt) throws X {
        return run();
    }
}
