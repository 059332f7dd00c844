package io.onceguard;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * One call of a batch.
 *
 * @param <T> the type of the operation's value
 * @param <C> what the runner gives its works, see {@link BatchRunner}
 * @param call key, fingerprint and options
 * @param work the business code
 */
public record BatchCall<T extends @Nullable Object, C>(IdempotentCall call, BatchWork<? extends T, ? super C> work) {

    /**
     * Creates a call.
     *
     * @throws NullPointerException if a part is null
     */
    public BatchCall {
        requireNonNull(call, "call");
        requireNonNull(work, "work");
    }

    /**
     * Returns a call whose work needs nothing but itself.
     *
     * @param <T> the type of the operation's value
     * @param <C> what the runner gives its works
     * @param key names the piece of work
     * @param fingerprint the digest of its input
     * @param work the business code
     * @return the call
     */
    public static <T extends @Nullable Object, C> BatchCall<T, C> of(
            IdempotencyKey key, Fingerprint fingerprint, Work<? extends T, ? extends Exception> work) {
        requireNonNull(work, "work");
        return new BatchCall<>(IdempotentCall.of(key, fingerprint), (attempt, context) -> work.run());
    }

    /** Returns the redacted key and the options; safe to log. */
    @Override
    public String toString() {
        return "BatchCall[" + call + "]";
    }
}
