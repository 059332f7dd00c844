package io.onceguard;

import io.onceguard.OwnedRecord.Written;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended, before anybody knows of it: the last write that is to be made, and what its answer means.
 *
 * @param write the last write
 * @param failure what was thrown and makes the write necessary, or null; failures of the store are suppressed into it
 * @param meaning what the attempt's caller gets once the answer to the write is known
 */
record AttemptEnd<T extends @Nullable Object, X extends Exception>(
        FinalWrite write, @Nullable Throwable failure, Meaning<T, X> meaning) {

    /** Returns the outcome, or throws what the caller is to get. */
    interface Meaning<T extends @Nullable Object, X extends Exception> {
        Outcome<T> of(Written written) throws X;
    }
}
