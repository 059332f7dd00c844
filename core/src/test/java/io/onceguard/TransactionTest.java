package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreConflictException;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.TransactionBoundStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the executor does with a store that is bound to the caller's transaction; what the database does, is elsewhere. */
class TransactionTest {

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Bound bound = new Bound(scene.store);
    private final IdempotencyExecutor<String> charges = scene.atMostOnce().build();

    /** Says in which order the transaction was written to. */
    private static final class Bound extends DelegatingStore implements TransactionBoundStore {
        private final List<String> steps = new ArrayList<>();
        private RuntimeException rollbackFails;

        Bound(IdempotencyStore delegate) {
            super(delegate, false);
        }

        @Override
        public AcquireResult acquire(AcquireRequest request) {
            steps.add("acquire");
            return super.acquire(request);
        }

        @Override
        public boolean complete(Lease lease, StoredResult result, Retention retention) {
            steps.add("complete");
            return super.complete(lease, result, retention);
        }

        @Override
        public boolean release(Lease lease) {
            steps.add("release");
            return super.release(lease);
        }

        @Override
        public void beginWork() {
            steps.add("beginWork");
        }

        @Override
        public void rollbackWork() {
            steps.add("rollbackWork");
            if (rollbackFails != null) {
                throw rollbackFails;
            }
        }
    }

    private Outcome<String> charge() {
        return charges.using(bound).execute(Scene.KEY, Scene.INPUT, () -> "receipt");
    }

    @Test
    void theResultIsInTheTransaction() {
        Outcome<String> outcome = charge();

        assertThat(outcome).isInstanceOfSatisfying(Executed.class, executed -> {
            assertThat(executed.recording()).isEqualTo(Recording.IN_TRANSACTION);
            assertThat(executed.isProvisional()).isFalse();
        });
        assertThat(charge()).isInstanceOf(Replayed.class);
        assertThat(bound.steps).containsExactly("acquire", "complete", "acquire");
    }

    @Test
    void failedWorkIsUndoneBeforeItsKeyIsGivenBackAlsoAtMostOnce() {
        IOException failure = new IOException("declined");

        assertThatThrownBy(() -> charges.using(bound).execute(Scene.KEY, Scene.INPUT, () -> {
                    throw failure;
                }))
                .isSameAs(failure)
                .hasNoSuppressedExceptions();

        assertThat(bound.steps).containsExactly("acquire", "rollbackWork", "release");
        assertThat(charges.find(Scene.KEY))
                .hasValueSatisfying(record -> assertThat(record.state()).isEqualTo(RecordState.RELEASED));
    }

    @Test
    void aFailureThatIsRecordedIsUndoneToo() {
        IdempotencyExecutor<String> recording = scene.atMostOnce()
                .onFailure(IOException.class, FailurePolicy.RECORD)
                .build()
                .using(bound);
        for (int i = 0; i < 2; i++) {
            Throwable thrown = catchThrowable(() -> recording.execute(Scene.KEY, Scene.INPUT, () -> {
                throw new IOException("declined");
            }));
            assertThat(thrown).isInstanceOf(i == 0 ? IOException.class : RecordedFailureException.class);
        }
        assertThat(bound.steps).containsExactly("acquire", "rollbackWork", "complete", "acquire");
    }

    @Test
    void workThatCannotBeUndoneSaysSoInItsOwnFailure() {
        bound.rollbackFails = new StoreException("beyond repair", false, null);
        IOException failure = new IOException("declined");

        assertThatThrownBy(() -> charges.using(bound).execute(Scene.KEY, Scene.INPUT, () -> {
                    throw failure;
                }))
                .isSameAs(failure)
                .hasSuppressedException(bound.rollbackFails);
    }

    @Test
    void aConflictBeforeTheWorkIsTheCallersToRetry() {
        StoreConflictException conflict = new StoreConflictException("serialization failure", null);
        scene.store.next(Verb.ACQUIRE, Fault.throwing(conflict));

        assertThatThrownBy(this::charge)
                .isInstanceOfSatisfying(
                        TransactionConflictException.class,
                        failure -> assertThat(failure.ambiguous()).isFalse())
                .hasCause(conflict)
                .hasMessageContaining("run the whole transaction again");
        assertThat(bound.steps).containsExactly("acquire");
    }

