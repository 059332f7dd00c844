package io.onceguard.memory;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Watch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the results of another store in the memory of this process as well, so that to replay them takes no store call.
 *
 * <p><b>What is kept:</b> completed records with their results. A record is kept when a completion by this node was
 * confirmed, or when the other store answered with it. All else goes to the other store at once: claims, renewals,
 * completions, {@link #find}. So this cache never lets work run again that the other store would not.
 *
 * <p><b>How long:</b> never beyond the record's own retention, counted from before the call that brought it, and no
 * longer than {@link NearCacheBuilder#maxAge}, 60 s by default. A record that is {@linkplain #delete forgotten} through
 * this store is dropped here at once. <b>Other nodes do not hear of it</b>: they may replay a forgotten record until
 * their copy is as old as that.
 *
 * <p><b>How much:</b> {@link NearCacheBuilder#maxBytes}, 64 MiB by default; what is used least is dropped first.
 *
 * <p>Safe for use by many threads. Calls block as those of the other store do, and fail as they do. Callers of one JVM
 * meet only if their executors are over one store instance: give this one to all of them.
 */
public final class NearCacheIdempotencyStore implements IdempotencyStore {

    private final IdempotencyStore store;
    private final NearCache cache;

    NearCacheIdempotencyStore(IdempotencyStore store, NearCache cache) {
        this.store = store;
        this.cache = cache;
    }

    /**
     * Returns a near cache with the default bounds.
     *
     * @param store the store that has the truth; it stays the caller's to close
     * @return the near cache in front of it
     */
    public static NearCacheIdempotencyStore of(IdempotencyStore store) {
        return builder(store).build();
    }

    /**
     * Begins a near cache.
     *
     * @param store the store that has the truth; it stays the caller's to close
     * @return a builder with the default bounds
     */
    public static NearCacheBuilder builder(IdempotencyStore store) {
        return new NearCacheBuilder(requireNonNull(store, "store"));
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        Completed known = cache.find(request.id());
        if (known != null) {
            return known;
        }
        NearCache.Moment asked = cache.now();
        AcquireResult answer = store.acquire(request);
        learn(request, answer, asked);
        return answer;
    }

    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        List<@Nullable Answer<AcquireResult>> answers = new ArrayList<>();
        List<AcquireRequest> unknown = new ArrayList<>();
        for (AcquireRequest request : requests) {
            Completed known = cache.find(request.id());
            answers.add(known == null ? null : Answer.of(known));
            if (known == null) {
                unknown.add(request);
            }
        }
        NearCache.Moment asked = cache.now();
        List<Answer<AcquireResult>> told = unknown.isEmpty() ? List.of() : store.acquireAll(unknown);
        for (int i = 0; i < told.size(); i++) {
            learn(unknown.get(i), told.get(i).value(), asked);
        }
        var rest = told.iterator();
        return answers.stream()
                .map(known -> known == null ? rest.next() : known)
                .toList();
    }

    private void learn(AcquireRequest request, @Nullable AcquireResult answer, NearCache.Moment asked) {
        if (answer instanceof Acquired acquired) {
            cache.begun(request, acquired.lease());
        } else if (answer instanceof Completed completed) {
            cache.keep(request.id(), completed.record(), asked);
        }
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        Ending ending = new Ending(new Completion(lease, result, retention));
        boolean completed = store.complete(lease, result, retention);
        ending.confirm(completed);
        return completed;
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        List<Ending> endings = completions.stream().map(Ending::new).toList();
        List<Answer<Boolean>> answers = store.completeAll(completions);
        for (int i = 0; i < answers.size(); i++) {
            endings.get(i).confirm(Boolean.TRUE.equals(answers.get(i).value()));
        }
        return answers;
    }

    /**
     * A completion under way. A second one by the same attempt is confirmed as well, and changes nothing; so only a first
     * one is kept, and only if there was no second until it was confirmed.
     */
    private final class Ending {
        private final Completion completion;
        private final NearCache.@Nullable Running attempt;
        private final NearCache.Moment asked;

        Ending(Completion completion) {
            this.completion = completion;
            this.attempt = cache.ending(completion.lease());
            this.asked = cache.now();
        }

        void confirm(boolean completed) {
            if (completed && attempt != null && attempt.endedOnce()) {
                cache.keep(completion, attempt.fingerprint(), asked);
            }
        }
    }

    @Override
    public boolean release(Lease lease) {
        cache.ending(lease);
        return store.release(lease);
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        leases.forEach(cache::ending);
        return store.releaseAll(leases);
    }

    @Override
    public boolean hold(Lease lease) {
        cache.ending(lease);
        return store.hold(lease);
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        leases.forEach(cache::ending);
        return store.holdAll(leases);
    }

    @Override
    public Watch watch(RecordId id, Runnable signal) {
        return store.watch(id, signal);
    }

    @Override
    public boolean renew(Lease lease) {
        return store.renew(lease);
    }

    @Override
    public List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return store.renewAll(leases);
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return store.resolve(id, expectedToken, result, retention);
    }

    /** Deletes the record in the other store, and drops it here whatever the answer is. */
    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return cache.deleting(id, () -> store.delete(id, expectedToken));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return store.find(id);
    }

    @Override
    public int purgeExpired(int limit) {
        return store.purgeExpired(limit);
    }

    @Override
    public boolean isLocal() {
        return store.isLocal();
    }
}
