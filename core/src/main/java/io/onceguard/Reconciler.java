package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * Finds out, after an attempt died or was put on hold, whether its effect took place: by asking the payment provider,
 * reading the ledger, and so on.
 *
 * @param <T> the type of the operation's value
 */
@FunctionalInterface
public interface Reconciler<T extends @Nullable Object> {

    /**
     * Looks for the effect of earlier attempts. Runs under the lease of the new attempt. If it throws, is interrupted
     * or does not know, the record is put on hold; it is never released.
     *
     * @param attempt the new attempt; {@link Attempt#deriveKey} gives the keys that earlier attempts used downstream
     * @return what was found
     * @throws Exception if the question could not be answered
     */
    Reconciliation<T> check(Attempt attempt) throws Exception;
}
