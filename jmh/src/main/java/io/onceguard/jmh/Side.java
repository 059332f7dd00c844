package io.onceguard.jmh;

import org.jspecify.annotations.Nullable;

/** One of the two ways to do the same work. */
@FunctionalInterface
interface Side {

    /** Does it once. Returns something that depends on the work, so that it cannot be left out. */
    @Nullable
    Object call() throws Exception;
}
