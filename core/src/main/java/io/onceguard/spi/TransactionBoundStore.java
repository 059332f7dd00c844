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
 * the request, the number 1 and the token 0. Many records together are waited for no longer than one.
 */
public interface TransactionBoundStore extends IdempotencyStore {

    /**
     * Says that a work begins: what was written up to here is out of reach of {@link #rollbackWork}. An acquire of one
     * record that returns a lease says so, too; {@link #acquireAll} does not, and is followed by a call of this method
     * before each work.
     *
     * @throws StoreException if the transaction is beyond repair; its owner has to roll it back
     */
    void beginWork();

    /**
     * Undoes what was written in the transaction since the last work began, and keeps the records. The transaction stays
     * usable.
     *
     * @throws StoreException if the transaction is beyond repair; its owner has to roll it back
     */
    void rollbackWork();
}
