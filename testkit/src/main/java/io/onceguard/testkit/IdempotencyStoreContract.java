package io.onceguard.testkit;

import org.junit.jupiter.api.Nested;

/**
 * The contract of {@link io.onceguard.spi.IdempotencyStore} as tests. The author of a store extends this class once for
 * each configuration, says how to open the store, and runs it:
 *
 * <pre>{@code
 * class MyStoreContractTest extends IdempotencyStoreContract {
 *     @Override
 *     protected StoreHarness openHarness() {
 *         return new MyStoreHarness();
 *     }
 * }
 * }</pre>
 *
 * <p>The names of the tests carry the number of the behaviour (B01 to B19) and of the protocol rule (R01 to R10) that
 * they show. No test sleeps; time passes through {@link StoreHarness#passTime}. After every test the records that it
 * touched are looked at once more, and the harness checks the invariants of its store.
 *
 * <p>The rules: R01 each call is one atomic step by the store's clock. R02 a write by another attempt changes nothing
 * and says so; operators name the token that they saw. R03 each call can be repeated. R04 at most one attempt holds a
 * live lease, and a rejected caller never disturbs it. R05 a completed record is final. R06 a takeover needs an ended
 * lease and leave. R07 tokens strictly increase. R08 a record in progress lives until the end of its lease plus the
 * retention. R09 stores never wait and never interpret results. R10 only a {@code StoreException} escapes.
 */
public abstract class IdempotencyStoreContract {

    /** Creates the suite. */
    protected IdempotencyStoreContract() {}

    /**
     * Opens the store under test with an empty storage.
     *
     * @return a new harness at each call
     */
    protected abstract StoreHarness openHarness();

    /** Who gets the lease. */
    @Nested
    class Acquiring extends AcquireRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Attempts that ask again. */
    @Nested
    class Repeating extends RepeatRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** What a takeover needs. */
    @Nested
    class TakingOver extends TakeoverRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Renew, complete, release and hold in each state, by the owner and by others. */
    @Nested
    class Writing extends WriteRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Results and retention. */
    @Nested
    class Results extends ResultRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Find, resolve and delete. */
    @Nested
    class Operators extends OperatorRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** How long leases and records live, and what tokens and numbers do over time. */
    @Nested
    class Lifetimes extends LifetimeRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Short times, and whose clock counts. */
    @Nested
    class Clocks extends ClockRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Which records are the same. */
    @Nested
    class Identity extends IdentityRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Batch calls. */
    @Nested
    class Batches extends BatchRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Removal of expired records. */
    @Nested
    class Purging extends PurgeRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** What escapes when the engine fails. */
    @Nested
    class Failures extends FailureRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** Callers that meet. */
    @Nested
    class Races extends RaceRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }

    /** A long random history, judged afterwards. */
    @Nested
    class Fuzzing extends FuzzRules {
        @Override
        StoreHarness openHarness() {
            return IdempotencyStoreContract.this.openHarness();
        }
    }
}
