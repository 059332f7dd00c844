package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * A piece of business code that runs in a batch.
 *
 * @param <T> the type of its value
 * @param <C> what the runner gives its works beside the attempt, see {@link BatchRunner}
 */
@FunctionalInterface
public interface BatchWork<T extends @Nullable Object, C> {

    /**
     * Does the work.
     *
     * @param attempt this run of the work
     * @param context what the runner gives its works
     * @return the value; null is a value like any other
     * @throws Exception if the work fails
     */
    T run(Attempt attempt, C context) throws Exception;
}
