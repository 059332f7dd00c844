package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Executors with one fault each, to show that the search finds it. The fault is planted between the executor and its
 * store: what the pair does then is what an executor with that fault would do.
 */
@SuppressWarnings("ImmutableEnumChecker") // the function is never changed
enum MutantExecutors implements SimFault {

    /** Tells its own value as recorded although the store refused the completion. */
    LOSER_TELLS_ITS_OWN_VALUE(store -> new DelegatingStore(store) {
        @Override
        public boolean complete(Lease lease, StoredResult result, Retention retention) {
            return super.complete(lease, result, retention) || lease.token() != 0;
        }
    }),

    /** Takes a completion whose reply was lost for accepted. */
    LOST_REPLY_COUNTS_AS_RECORDED(store -> new DelegatingStore(store) {
        @Override
        public boolean complete(Lease lease, StoredResult result, Retention retention) {
            try {
                return super.complete(lease, result, retention);
            } catch (StoreException lost) {
                return true;
            }
        }
    }),

    /** Gives the key back after a completion that may not have been applied. */
    RELEASES_AFTER_AMBIGUOUS_COMPLETION(store -> new DelegatingStore(store) {
        @Override
        public boolean complete(Lease lease, StoredResult result, Retention retention) {
            try {
                return super.complete(lease, result, retention);
            } catch (StoreException lost) {
                super.release(lease);
                throw lost;
            }
        }
    }),

    /** Gives up on an acquire that may have been applied, and sends no release. */
    GIVES_UP_WITHOUT_RELEASING(store -> new DelegatingStore(store) {
        @Override
        public boolean release(Lease lease) {
            return lease.token() != 0 && super.release(lease);
        }
    }),

    /** Repeats an acquire whose reply was lost as if it were a new attempt. */
    ASKS_AGAIN_AS_SOMEBODY_ELSE(store -> new DelegatingStore(store) {
        private final Map<AttemptId, Integer> asked = new HashMap<>();

        @Override
        public AcquireResult acquire(AcquireRequest request) {
            int times = asked.merge(request.attemptId(), 1, Integer::sum);
            AttemptId id = request.attemptId();
            return super.acquire(
                    times == 1 ? request : as(request, new AttemptId(id.process() + times, id.sequence())));
        }
    }),

    /** Does not compare fingerprints. */
    IGNORES_THE_FINGERPRINT(store -> new DelegatingStore(store) {
        @Override
        public AcquireResult acquire(AcquireRequest request) {
            AcquireResult answer = super.acquire(request);
            return answer instanceof AcquireResult.Completed it
                    ? new AcquireResult.Completed(withFingerprintOf(request, it.record()))
                    : answer;
        }
    }),

    /** Takes a refused renewal for granted. */
    IGNORES_A_REFUSED_RENEWAL(store -> new DelegatingStore(store) {
        @Override
        public List<Answer<Boolean>> renewAll(List<Lease> leases) {
            return super.renewAll(leases).stream()
                    .map(answer -> answer.failure() == null ? Answer.of(true) : answer)
                    .toList();
        }
    }),

    /** Takes over what it must not, at most once. */
    TAKES_OVER_WITHOUT_LEAVE(store -> new DelegatingStore(store) {
        @Override
        public AcquireResult acquire(AcquireRequest request) {
            return super.acquire(request.withTakeover(Takeover.SAME_FINGERPRINT));
        }
    }),

    /** Runs the work although nobody knows whether the acquire was applied. */
    RUNS_WITHOUT_AN_ANSWER(store -> new DelegatingStore(store) {
        @Override
        public AcquireResult acquire(AcquireRequest request) {
            try {
                return super.acquire(request);
            } catch (StoreException lost) {
                Lease lease = new Lease(request.id(), request.attemptId(), 1, 1, request.lease(), request.retention());
                return new AcquireResult.Acquired(lease, PreviousAttempt.NONE);
            }
        }
    }),

    /** A rejected caller removes what stands in its way. */
    REJECTED_CALLER_FREES_THE_KEY(store -> new DelegatingStore(store) {
        @Override
        public AcquireResult acquire(AcquireRequest request) {
            AcquireResult answer = super.acquire(request);
            if (answer instanceof AcquireResult.Held held) {
                super.delete(request.id(), held.record().token());
            }
            return answer;
        }
    }),

    /** Gives the key back although the effect took place, because the work failed afterwards. */
    RELEASES_INSTEAD_OF_HOLDING(store -> new DelegatingStore(store) {
        @Override
        public boolean hold(Lease lease) {
            return super.release(lease);
        }
    }),

    /** Drops a deferred write: says that it is through, and never sends it again. */
    DROPS_DEFERRED_WRITES(store -> new DelegatingStore(store) {
        private final Set<AttemptId> failed = new HashSet<>();
        private final Map<AttemptId, Integer> tries = new HashMap<>();

        @Override
        public boolean complete(Lease lease, StoredResult result, Retention retention) {
            if (tries.merge(lease.attemptId(), 1, Integer::sum) > 2 && failed.contains(lease.attemptId())) {
                return true;
            }
            failed.add(lease.attemptId());
            return super.complete(lease, result, retention);
        }
    }),

    /** Does not wake those who follow a leader when it is done. */
    FOLLOWERS_ARE_NOT_WOKEN(store -> store) {
        @Override
        public Platform platform(SimPlatform platform) {
            return new MutantPlatform(platform) {
                @Override
                public void unpark(Thread thread) {
                    // Nobody is woken.
                }
            };
        }
    },

    /** Counts the lease from the reply, not from before the request was sent. */
    COUNTS_THE_LEASE_FROM_THE_REPLY(store -> store) {
        @Override
        public Platform platform(SimPlatform platform) {
            return new MutantClock(platform);
        }

        @Override
        public IdempotencyStore store(IdempotencyStore store, Platform platform) {
            return ((MutantClock) platform).stoppedDuringAcquire(store);
        }
    };

    private final UnaryOperator<IdempotencyStore> wrapper;

    MutantExecutors(UnaryOperator<IdempotencyStore> wrapper) {
        this.wrapper = wrapper;
    }

    @Override
    public IdempotencyStore store(IdempotencyStore store, Platform platform) {
        return wrapper.apply(store);
    }

    private static AcquireRequest as(AcquireRequest request, AttemptId attempt) {
        return new AcquireRequest(
                request.id(), request.fingerprint(), attempt, request.lease(), request.retention(), request.takeover());
    }

    private static StoredRecord withFingerprintOf(AcquireRequest request, StoredRecord record) {
        return new StoredRecord(
                record.state(),
                request.fingerprint(),
                record.number(),
                record.token(),
                record.age(),
                record.leaseLeft(),
                record.retentionLeft(),
                record.result());
    }
}
