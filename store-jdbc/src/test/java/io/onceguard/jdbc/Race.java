package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Sixteen racers for each key, and what they were told. */
final class Race {

    static final int RACERS = 16;

    final Map<PreviousAttempt, AtomicInteger> before = new ConcurrentHashMap<>();
    final AtomicInteger granted = new AtomicInteger();
    final AtomicInteger rejected = new AtomicInteger();
    final AtomicInteger replayed = new AtomicInteger();

    /** Lets all racers meet at each key, and the winner complete. Returns how many won each key. */
    List<AtomicInteger> run(JdbcIdempotencyStore store, List<RecordId> ids, Function<RecordId, AcquireRequest> request)
            throws Exception {
        List<AtomicInteger> winners =
                ids.stream().map(id -> new AtomicInteger()).toList();
        CyclicBarrier start = new CyclicBarrier(RACERS);
        Callable<Void> racer = () -> {
            for (int key = 0; key < ids.size(); key++) {
                AcquireRequest mine = request.apply(ids.get(key));
                start.await(60, TimeUnit.SECONDS);
                AcquireResult answer = store.acquire(mine);
                if (answer instanceof Acquired acquired) {
                    winners.get(key).incrementAndGet();
                    granted.incrementAndGet();
                    before.computeIfAbsent(acquired.previous(), p -> new AtomicInteger())
                            .incrementAndGet();
                    assertThat(store.acquire(mine)).as("asked again").isEqualTo(acquired);
                    assertThat(store.complete(acquired.lease(), Requests.RESULT, Requests.RETENTION))
                            .isTrue();
                } else {
                    assertThat(answer).isInstanceOfAny(Held.class, Completed.class);
                    (answer instanceof Held ? rejected : replayed).incrementAndGet();
                }
            }
            return null;
        };
        ExecutorService threads = Executors.newFixedThreadPool(RACERS);
        try {
            List<Future<Void>> racers = new ArrayList<>();
            for (int i = 0; i < RACERS; i++) {
                racers.add(threads.submit(racer));
            }
            for (Future<Void> one : racers) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return winners;
    }

    static void assertEachCompletedOnce(
            JdbcIdempotencyStore store, List<RecordId> ids, List<AtomicInteger> winners, int number) {
        assertThat(winners)
                .as("double or lost")
                .allSatisfy(count -> assertThat(count).hasValue(1));
        for (RecordId id : ids) {
            StoredRecord record = store.find(id).orElseThrow();
            assertThat(record.state()).isEqualTo(RecordState.COMPLETED);
            assertThat(record.number()).isEqualTo(number);
        }
    }

    static List<RecordId> newIds(int count) {
        return IntStream.range(0, count).mapToObj(i -> Requests.newId()).toList();
    }
}
