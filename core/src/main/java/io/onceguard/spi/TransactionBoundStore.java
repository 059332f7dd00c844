package io.onceguard.spi;

/**
 * A store that writes in a transaction which the caller opened and will end.
 *
 * <p>It belongs to one thread and one transaction. Its writes become visible, or vanish, with the caller's own.
 */
public interface TransactionBoundStore extends IdempotencyStore {

    /**
     * Undoes what was written in the transaction since the last acquire by this store returned a lease, and keeps the
     * record. The transaction stays usable.
     *
     * @throws StoreException if the transaction is beyond repair; its owner has to roll it back
     */
    void rollbackWork();
}
