package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

/**
 * One item of {@link IdempotencyStore#completeAll}.
 *
 * @param lease the lease of the attempt that completed
 * @param result its result
 * @param retention how long the record is kept from now
 */
public record Completion(Lease lease, StoredResult result, Retention retention) {

    /**
     * Creates an item.
     *
     * @throws NullPointerException if a part is null
     */
    public Completion {
        requireNonNull(lease, "lease");
        requireNonNull(result, "result");
        requireNonNull(retention, "retention");
    }
}
