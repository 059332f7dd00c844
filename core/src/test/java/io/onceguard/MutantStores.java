package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/** Stores with one fault each, to show that the search finds it. */
@SuppressWarnings("ImmutableEnumChecker") // the function is never changed
enum MutantStores implements SimFault {

    /** Release does not ask whose the record is. */
    RELEASE_WITHOUT_OWNER((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean release(Lease lease) {
            return super.release(MutantRows.ownersOf(this, lease));
        }
    }),

    /** Hold does not ask whose the record is. */
    HOLD_WITHOUT_OWNER((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean hold(Lease lease) {
            return super.hold(MutantRows.ownersOf(this, lease));
        }
    }),

    /** Renew does not ask whose the record is. */
    RENEW_WITHOUT_OWNER((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean renew(Lease lease) {
            return super.renew(MutantRows.ownersOf(this, lease));
        }
    }),

    /** Complete asks for the state only, not whose the record is. */
    COMPLETE_BY_STATE_ONLY((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean complete(Lease lease, StoredResult result, Retention retention) {
            return super.complete(MutantRows.ownersOf(this, lease), result, retention);
        }
    }),

    /** Complete overwrites whatever is there. */
    COMPLETE_UNCONDITIONAL((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean complete(Lease lease, StoredResult result, Retention retention) {
            Row row = row(lease.id());
            if (row == null) {
                return false;
            }
            long now = clock.getAsLong();
            Row completed = MutantRows.with(row, RecordState.COMPLETED, lease.attemptId(), row.token(), now, result);
            put(
                    lease.id(),
                    MutantRows.expiring(
                            completed, now + retention.duration().orElseThrow().toNanos()));
            return true;
        }
    }),

    /** One time to live for lease and record: the claim is gone with the lease. */
    RECORD_DIES_WITH_LEASE((clock, between) -> new ModelStore(clock) {
        @Override
        void put(RecordId id, Row row) {
            super.put(id, row.state() == RecordState.IN_PROGRESS ? MutantRows.expiring(row, row.leaseEnd()) : row);
        }
    }),

    /** Acquire reads, and then writes in another step. */
    ACQUIRE_NOT_ATOMIC((clock, between) -> new ModelStore(clock) {
        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized") // that is the fault
        public AcquireResult acquire(AcquireRequest request) {
            Row read = row(request.id());
            between.run();
            Row meanwhile = row(request.id());
            put(request.id(), read);
            AcquireResult answer = super.acquire(request);
            if (!(answer instanceof AcquireResult.Acquired)) {
                put(request.id(), meanwhile);
            }
            return answer;
        }
    }),

