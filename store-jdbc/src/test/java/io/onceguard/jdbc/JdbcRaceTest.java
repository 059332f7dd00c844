package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sixteen racers for each key, over many keys; what the statements did on the way is counted. */
class JdbcRaceTest {

    private static final int RACERS = 16;
    private static final int KEYS = 2_000;
    private static final int TAKEOVERS = 500;
    private static final int FORMER = 200;

    private final StatementCounter counter = new StatementCounter();
    private final Map<PreviousAttempt, AtomicInteger> before = new ConcurrentHashMap<>();
    private final AtomicInteger granted = new AtomicInteger();
    private final AtomicInteger rejected = new AtomicInteger();
    private final AtomicInteger replayed = new AtomicInteger();

    /** Lets all racers meet at each key, and the winner complete. Returns how many won each key. */
    private List<AtomicInteger> race(
            JdbcIdempotencyStore store, List<RecordId> ids, Function<RecordId, AcquireRequest> request)
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

    private static void assertEachCompletedOnce(
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

    private static List<RecordId> newIds(int count) {
        return IntStream.range(0, count).mapToObj(i -> Requests.newId()).toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2_MEMORY", "H2_FILE", "POSTGRESQL"})
    void B03_twoThousandKeysAndSixteenRacers(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), RACERS, Session.DEFAULT)) {
            JdbcIdempotencyStore store = Requests.builder(counter.in(pool), TestDatabase.newTable(pool))
                    .build();
            List<RecordId> ids = newIds(KEYS);
            counter.finds.set(0);

            List<AtomicInteger> winners = race(store, ids, Requests::request);

            int lookedUp = counter.finds.get();
            assertEachCompletedOnce(store, ids, winners, 1);
            assertThat(granted).hasValue(KEYS);
            assertThat(rejected).as("rejections").hasPositiveValue();
            assertThat(replayed).as("replays").hasPositiveValue();
            assertThat(lookedUp)
                    .as("acquires that got no row, and looked again")
                    .isPositive();
            if (database == TestDatabase.H2_MEMORY) {
                assertThat(counter.failures).as("inserts that met another").hasPositiveValue();
            } else if (database == TestDatabase.H2_FILE) {
                assertThat(counter.failures).as("statements take turns").hasValue(0);
            } else {
                assertThat(rejected.get() + replayed.get() - lookedUp)
                        .as("refusals that the acquire itself answered")
                        .isPositive();
                assertThat(counter.failures).as("failed statements").hasValue(0);
            }
        }
    }

    /** In turn: abandoned, on hold, released, expired; each branch of the statement is met by a quarter of the keys. */
    private static void givenFormerAttempts(
            JdbcIdempotencyStore store, List<RecordId> ids, HikariDataSource pool, String table) {
        for (int i = 0; i < ids.size(); i++) {
            Lease lease = Requests.acquire(store, ids.get(i));
            switch (i % 4) {
                case 0 -> TestDatabase.execute(pool, "UPDATE " + table + " SET lease_end = 0 WHERE state = 1");
                case 1 -> store.hold(lease);
                case 2 -> store.release(lease);
                default -> {
                    store.complete(lease, Requests.RESULT, Requests.RETENTION);
                    TestDatabase.execute(pool, "UPDATE " + table + " SET expiry = 1 WHERE state = 4");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2_MEMORY", "H2_FILE", "POSTGRESQL"})
    void B03_formerAttemptsOfEachKindAndSixteenRacers(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), RACERS, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store =
                    Requests.builder(counter.in(pool), table).build();
            List<RecordId> ids = newIds(FORMER);
            givenFormerAttempts(store, ids, pool, table);

            List<AtomicInteger> winners = race(store, ids, Requests::takeover);

            for (int i = 0; i < ids.size(); i++) {
                assertEachCompletedOnce(store, ids.subList(i, i + 1), winners.subList(i, i + 1), i % 4 == 3 ? 1 : 2);
            }
            assertThat(before.keySet()).containsExactlyInAnyOrder(PreviousAttempt.values());
            assertThat(before.values()).allSatisfy(count -> assertThat(count).hasValue(FORMER / 4));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2_MEMORY", "H2_FILE", "POSTGRESQL"})
    void B03_fiveHundredTakeoversAndSixteenRacers(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), RACERS, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store =
                    Requests.builder(counter.in(pool), table).build();
            List<RecordId> ids = newIds(TAKEOVERS);
            store.acquireAll(ids.stream()
                    .map(id -> Requests.request(id, Duration.ofMillis(1)))
                    .toList());
            TestDatabase.execute(pool, "UPDATE " + table + " SET lease_end = 0");
            counter.finds.set(0);

            List<AtomicInteger> winners = race(store, ids, Requests::takeover);

            int lookedUp = counter.finds.get();
            assertEachCompletedOnce(store, ids, winners, 2);
            assertThat(lookedUp)
                    .as("takeovers that came too late, and looked again")
                    .isPositive();
        }
    }
}
