package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * A piece of business code with a value that wants to know of its attempt:
 * {@code attempt -> gateway.charge(order, attempt.deriveKey("charge"))}.
 *
 * @param <T> the type of the value
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface AttemptWork<T extends @Nullable Object, X extends Exception> {

    /**
     * Does the work.
     *
     * @param attempt this run of the work
     * @return the value; null is a value like any other
     * @throws X if the work fails
     */
    T run(Attempt attempt) throws X;
}