    /** An acquire repeated by the holder draws a new token, and only the newest token may write. */
    REPEATED_ACQUIRE_RAISES_TOKEN((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            boolean again = MutantRows.isHolder(row(request.id()), request);
            AcquireResult answer = super.acquire(request);
            if (!again || !(answer instanceof AcquireResult.Acquired acquired)) {
                return answer;
            }
            return MutantRows.withToken(this, acquired, row(request.id()).token() + 1_000);
        }

        @Override
        boolean owns(Lease lease, Row row) {
            return super.owns(lease, row) && (lease.token() == row.token() || lease.token() == 0);
        }
    }),

    /** An acquire repeated by the holder is refused. */
    ACQUIRE_NOT_REPEATABLE((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            boolean again = MutantRows.isHolder(row(request.id()), request);
            return super.acquire(again ? MutantRows.withAttempt(request, new AttemptId(0, 0)) : request);
        }
    }),

    /** An attempt that released the record can get it again by a late copy of its acquire. */
    RELEASED_ATTEMPT_COMES_BACK((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            Row row = row(request.id());
            if (row != null && row.state() == RecordState.RELEASED) {
                put(
                        request.id(),
                        MutantRows.with(row, row.state(), new AttemptId(0, 0), row.token(), row.leaseEnd(), null));
            }
            return super.acquire(request);
        }
    }),

    /** An attempt that was put on hold can take itself over by a late copy of its acquire. */
    HELD_ATTEMPT_COMES_BACK((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            Row row = row(request.id());
            if (row != null && row.state() == RecordState.HELD && mayTakeOver(request, row)) {
                put(
                        request.id(),
                        MutantRows.with(row, row.state(), new AttemptId(0, 0), row.token(), row.leaseEnd(), null));
            }
            return super.acquire(request);
        }
    }),

    /** Grants whoever asks: only a system downstream compares the tokens, which rise. */
    FENCED_AT_THE_RESOURCE_ONLY((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            put(request.id(), null);
            return super.acquire(request);
        }
    }),

    /** A lease is granted to another attempt although it is live. */
    LIVE_LEASE_IS_TAKEN((clock, between) -> new ModelStore(() -> clock.getAsLong()) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            Row row = row(request.id());
            if (row != null && row.state() == RecordState.IN_PROGRESS) {
                put(request.id(), MutantRows.leased(row, clock.getAsLong()));
            }
            return super.acquire(request);
        }
    }),

    /** A takeover needs no leave. */
    TAKEOVER_WITHOUT_LEAVE((clock, between) -> new ModelStore(clock) {
        @Override
        boolean mayTakeOver(AcquireRequest request, Row row) {
            return true;
        }
    }),

    /** A completed record is granted again. */
    COMPLETED_IS_GRANTED((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            Row row = row(request.id());
            if (row != null && row.state() == RecordState.COMPLETED) {
                put(request.id(), MutantRows.with(row, RecordState.RELEASED, row.attemptId(), row.token(), 0, null));
            }
            return super.acquire(request);
        }
    }),

    /** A lease that ended refuses its owner's completion although nobody took over. */
    ENDED_LEASE_REFUSES_OWNER((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean complete(Lease lease, StoredResult result, Retention retention) {
            Row row = row(lease.id());
            boolean ended =
                    row != null && row.state() == RecordState.IN_PROGRESS && row.leaseEnd() <= clock.getAsLong();
            return !ended && super.complete(lease, result, retention);
        }
    }),

    /** A second completion by the same attempt is refused. */
    COMPLETE_NOT_REPEATABLE((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean complete(Lease lease, StoredResult result, Retention retention) {
            Row row = row(lease.id());
            return row != null && row.state() == RecordState.IN_PROGRESS && super.complete(lease, result, retention);
        }
    }),

    /** A new attempt gets its predecessor's token. */
    TOKEN_DOES_NOT_RISE((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            AcquireResult answer = super.acquire(request);
            return answer instanceof AcquireResult.Acquired acquired ? MutantRows.withToken(this, acquired, 1) : answer;
        }
    }),

    /** Renew lengthens the lease but not the life of the record. */
    RENEW_KEEPS_EXPIRY((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized boolean renew(Lease lease) {
            Row before = row(lease.id());
            boolean renewed = super.renew(lease);
            if (renewed) {
                put(lease.id(), MutantRows.expiring(row(lease.id()), before.expiry()));
            }
            return renewed;
        }
    }),

    /** A refused acquire leaves its own fingerprint behind. */
    REFUSAL_WRITES_FINGERPRINT((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            AcquireResult answer = super.acquire(request);
            Row row = row(request.id());
            put(request.id(), MutantRows.fingerprinted(row, request.fingerprint()));
            return answer;
        }
    }),

    /** A live lease is reported as abandoned. */
    LIVE_LEASE_IS_CALLED_ABANDONED((clock, between) -> new ModelStore(clock) {
        @Override
        public synchronized AcquireResult acquire(AcquireRequest request) {
            AcquireResult answer = super.acquire(request);
            return answer instanceof AcquireResult.Held held
                    ? new AcquireResult.Abandoned(MutantRows.dead(held.record()))
                    : answer;
        }
    });

    private final BiFunction<LongSupplier, Runnable, ModelStore> engine;

    MutantStores(BiFunction<LongSupplier, Runnable, ModelStore> engine) {
        this.engine = engine;
    }

    @Override
    public ModelStore model(LongSupplier clock, Runnable between) {
        return engine.apply(clock, between);
    }
}
