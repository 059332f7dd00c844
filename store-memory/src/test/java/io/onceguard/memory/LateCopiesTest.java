package io.onceguard.memory;

import static io.onceguard.memory.Attempts.RETENTION;
import static io.onceguard.memory.Attempts.acquire;
import static io.onceguard.memory.Attempts.bytes;
import static io.onceguard.memory.Attempts.granted;
import static io.onceguard.memory.Attempts.key;
import static io.onceguard.memory.Attempts.request;
import static io.onceguard.memory.Attempts.takeover;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.AcquireResult.Refused;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.Takeover;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** B06 and B15: calls that come again, come late, or come from nobody who has a say. */
class LateCopiesTest {

    private final TestClock clock = new TestClock();
    private final InMemoryIdempotencyStore store =
            InMemoryIdempotencyStore.builder().ticker(clock::read).build();

    @Test
    void B06_aRepeatedAcquireKeepsNumberTokenAndPreviousAndStartsTheLeaseAnew() {
        store.release(acquire(store, key(1)));
        AcquireRequest request = request(key(1));
        AcquireResult first = store.acquire(request);
        clock.advance(Attempts.LEASE.plusSeconds(1));

        AcquireResult again = store.acquire(request);

        assertThat(again).isEqualTo(first);
        assertThat(((Acquired) again).previous()).isEqualTo(PreviousAttempt.RELEASED);
        assertThat(store.find(key(1)).orElseThrow().leaseLeft()).isEqualTo(Attempts.LEASE);
    }

    @Test
    void B06_aLateCopyOfAnAcquireNeverBringsAnAttemptBackThatGaveTheRecordUp() {
        AcquireRequest released = takeover(key(1));
        store.release(granted(store.acquire(released)));
        AcquireRequest held = takeover(key(2));
        store.hold(granted(store.acquire(held)));

        AcquireResult afterRelease = store.acquire(released);
        AcquireResult afterHold = store.acquire(held);

        assertThat(afterRelease).isInstanceOf(Held.class);
        assertThat(((Refused) afterRelease).record().state()).isEqualTo(RecordState.RELEASED);
        assertThat(afterHold).isInstanceOf(Abandoned.class);
        assertThat(((Refused) afterHold).record().state()).isEqualTo(RecordState.HELD);
    }

    @Test
    void B06_eachWriteCanBeRepeatedAndNoneFollowsAnother() {
        onlyRepeatable(1, lease -> store.complete(lease, bytes(1), RETENTION));
        onlyRepeatable(2, store::release);
        onlyRepeatable(3, store::hold);
    }

    private void onlyRepeatable(long number, Predicate<Lease> end) {
        Lease lease = acquire(store, key(number));
        assertThat(end.test(lease)).isTrue();
        StoredRecord ended = store.find(key(number)).orElseThrow();

        assertThat(end.test(lease)).isTrue();
        boolean completed = ended.state() == RecordState.COMPLETED;
        assertThat(store.complete(lease, bytes(2), RETENTION)).isEqualTo(completed);
        assertThat(store.release(lease)).isEqualTo(ended.state() == RecordState.RELEASED);
        assertThat(store.hold(lease)).isEqualTo(ended.state() == RecordState.HELD);
        assertThat(store.renew(lease)).isFalse();
        assertThat(store.find(key(number))).contains(ended);
    }

    @Test
    void B15_resolveTakesTheRecordFromTheLateAttempt() {
        Lease late = acquire(store, key(1));
        assertThat(store.resolve(key(1), late.token(), bytes(7), RETENTION)).isFalse();
        clock.advance(Attempts.LEASE);
        assertThat(store.resolve(key(1), late.token() + 1, bytes(7), RETENTION)).isFalse();

        assertThat(store.resolve(key(1), late.token(), bytes(7), RETENTION)).isTrue();

        StoredRecord resolved = store.find(key(1)).orElseThrow();
        assertThat(resolved.state()).isEqualTo(RecordState.COMPLETED);
        assertThat(resolved.token()).isEqualTo(late.token());
        assertThat(store.complete(late, bytes(9), RETENTION)).isFalse();
        assertThat(store.release(late)).isFalse();
        assertThat(store.hold(late)).isFalse();
        assertThat(store.renew(late)).isFalse();
        assertThat(store.resolve(key(1), late.token(), bytes(9), RETENTION)).isFalse();
        assertThat(store.find(key(1))).contains(resolved);
    }

    @Test
    void B15_aHeldRecordLeavesByTakeoverOrResolveOnly() {
        Lease lease = acquire(store, key(1));
        store.hold(lease);

        assertThat(store.acquire(request(key(1)))).isInstanceOf(Abandoned.class);
        assertThat(store.acquire(request(key(1)).withTakeover(Takeover.ofToken(lease.token() + 1))))
                .isInstanceOf(Abandoned.class);
        AcquireResult taken = store.acquire(request(key(1)).withTakeover(Takeover.ofToken(lease.token())));

        assertThat(((Acquired) taken).previous()).isEqualTo(PreviousAttempt.HELD);
        assertThat(granted(taken).number()).isEqualTo(2);
        assertThat(granted(taken).token()).isGreaterThan(lease.token());
    }

    @Test
    void B15_deletionOfALiveRecordMakesItsOwnersWritesStale() {
        Lease lease = acquire(store, key(1));
        assertThat(store.delete(key(1), lease.token() + 1)).isFalse();

        assertThat(store.delete(key(1), lease.token())).isTrue();

        assertThat(store.delete(key(1), lease.token())).isFalse();
        assertThat(store.complete(lease, bytes(1), RETENTION)).isFalse();
        assertThat(store.find(key(1))).isEmpty();
        Lease fresh = acquire(store, key(1));
        assertThat(fresh.number()).isEqualTo(1);
        assertThat(fresh.token()).isGreaterThan(lease.token());
    }
}