    @Test
    void anUnreachableStoreBeforeTheWorkIsAskedOnce() {
        scene.store.next(Verb.ACQUIRE, Fault.lostRequest());

        assertThatThrownBy(this::charge)
                .isInstanceOf(IdempotencyStoreException.class)
                .isNotInstanceOf(TransactionConflictException.class)
                .hasMessageContaining("the work was not run");
        assertThat(bound.steps).containsExactly("acquire");
    }

    @Test
    void aStoreThatFailsAfterTheWorkIsThrownAndNothingIsDeferred() {
        scene.store.next(Verb.COMPLETE, Fault.lostReply());

        assertThatThrownBy(this::charge)
                .isInstanceOf(IdempotencyStoreException.class)
                .hasMessageContaining("roll it back");
        assertThat(bound.steps).containsExactly("acquire", "complete");
        assertThat(charges.awaitDeferred(Duration.ZERO)).isTrue();
    }

    @Test
    void aConflictAfterTheWorkIsTheCallersToRetry() {
        scene.store.next(Verb.COMPLETE, Fault.throwing(new StoreConflictException("deadlock", null)));

        assertThatThrownBy(this::charge).isInstanceOf(TransactionConflictException.class);
    }

    @Test
    void aRecordThatIsGoneAfterTheWorkIsNotTakenForWritten() {
        assertThatThrownBy(() -> charges.using(bound).execute(Scene.KEY, Scene.INPUT, attempt -> {
                    scene.model.delete(Scene.id(Scene.KEY), attempt.fencingToken());
                    return "receipt";
                }))
                .isInstanceOf(IdempotencyStoreException.class)
                .hasRootCauseMessage("the work ended the transaction that its record was written in");
    }

    @Test
    void theFailureOfTheLastWriteDoesNotHideThatOfTheWork() {
        scene.store.next(Verb.RELEASE, Fault.refused());
        IOException failure = new IOException("declined");

        assertThatThrownBy(() -> charges.using(bound).execute(Scene.KEY, Scene.INPUT, () -> {
                    throw failure;
                }))
                .isSameAs(failure)
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
    }

    @Test
    void anAttemptHoldsItsKeyForAsLongAsTheTransactionIsOpen() {
        Outcome<String> outcome = charges.using(bound).execute(Scene.KEY, Scene.INPUT, attempt -> {
            attempt.onLeaseLost(() -> {
                throw new AssertionError("there is no lease to lose");
            });
            scene.platform.advance(Scene.LEASE.multipliedBy(10));
            assertThat(attempt.leaseHeld()).isTrue();
            assertThat(attempt.number()).isEqualTo(1);
            assertThat(attempt.fencingToken()).isPositive();
            return "receipt";
        });
        assertThat(outcome.hasValue()).isTrue();
        assertThat(scene.store.count(Verb.RENEW)).isZero();
    }

    @Test
    void whoeverHoldsALeaseIsWaitedForByNobody() {
        Outcome<String> outcome = charges.execute(Scene.KEY, Scene.INPUT, () -> {
            assertThat(charge()).isInstanceOf(InProgress.class);
            return "leased";
        });
        assertThat(outcome.orElseThrow()).isEqualTo("leased");
        assertThat(charge().orElseThrow()).isEqualTo("leased");
    }

    @ParameterizedTest
    @EnumSource(Guarantee.class)
    void anAttemptThatDiedIsJudgedByTheGuarantee(Guarantee guarantee) {
        ModelStore.Row unused = scene.abandoned(Scene.KEY, Scene.INPUT);
        IdempotencyExecutor<String> executor =
                scene.with(guarantee, scene.store).build();

        Outcome<String> outcome = executor.using(bound).execute(Scene.KEY, Scene.INPUT, () -> "again");

        assertThat(outcome).isInstanceOf(guarantee == Guarantee.AT_LEAST_ONCE ? Executed.class : Unresolved.class);
    }

    @Test
    void withoutAKeyTheTransactionHasNoRecord() {
        Outcome<String> outcome = charges.using(bound).execute(IdempotentCall.unkeyed(), () -> "value");

        assertThat(((Executed<String>) outcome).recording()).isEqualTo(Recording.NOT_RECORDED);
        assertThat(bound.steps).isEmpty();
    }
}
