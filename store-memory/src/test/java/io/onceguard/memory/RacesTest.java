package io.onceguard.memory;

import static io.onceguard.memory.Attempts.LEASE;
import static io.onceguard.memory.Attempts.RETENTION;
import static io.onceguard.memory.Attempts.acquire;
import static io.onceguard.memory.Attempts.bytes;
import static io.onceguard.memory.Attempts.granted;
import static io.onceguard.memory.Attempts.key;
import static io.onceguard.memory.Attempts.request;
import static io.onceguard.memory.Attempts.takeover;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Eight threads meet on one key, 10,000 times over. */
class RacesTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = 10_000;

    private final TestClock clock = new TestClock();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void A07_ofEightAttemptsOnAFreshKeyExactlyOneAcquiresIt() throws Exception {
        InMemoryIdempotencyStore store = store(1 << 20);

        List<List<AcquireResult>> rounds = race(round -> store.acquire(request(key(round))), round -> {});

        assertThat(rounds).hasSize(ROUNDS).allSatisfy(RacesTest::oneIsGranted);
    }

    @Test
    void B03_ofEightTakeoversOfAnEndedLeaseExactlyOneWins() throws Exception {
        InMemoryIdempotencyStore store = store(1 << 20);

        List<List<AcquireResult>> rounds = race(round -> store.acquire(takeover(key(round))), round -> {
            acquire(store, key(round));
            clock.advance(LEASE);
        });

        assertThat(rounds).hasSize(ROUNDS).allSatisfy(answers -> {
            oneIsGranted(answers);
            assertThat(winnerOf(answers).number()).isEqualTo(2);
        });
    }

    @Test
    void C02_eightThreadsThatFillTheStoreAllSeeOneResultOrItsMarker() throws Exception {
        InMemoryIdempotencyStore store = store(20L * (1024 + Entry.RESULT_OVERHEAD));

        List<List<AcquireResult>> rounds = race(
                round -> {
                    AcquireResult answer = store.acquire(request(key(round)));
                    if (answer instanceof Acquired acquired) {
                        store.complete(acquired.lease(), bytes(1024), RETENTION);
                        store.complete(acquire(store, key(-1L - round)), bytes(1024), RETENTION);
                    }
                    return answer;
                },
                round -> {});

        assertThat(rounds).hasSize(ROUNDS).allSatisfy(RacesTest::oneIsGranted);
        long kept = 0;
        for (long i = -ROUNDS; i < ROUNDS; i++) {
            var record = store.find(key(i)).orElseThrow();
            assertThat(record.state()).isEqualTo(RecordState.COMPLETED);
            kept += StoredResult.EVICTED.equals(record.result()) ? 0 : 1;
        }
        assertThat(kept).isEqualTo(20);
    }

    private InMemoryIdempotencyStore store(long maxResultBytes) {
        return InMemoryIdempotencyStore.builder()
                .maxResultBytes(maxResultBytes)
                .ticker(clock::read)
                .build();
    }

    /** Lets all threads do the step of a round at the same moment; returns their answers by round. */
    private List<List<AcquireResult>> race(IntFunction<AcquireResult> step, Preparation preparation) throws Exception {
        List<List<AcquireResult>> rounds = new ArrayList<>();
        int[] round = {0};
        CyclicBarrier start = new CyclicBarrier(THREADS, () -> preparation.prepare(round[0]++));
        List<Future<List<AcquireResult>>> answers = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            answers.add(threads.submit(() -> {
                List<AcquireResult> own = new ArrayList<>();
                for (int i = 0; i < ROUNDS; i++) {
                    // A thread that failed never comes; the others then give up instead of waiting for it.
                    start.await(60, TimeUnit.SECONDS);
                    own.add(step.apply(i));
                }
                return own;
            }));
        }
        for (int i = 0; i < ROUNDS; i++) {
            rounds.add(new ArrayList<>());
        }
        for (Future<List<AcquireResult>> own : answers) {
            List<AcquireResult> results = own.get();
            for (int i = 0; i < ROUNDS; i++) {
                rounds.get(i).add(results.get(i));
            }
        }
        return rounds;
    }

    private interface Preparation {
        void prepare(int round);
    }

    private static void oneIsGranted(List<AcquireResult> answers) {
        assertThat(answers).hasSize(THREADS);
        assertThat(answers.stream().filter(Acquired.class::isInstance)).hasSize(1);
    }

    private static Lease winnerOf(List<AcquireResult> answers) {
        return granted(
                answers.stream().filter(Acquired.class::isInstance).findFirst().orElseThrow());
    }
}
