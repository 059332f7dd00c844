package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.Retention;
import org.jspecify.annotations.Nullable;

/**
 * One call with its own options: {@code IdempotentCall.of(key, fingerprint).originId(requestId)}. Immutable; each option
 * returns a new call. Options that are not given come from the operation.
 */
public final class IdempotentCall {

    private static final IdempotentCall UNKEYED =
            new IdempotentCall(null, Fingerprint.none(), new Options(null, null, null));

    private record Options(
            @Nullable String originId,
            @Nullable WaitPolicy waiting,
            @Nullable Retention retention) {}

    private final @Nullable IdempotencyKey key;
    private final Fingerprint fingerprint;
    private final Options options;

    private IdempotentCall(@Nullable IdempotencyKey key, Fingerprint fingerprint, Options options) {
        this.key = key;
        this.fingerprint = fingerprint;
        this.options = options;
    }

    /**
     * Returns a call with a key.
     *
     * @param key names the piece of work
     * @param fingerprint the digest of the input
     * @return the call
     */
    public static IdempotentCall of(IdempotencyKey key, Fingerprint fingerprint) {
        return new IdempotentCall(
                requireNonNull(key, "key"), requireNonNull(fingerprint, "fingerprint"), UNKEYED.options);
    }

    /** Returns a call without a key: the work runs, nothing is stored, and the store is not called. */
    public static IdempotentCall unkeyed() {
        return UNKEYED;
    }

    /**
     * Gives the id that is stored with the result and reported by every replay. Default: {@code req_} and a random
     * number.
     *
     * @param originId 1 to 255 code points, no control characters, no unpaired surrogates; not secret: it appears in exceptions
     * @return the call
     * @throws IllegalArgumentException if the id breaks its limits
     */
    public IdempotentCall originId(String originId) {
        OriginId.checked(originId);
        return new IdempotentCall(key, fingerprint, new Options(originId, options.waiting, options.retention));
    }

    /**
     * Says what to do while another attempt holds the lease. Default: as the operation says.
     *
     * @param waiting the policy of this call
     * @return the call
     */
    public IdempotentCall waiting(WaitPolicy waiting) {
        requireNonNull(waiting, "waiting");
        return new IdempotentCall(key, fingerprint, new Options(options.originId, waiting, options.retention));
    }

    /**
     * Says how long the record is kept, unless the work says so for its value. Default: as the operation says.
     *
     * @param retention counted from completion
     * @return the call
     */
    public IdempotentCall retention(Retention retention) {
        requireNonNull(retention, "retention");
        return new IdempotentCall(key, fingerprint, new Options(options.originId, options.waiting, retention));
    }

    @Nullable
    IdempotencyKey key() {
        return key;
    }

    Fingerprint fingerprint() {
        return fingerprint;
    }

    @Nullable
    String originId() {
        return options.originId;
    }

    WaitPolicy waitingOr(WaitPolicy operations) {
        return options.waiting != null ? options.waiting : operations;
    }

    Retention retentionOr(Retention operations) {
        return options.retention != null ? options.retention : operations;
    }

    /** Returns the redacted key and the options; safe to log. */
    @Override
    public String toString() {
        return "IdempotentCall[" + (key == null ? "unkeyed" : key) + ", " + options + "]";
    }
}
