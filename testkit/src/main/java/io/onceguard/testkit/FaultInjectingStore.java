package io.onceguard.testkit;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A store in front of another one that counts the calls of each verb and fails on demand: before the step is applied,
 * or after it with the reply lost.
 *
 * <pre>{@code
 * FaultInjectingStore flaky = new FaultInjectingStore(store);
 * flaky.next(Verb.RENEW, Fault.FAIL_BEFORE, Fault.NONE, Fault.LOSE_REPLY);   // the next three renewals
 * }</pre>
 *
 * <p>Each verb has a queue of faults; each call takes one from its head and, when there is none, goes through. A batch
 * is one call of its own verb, and a fault fails every item of it. Safe for use by many threads.
 */
public final class FaultInjectingStore implements IdempotencyStore {

    /** The methods of a store. */
    public enum Verb {
        /** {@link IdempotencyStore#acquire}. */
        ACQUIRE,
        /** {@link IdempotencyStore#renew}. */
        RENEW,
        /** {@link IdempotencyStore#complete}. */
        COMPLETE,
        /** {@link IdempotencyStore#release}. */
        RELEASE,
        /** {@link IdempotencyStore#hold}. */
        HOLD,
        /** {@link IdempotencyStore#resolve}. */
        RESOLVE,
        /** {@link IdempotencyStore#delete}. */
        DELETE,
        /** {@link IdempotencyStore#find}. */
        FIND,
        /** {@link IdempotencyStore#purgeExpired}. */
        PURGE,
        /** {@link IdempotencyStore#acquireAll}. */
        ACQUIRE_ALL,
        /** {@link IdempotencyStore#renewAll}. */
        RENEW_ALL,
        /** {@link IdempotencyStore#completeAll}. */
        COMPLETE_ALL,
        /** {@link IdempotencyStore#releaseAll}. */
        RELEASE_ALL,
        /** {@link IdempotencyStore#holdAll}. */
        HOLD_ALL
    }

    /** What becomes of a call. */
    public enum Fault {
        /** It goes through. */
        NONE,
        /** It fails and is not applied; the exception is not ambiguous. */
        FAIL_BEFORE,
        /** It is applied and its answer is lost; the exception is ambiguous. */
        LOSE_REPLY
    }

    private final IdempotencyStore delegate;
    private final Map<Verb, AtomicInteger> calls = new EnumMap<>(Verb.class);
    private final Map<Verb, Queue<Fault>> faults = new EnumMap<>(Verb.class);
    private volatile boolean down;

    /**
     * Creates a store that passes every call on.
     *
     * @param delegate the store that does the work
     */
    public FaultInjectingStore(IdempotencyStore delegate) {
        this.delegate = requireNonNull(delegate, "delegate");
        for (Verb verb : Verb.values()) {
            calls.put(verb, new AtomicInteger());
            faults.put(verb, new ConcurrentLinkedQueue<>());
        }
    }

    /**
     * Queues what becomes of the next calls of a verb, behind what is queued already.
     *
     * @param verb the verb
     * @param next one entry for each call
     */
    public void next(Verb verb, Fault... next) {
        requireNonNull(faults.get(verb), "verb").addAll(List.of(next));
    }

    /**
     * Makes every call of every verb fail before it is applied, until told otherwise. Queued faults wait meanwhile.
     *
     * @param down true if the engine cannot be reached
     */
    public void setDown(boolean down) {
        this.down = down;
    }

    /**
     * Returns how many calls of a verb have arrived, failed ones included.
     *
     * @param verb the verb
     * @return the number since this store was made
     */
    public int calls(Verb verb) {
        return requireNonNull(calls.get(verb), "verb").get();
    }

    /**
     * Returns how many calls have arrived, failed ones included.
     *
     * @return the number over all verbs since this store was made
     */
    public int calls() {
        return calls.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    private Fault arrive(Verb verb) {
        requireNonNull(calls.get(verb)).incrementAndGet();
        if (down) {
            return Fault.FAIL_BEFORE;
        }
        Fault queued = requireNonNull(faults.get(verb)).poll();
        return queued == null ? Fault.NONE : queued;
    }

    private <T> T call(Verb verb, Supplier<T> step) {
        Fault fault = arrive(verb);
        if (fault == Fault.FAIL_BEFORE) {
            throw failure(verb, fault);
        }
        T answer = step.get();
        if (fault == Fault.LOSE_REPLY) {
            throw failure(verb, fault);
        }
        return answer;
    }

    private <T> List<Answer<T>> batch(Verb verb, int items, Supplier<List<Answer<T>>> step) {
        Fault fault = arrive(verb);
        if (fault == Fault.FAIL_BEFORE) {
            return Collections.nCopies(items, Answer.failed(failure(verb, fault)));
        }
        List<Answer<T>> answers = step.get();
        return fault == Fault.NONE ? answers : Collections.nCopies(items, Answer.failed(failure(verb, fault)));
    }

    private static StoreException failure(Verb verb, Fault fault) {
        return new StoreException("injected into " + verb + ": " + fault, fault == Fault.LOSE_REPLY, null);
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        return call(Verb.ACQUIRE, () -> delegate.acquire(request));
    }

    @Override
    public boolean renew(Lease lease) {
        return call(Verb.RENEW, () -> delegate.renew(lease));
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return call(Verb.COMPLETE, () -> delegate.complete(lease, result, retention));
    }

    @Override
    public boolean release(Lease lease) {
        return call(Verb.RELEASE, () -> delegate.release(lease));
    }

    @Override
    public boolean hold(Lease lease) {
        return call(Verb.HOLD, () -> delegate.hold(lease));
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return call(Verb.RESOLVE, () -> delegate.resolve(id, expectedToken, result, retention));
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return call(Verb.DELETE, () -> delegate.delete(id, expectedToken));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return call(Verb.FIND, () -> delegate.find(id));
    }

    @Override
    public int purgeExpired(int limit) {
        return call(Verb.PURGE, () -> delegate.purgeExpired(limit));
    }

    @Override
    public boolean isLocal() {
        return delegate.isLocal();
    }

    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        return batch(Verb.ACQUIRE_ALL, requests.size(), () -> delegate.acquireAll(requests));
    }

    @Override
    public List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return batch(Verb.RENEW_ALL, leases.size(), () -> delegate.renewAll(leases));
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return batch(Verb.COMPLETE_ALL, completions.size(), () -> delegate.completeAll(completions));
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return batch(Verb.RELEASE_ALL, leases.size(), () -> delegate.releaseAll(leases));
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return batch(Verb.HOLD_ALL, leases.size(), () -> delegate.holdAll(leases));
    }
}
