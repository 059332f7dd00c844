package io.onceguard;

import org.jspecify.annotations.Nullable;

/** What a stored result says. */
sealed interface Decoded<T> {

    /** Returns the id of the request whose attempt produced the result. */
    String originId();

    /** The work returned a value. */
    record Value<T>(@Nullable T value, String originId) implements Decoded<T> {}

    /** The work threw, and that was recorded. */
    record Failure<T>(Throwable failure, String originId) implements Decoded<T> {}

    /** The work was done, and no result was kept. */
    record NoResult<T>(String reason, String originId) implements Decoded<T> {}
}
