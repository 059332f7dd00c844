package io.onceguard.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Keeps the records. This is all that the author of a store implements; the contract suite of the testkit shows
 * whether it was done right.
 *
 * <p><b>Every method</b> is one atomic step on one record, decided by the store's own clock; only durations cross this
 * interface. A method never waits for a lease, never interprets a result and never retries, except that a step which
 * is known not to have been applied may be rerun at once a bounded number of times. It is safe for use by many threads,
 * may block for as long as the engine takes, and throws nothing but {@link StoreException}, after which the record is
 * unchanged unless the exception is {@linkplain StoreException#ambiguous() ambiguous}. A failed argument check throws
 * the JDK's own exceptions before anything is touched.
 *
 * <p><b>Every write</b> names the attempt. A write by an attempt that is not the record's current one changes nothing
 * and returns false. A call repeated with the same attempt gives the same answer as long as no other attempt or
 * operator has moved the record, so that a client that lost the reply can ask again.
 *
 * <p><b>Tokens</b> of a key strictly increase while the store's clock does not go back: over release, takeover, expiry
 * and deletion.
 */
public interface IdempotencyStore {

    /**
     * Asks for the lease of a record.
     *
     * <p>Granted if the record is absent, expired, or released; if the same attempt holds it already (its lease starts
     * anew; number, token and previous attempt stay); or if its lease is over or it was put on hold, and the request
     * may take over. A grant to a new attempt makes the request's fingerprint the record's and draws a new token. The
     * number is 1 on a record that was absent or expired, else one more than before. The record then lives until the
     * end of the lease plus the retention.
     *
     * @param request what is asked
     * @return the lease, or the record that stands in the way
     * @throws StoreException if the engine failed
     */
    AcquireResult acquire(AcquireRequest request);

    /**
     * Starts the lease anew, and moves the end of the record with it. A lease that ended is renewed too, as long as
     * nobody took over.
     *
     * @param lease the lease of the record's current attempt
     * @return false if the record is in progress under another attempt, or not in progress; nothing was changed
     * @throws StoreException if the engine failed
     */
    boolean renew(Lease lease);

    /**
     * Completes the record with a result. A lease that ended is no hindrance as long as nobody took over. A second
     * completion by the same attempt is accepted and changes nothing.
     *
     * @param lease the lease of the record's current attempt
     * @param result the result
     * @param retention how long the record is kept from now
     * @return false if the record belongs to another attempt, was released or held, or is gone; nothing was changed
     * @throws StoreException if the engine failed
     */
    boolean complete(Lease lease, StoredResult result, Retention retention);

    /**
     * Gives the record back; number and token are kept. The record lives on for the lease's retention. A caller that
     * gives up on an acquire whose answer it never saw releases with number and token 0.
     *
     * @param lease the lease of the record's current attempt; as in every write, id and attempt id alone decide
     * @return false if the record belongs to another attempt, is completed or held, or is gone; nothing was changed
     * @throws StoreException if the engine failed
     */
    boolean release(Lease lease);

    /**
     * Puts the record on hold: its lease ends now, and it leaves this state by a takeover or by {@link #resolve} only.
     * The record lives on for the lease's retention.
     *
     * @param lease the lease of the record's current attempt
     * @return false if the record belongs to another attempt, is completed or released, or is gone; nothing was changed
     * @throws StoreException if the engine failed
     */
    boolean hold(Lease lease);

    /**
     * Completes an abandoned or held record in the name of an operator. The last attempt loses the record with it: its
     * own late completion is refused, so that nobody is told two results.
     *
     * @param id the record
     * @param expectedToken the token that the operator saw
     * @param result the result
     * @param retention how long the record is kept from now
     * @return false if the record is gone, has another token, or is neither abandoned nor held; nothing was changed
     * @throws StoreException if the engine failed
     */
    boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention);

    /**
     * Removes a record in any state. If an attempt was running, its later writes are refused.
     *
     * @param id the record
     * @param expectedToken the token that the operator saw
     * @return false if the record is gone or has another token; nothing was changed
     * @throws StoreException if the engine failed
     */
    boolean delete(RecordId id, long expectedToken);

    /**
     * Looks at a record and changes nothing.
     *
     * @param id the record
     * @return the record, or empty if there is none or it expired
     * @throws StoreException if the engine failed
     */
    Optional<StoredRecord> find(RecordId id);

    /**
     * Removes expired records, where the engine does not do so by itself. Safe beside live traffic and other purges.
     *
     * @param limit the most records to remove, at least 1
     * @return how many were removed; 0 in stores whose engine expires records by itself
     * @throws IllegalArgumentException if the limit is below 1
     * @throws StoreException if the engine failed
     */
    default int purgeExpired(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit: at least 1, was " + limit);
        }
        return 0;
    }

    /**
     * Says that a call costs no more than a look into local memory, so that callers need not share one.
     *
     * @return false unless overridden
     */
    default boolean isLocal() {
        return false;
    }

    /**
     * Asks to be told when a record may have moved, for a caller that waits for another node. This is a hint: whoever
     * waits goes on asking the store from time to time, and asks at once when it is told.
     *
     * <p>May return before the watch is in force; the signal is given then, too, because the record may have moved
     * before. Holds no connection of its own for each watch.
     *
     * @param id the record
     * @param signal run for each hint, on any thread, too often rather than too seldom; it does not block or throw
     * @return ends the watch
     * @throws StoreException if the engine failed; the caller does without
     */
    default Watch watch(RecordId id, Runnable signal) {
        return Watch.NONE;
    }

    /**
     * Acquires many records. As if {@link #acquire} were called for each, in ascending order of record ids and for
     * equal ids in the order of the list: the second request for one record meets the lease of the first. Each item
     * fails for itself.
     *
     * @param requests the requests
     * @return one answer per request, in the order of the list
     */
    default List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        return each(requests, this::acquire);
    }

    /**
     * Renews many leases, each as {@link #renew} does. Each item fails for itself.
     *
     * @param leases the leases
     * @return one answer per lease, in the order of the list
     */
    default List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return each(leases, this::renew);
    }

    /**
     * Completes many records, each as {@link #complete} does. Each item fails for itself.
     *
     * @param completions the completions
     * @return one answer per completion, in the order of the list
     */
    default List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return each(completions, item -> complete(item.lease(), item.result(), item.retention()));
    }

    /**
     * Releases many records, each as {@link #release} does. Each item fails for itself.
     *
     * @param leases the leases
     * @return one answer per lease, in the order of the list
     */
    default List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return each(leases, this::release);
    }

    /**
     * Puts many records on hold, each as {@link #hold} does. Each item fails for itself.
     *
     * @param leases the leases
     * @return one answer per lease, in the order of the list
     */
    default List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return each(leases, this::hold);
    }

    private static <I, T> List<Answer<T>> each(List<I> items, Function<I, T> step) {
        List<Answer<T>> answers = new ArrayList<>(items.size());
        for (I item : items) {
            answers.add(answerOf(item, step));
        }
        return answers;
    }

    private static <I, T> Answer<T> answerOf(I item, Function<I, T> step) {
        try {
            return Answer.of(step.apply(item));
        } catch (StoreException failure) {
            return Answer.failed(failure);
        } catch (RuntimeException breach) {
            // One item that is refused or broken must not cost the others their answers.
            return Answer.failed(
                    new StoreException("the store threw " + breach.getClass().getName(), true, breach));
        }
    }
}
