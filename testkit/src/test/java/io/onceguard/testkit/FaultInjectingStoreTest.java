package io.onceguard.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.testkit.FaultInjectingStore.Fault;
import io.onceguard.testkit.FaultInjectingStore.Verb;
import io.onceguard.testkit.ModelStore.Storage;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FaultInjectingStoreTest {

    private final ModelStore delegate = new ModelStore(new Storage());
    private final FaultInjectingStore store = new FaultInjectingStore(delegate);
    private final RecordId id = new RecordId("op", "scope", "key");

    private Lease acquire() {
        return StoreRules.granted(store.acquire(StoreRules.request(id))).lease();
    }

    private RecordState state() {
        return delegate.find(id).map(StoredRecord::state).orElseThrow();
    }

    /** Without faults it is as good a store as the one behind it. */
    @Nested
    class Transparent extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new ModelHarness(ModelStore::new) {
                private final FaultInjectingStore front = new FaultInjectingStore(super.store());

                @Override
                public FaultInjectingStore store() {
                    return front;
                }
            };
        }
    }

    @Test
    void failureBeforeTheStepLeavesTheRecordAndIsNotAmbiguous() {
        Lease lease = acquire();
        store.next(Verb.RELEASE, Fault.FAIL_BEFORE);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.release(lease))
                .matches(failure -> !failure.ambiguous());
        assertThat(state()).isEqualTo(RecordState.IN_PROGRESS);
        assertThat(store.release(lease)).isTrue();
    }

    @Test
    void lostReplyIsAmbiguousAndTheStepIsApplied() {
        Lease lease = acquire();
        store.next(Verb.RELEASE, Fault.LOSE_REPLY);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.release(lease))
                .matches(StoreException::ambiguous);
        assertThat(state()).isEqualTo(RecordState.RELEASED);
    }

    @Test
    void faultsAreTakenInOrderAndByVerb() {
        Lease lease = acquire();
        store.next(Verb.RENEW, Fault.NONE, Fault.FAIL_BEFORE);

        assertThat(store.find(id)).isPresent();
        assertThat(store.renew(lease)).isTrue();
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> store.renew(lease));
        assertThat(store.renew(lease)).isTrue();
    }

    @Test
    void faultFailsEveryItemOfABatch() {
        Lease lease = acquire();
        store.next(Verb.RENEW_ALL, Fault.FAIL_BEFORE);
        store.next(Verb.RELEASE_ALL, Fault.LOSE_REPLY);

        assertThat(store.renewAll(List.of(lease, lease)))
                .hasSize(2)
                .allMatch(
                        answer -> answer.failure() != null && !answer.failure().ambiguous());
        assertThat(store.releaseAll(List.of(lease)))
                .singleElement()
                .matches(answer -> answer.failure() != null && answer.failure().ambiguous());
        assertThat(state()).isEqualTo(RecordState.RELEASED);
    }

    @Test
    void storeThatIsDownFailsEverythingUntilItComesBack() {
        Lease lease = acquire();
        store.next(Verb.RENEW, Fault.LOSE_REPLY);
        store.setDown(true);
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> store.find(id));
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.renew(lease))
                .matches(failure -> !failure.ambiguous());

        store.setDown(false);

        assertThat(store.find(id)).isPresent();
        assertThatExceptionOfType(StoreException.class)
                .as("the queued fault has waited")
                .isThrownBy(() -> store.renew(lease))
                .matches(StoreException::ambiguous);
    }

    @Test
    void callsAreCountedWithTheFailedOnes() {
        Lease lease = acquire();
        store.next(Verb.RENEW, Fault.FAIL_BEFORE);
        assertThatExceptionOfType(StoreException.class).isThrownBy(() -> store.renew(lease));
        store.renew(lease);
        store.renewAll(List.of(lease, lease, lease));

        assertThat(store.calls(Verb.ACQUIRE)).isEqualTo(1);
        assertThat(store.calls(Verb.RENEW)).isEqualTo(2);
        assertThat(store.calls(Verb.RENEW_ALL)).isEqualTo(1);
        assertThat(store.calls()).isEqualTo(4);
    }
}
