package io.onceguard.testkit;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One thread of a fuzz run: calls verbs at random, its own and other clients' leases in hand, pauses here and there,
 * and in one of ten calls acts as if the reply was lost and asks again.
 */
final class FuzzClient {

    /** Sums of these never meet the end of a lease or of a record to within ten minutes of real time. */
    private static final Duration[] PASSES = {Duration.ofMinutes(30), Duration.ofMinutes(90), Duration.ofDays(2)};

    private static final Duration LEASE = Duration.ofMinutes(70);
    private static final Retention RETENTION = Retention.of(Duration.ofHours(20).plusMinutes(10));

    private final IdempotencyStore store;
    private final FuzzBoard board;
    private final Random random;
    private final TimeMachine time;
    private int results;

    /** Lets time pass for a record and writes it into the history. */
    interface TimeMachine {
        void pass(RecordId id, Duration duration);
    }

    FuzzClient(IdempotencyStore store, FuzzBoard board, Random random, TimeMachine time) {
        this.store = store;
        this.board = board;
        this.random = random;
        this.time = time;
    }

    /** Makes this many calls, give or take the size of a batch. */
    void run(int calls) {
        for (int made = 0; made < calls; ) {
            int key = board.anyKey(random);
            Runnable call = choose(key);
            call.run();
            made++;
            if (chance(10)) {
                call.run();
                made++;
            }
            pause();
        }
    }

    /** Lets others in between, so that the threads meet in ever new ways. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it
    private void pause() {
        for (int spins = chance(20) ? random.nextInt(2_000) : 0; spins > 0; spins--) {
            Thread.onSpinWait();
        }
        if (chance(20)) {
            Thread.yield();
        }
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private Runnable choose(int key) {
        int dice = random.nextInt(1_000);
        if (dice < 380) {
            return acquire(key, newRequest(key));
        } else if (dice < 430) {
            AcquireRequest old = board.oldRequest(key, random);
            return acquire(key, old == null ? newRequest(key) : old);
        } else if (dice < 740) {
            Lease lease = board.lease(key, random);
            return lease == null ? acquire(key, newRequest(key)) : write(lease, dice);
        } else if (dice < 800) {
            return operate(key, dice);
        } else if (dice < 880) {
            return () -> store.find(board.ids().get(key));
        } else if (dice < 960) {
            return batch(dice);
        } else if (dice < 970) {
            return () -> store.purgeExpired(1 + random.nextInt(20));
        }
        return () -> time.pass(board.ids().get(key), PASSES[dice < 980 ? 0 : dice < 997 ? 1 : 2]);
    }

    private AcquireRequest newRequest(int key) {
        Takeover leave = chance(20)
                ? Takeover.NEVER
                : chance(60) ? Takeover.SAME_FINGERPRINT : Takeover.ofToken(board.token(key) + (chance(10) ? 1 : 0));
        return new AcquireRequest(
                board.ids().get(key),
                chance(80) ? StoreRules.INPUT : StoreRules.OTHER_INPUT,
                StoreRules.newAttempt(),
                LEASE,
                RETENTION,
                leave);
    }

    private Runnable acquire(int key, AcquireRequest request) {
        return () -> board.heard(key, request, store.acquire(request));
    }

    private Runnable write(Lease lease, int dice) {
        if (dice < 530) {
            return () -> store.renew(lease);
        } else if (dice < 630) {
            StoredResult result = newResult();
            Retention retention = newRetention();
            return () -> store.complete(lease, result, retention);
        } else if (dice < 700) {
            return () -> store.release(lease);
        }
        return () -> store.hold(lease);
    }

    private Runnable operate(int key, int dice) {
        int off = chance(10) ? 1 : 0;
        if (dice < 765) {
            int left = unresolvedOr(key);
            StoredResult result = newResult();
            Retention retention = newRetention();
            return () -> store.resolve(board.ids().get(left), board.token(left) - off, result, retention);
        }
        RecordId id = board.ids().get(key);
        long token = board.token(key) - off;
        return () -> store.delete(id, token);
    }

    /** Looks at some keys, as an operator would, for a record that its last attempt left without an end. */
    private int unresolvedOr(int otherwise) {
        for (int looks = 0; looks < 5; looks++) {
            int key = board.anyKey(random);
            StoredRecord record = store.find(board.ids().get(key)).orElse(null);
            if (record != null && (record.state() == RecordState.HELD || record.state() == RecordState.ABANDONED)) {
                return key;
            }
        }
        return otherwise;
    }

    private Runnable batch(int dice) {
        List<Integer> keys = board.someKeys(random);
        if (dice < 900) {
            List<AcquireRequest> requests = keys.stream().map(this::newRequest).toList();
            return () -> {
                List<Answer<AcquireResult>> answers = store.acquireAll(requests);
                IntStream.range(0, keys.size())
                        .forEach(i -> board.heard(
                                keys.get(i), requests.get(i), answers.get(i).orElseThrow()));
            };
        }
        List<Lease> leases = keys.stream()
                .flatMap(key -> Stream.ofNullable(board.lease(key, random)))
                .toList();
        if (dice < 920) {
            return () -> store.renewAll(leases);
        } else if (dice < 940) {
            List<Completion> completions = leases.stream()
                    .map(lease -> new Completion(lease, newResult(), newRetention()))
                    .toList();
            return () -> store.completeAll(completions);
        }
        return dice % 2 == 0 ? () -> store.releaseAll(leases) : () -> store.holdAll(leases);
    }

    /** No two are equal, so that a replay shows which completion it saw. */
    private StoredResult newResult() {
        return StoredResult.of(StoreRules.bytes(random.nextLong() + "-" + results++));
    }

    private Retention newRetention() {
        return chance(5) ? Retention.forever() : RETENTION;
    }
}
