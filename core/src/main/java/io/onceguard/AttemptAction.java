package io.onceguard;

/**
 * A piece of business code without a value that wants to know of its attempt.
 *
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface AttemptAction<X extends Exception> {

    /**
     * Does the work.
     *
     * @param attempt this run of the work
     * @throws X if the work fails
     */
    void run(Attempt attempt) throws X;
}
