package io.onceguard;

/**
 * A piece of business code without a value.
 *
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface Action<X extends Exception> extends AttemptAction<X> {

    /**
     * Does the work.
     *
     * @throws X if the work fails
     */
    void run() throws X;

    @Override
    default void run(Attempt attempt) throws X {
        run();
    }
}
