package io.onceguard.spi;

/**
 * A store that writes in a transaction which the caller opened and will end.
 *
 * <p>It belongs to one thread and one transaction. Its writes become visible, or vanish, with the caller's own. It never
 * commits, never rolls back further than its own savepoints, and leaves autocommit and isolation alone.
 *
 * <p>Its exceptions are never ambiguous: nothing counts before the caller's commit. A failed acquire, and an acquire that
 * was refused, leaves the transaction as usable as it was; only a {@link StoreConflictException} says that it has to be
 * rolled back and run again.
 *
 * <p>While another transaction writes the record, an acquire waits for its end, and no longer than the store's lock
 * timeout. Then the answer is {@link AcquireResult.Held} with a record that nobody can see yet: it has the fingerprint of
 * the request, the number 1 and the token 0.
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
