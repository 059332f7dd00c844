package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers that wait for another node and are told when its record moves. Time stands still: no pause ends by itself. */
@Timeout(30)
class RemoteWatchTest {

    private static final Retention RETENTION = Retention.of(Duration.ofHours(1));

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final TellingStore store = new TellingStore();
    private final IdempotencyExecutor<String> executor =
            scene.with(Guarantee.AT_LEAST_ONCE, store).build();
    private final Scene.Counted work = new Scene.Counted();

    /** This node's view of the records: it tells when the test says so. */
    private final class TellingStore extends DelegatingStore {
        private final List<Runnable> signals = new ArrayList<>();
        private int acquires;
        private int ended;
        private boolean fails;

        private TellingStore() {
            super(scene.model, false);
        }

        @Override
        public AcquireResult acquire(AcquireRequest request) {
            acquires++;
            return super.acquire(request);
        }

        @Override
        public Watch watch(RecordId id, Runnable signal) {
            if (fails) {
                throw new StoreException("no watch today", false, null);
            }
            signals.add(signal);
            return () -> ended++;
        }

        private void tell() {
            signals.forEach(Runnable::run);
            scene.platform.settle();
        }
    }

    private StoredResult result(String value) {
        IdempotencyKey other = IdempotencyKey.unscoped("another");
        assertThat(executor.execute(other, INPUT, () -> value).hasValue()).isTrue();
        return Optional.ofNullable(scene.model.row(Scene.id(other)))
                .orElseThrow()
                .result();
    }

    @Test
    void A09_aWaiterReplaysAsSoonAsItIsTold() {
        StoredResult result = result("theirs");
        Lease lease = scene.held(KEY, INPUT);
        var waiter = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));
        int asked = store.acquires;

        scene.model.complete(lease, result, RETENTION);
        scene.platform.settle();
        assertThat(waiter.isDone()).isFalse();
        assertThat(store.acquires).isEqualTo(asked);
        store.tell();

        Expect.replayed(waiter.result(), "theirs");
        assertThat(store.acquires).isEqualTo(asked + 1);
        assertThat(store.ended).isEqualTo(1);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A09_aSignalForNothingCostsOneLookAndTheWaitGoesOn() {
        StoredResult result = result("theirs");
        Lease lease = scene.held(KEY, INPUT);
        var waiter = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));
        int asked = store.acquires;

        store.tell();
        store.tell();
        assertThat(waiter.isDone()).isFalse();
        assertThat(store.acquires).isEqualTo(asked + 2);
        scene.model.complete(lease, result, RETENTION);
        scene.platform.pass(Duration.ofMillis(500)); // the truth is polled for

        Expect.replayed(waiter.result(), "theirs");
        assertThat(store.signals).hasSize(1);
        assertThat(store.ended).isEqualTo(1);
    }

    @Test
    void A09_aReleasedRecordIsTakenAsSoonAsTheWaiterIsTold() {
        Lease lease = scene.held(KEY, INPUT);
        var waiter = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));

        scene.model.release(lease);
        store.tell();

        Expect.executed(waiter.result(), "value-1", Recording.RECORDED);
        assertThat(store.ended).isEqualTo(1);
    }

    @Test
    void A09_aWatchThatCannotBeHadLeavesThePolling() {
        store.fails = true;
        StoredResult result = result("theirs");
        Lease lease = scene.held(KEY, INPUT);
        var waiter = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));
        scene.model.complete(lease, result, RETENTION);
        scene.platform.pass(Duration.ofMillis(500));

        Expect.replayed(waiter.result(), "theirs");
    }

    @Test
    void A09_whoeverRejectsWatchesNothing() {
        scene.held(KEY, INPUT);
        var rejected = scene.start(() -> executor.execute(Scene.rejecting(), work));

        assertThat(rejected.result()).isInstanceOf(Outcome.InProgress.class);
        assertThat(store.signals).isEmpty();
    }

    @Test
    void A09_aWaiterWhoseTimeIsOverEndsItsWatch() {
        scene.held(KEY, INPUT);
        var waiter = scene.start(() -> executor.execute(Scene.waiting(Duration.ofMillis(100)), work));
        scene.platform.pass(Duration.ofMillis(200));

        assertThat(waiter.result()).isInstanceOf(Outcome.InProgress.class);
        assertThat(store.ended).isEqualTo(1);
    }
}
