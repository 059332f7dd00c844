package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts the calls of a store and lets some of them fail, as a test has scripted it. */
final class FaultyStore extends DelegatingStore {

    enum Verb {
        ACQUIRE,
        RENEW,
        /** A batch, like the others of this form; its items are counted for themselves, too. */
        ACQUIRE_ALL,
        RENEW_ALL,
        COMPLETE_ALL,
        RELEASE_ALL,
        HOLD_ALL,
        COMPLETE,
        RELEASE,
        HOLD,
        RESOLVE,
        DELETE,
        FIND
    }

    /** A call; the record is null for a batch. */
    record Call(Verb verb, @Nullable RecordId id) {}

    private final List<Call> calls = new ArrayList<>(); // guarded by this, like all below
    private final Map<Verb, Integer> numbers = new EnumMap<>(Verb.class);
    private final Map<Verb, Map<Integer, Fault>> once = new EnumMap<>(Verb.class);
    private final Map<Verb, Fault> always = new EnumMap<>(Verb.class);

    FaultyStore(IdempotencyStore delegate, boolean local) {
        super(delegate, local);
    }

    // ---- the script

    /** Lets the n-th call of a verb fail, counted from 1 and from the store's first call. */
    synchronized void on(Verb verb, int n, Fault fault) {
        once.computeIfAbsent(verb, v -> new HashMap<>()).put(n, fault);
    }

    /** Lets the next call of a verb fail. */
    synchronized void next(Verb verb, Fault fault) {
        on(verb, numbers.getOrDefault(verb, 0) + 1, fault);
    }

    /** Lets each call of a verb fail until {@link #heal}. */
    synchronized void always(Verb verb, Fault fault) {
        always.put(verb, fault);
    }

    /** Lets every call fail until {@link #heal}. */
    synchronized void always(Fault fault) {
        for (Verb verb : Verb.values()) {
            always.put(verb, fault);
        }
    }

    /** Ends all faults that are still to come. */
    synchronized void heal() {
        once.clear();
        always.clear();
    }

    // ---- the count

    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    synchronized List<Verb> verbs() {
        return calls.stream().map(Call::verb).toList();
    }

    synchronized int count(Verb verb) {
        return (int) calls.stream().filter(call -> call.verb == verb).count();
    }

    /** Forgets the calls so far; the numbers of a script go on. */
    synchronized void clearCalls() {
        calls.clear();
    }

    // ---- the store

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        return call(Verb.ACQUIRE, request.id(), () -> super.acquire(request));
    }

    @Override
    public boolean renew(Lease lease) {
        return call(Verb.RENEW, lease.id(), () -> super.renew(lease));
    }

    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        return call(Verb.ACQUIRE_ALL, null, () -> super.acquireAll(requests));
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return call(Verb.COMPLETE_ALL, null, () -> super.completeAll(completions));
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return call(Verb.RELEASE_ALL, null, () -> super.releaseAll(leases));
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return call(Verb.HOLD_ALL, null, () -> super.holdAll(leases));
    }

    @Override
    public List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return call(Verb.RENEW_ALL, null, () -> super.renewAll(leases));
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return call(Verb.COMPLETE, lease.id(), () -> super.complete(lease, result, retention));
    }

    @Override
    public boolean release(Lease lease) {
        return call(Verb.RELEASE, lease.id(), () -> super.release(lease));
    }

    @Override
    public boolean hold(Lease lease) {
        return call(Verb.HOLD, lease.id(), () -> super.hold(lease));
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return call(Verb.RESOLVE, id, () -> super.resolve(id, expectedToken, result, retention));
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return call(Verb.DELETE, id, () -> super.delete(id, expectedToken));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return call(Verb.FIND, id, () -> super.find(id));
    }

    private <R> R call(Verb verb, @Nullable RecordId id, Supplier<R> step) {
        Fault fault;
        synchronized (this) {
            calls.add(new Call(verb, id));
            int number = numbers.merge(verb, 1, Integer::sum);
            Fault scripted = once.getOrDefault(verb, Map.of()).get(number);
            fault = scripted != null ? scripted : always.get(verb);
        }
        return fault == null ? step.get() : fault.befall(step);
    }
}
