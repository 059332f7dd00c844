package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.StoreHarness;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sixteen racers for each key, over many keys; what the statements did on the way is counted. */
class JdbcRaceTest {

    private static final int KEYS = 2_000;
    private static final int TAKEOVERS = 500;
    private static final int FORMER = 200;

    private final StatementCounter counter = new StatementCounter();
    private final Race race = new Race();

    /** The same server once more: few keys but in the soak. */
    private static int fewer(TestDatabase database, int keys) {
        if (Boolean.getBoolean(StoreHarness.SOAK_PROPERTY) || !database.isMariaDb()) {
            return keys;
        }
        return database == TestDatabase.MYSQL_DRIVER ? keys / 10 : keys / 4;
    }

    @ParameterizedTest
    @EnumSource(names = {"H2_MEMORY", "H2_FILE", "POSTGRESQL", "MARIADB", "MYSQL_DRIVER"})
    void B03_twoThousandKeysAndSixteenRacers(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), Race.RACERS, Session.DEFAULT)) {
            JdbcIdempotencyStore store = Requests.builder(counter.in(pool), TestDatabase.newTable(pool))
                    .build();
            int keys = fewer(database, KEYS);
            List<RecordId> ids = Race.newIds(keys);
            counter.finds.set(0);
            counter.acquires.set(0);

            List<AtomicInteger> winners = race.run(store, ids, Requests::request);

            // On PostgreSQL a claim that got no row is followed by an acquire, which looks by itself.
            int lookedUp = database == TestDatabase.POSTGRESQL ? counter.acquires.get() : counter.finds.get();
            Race.assertEachCompletedOnce(store, ids, winners, 1);
            assertThat(race.granted).hasValue(keys);
            assertThat(race.rejected).as("rejections").hasPositiveValue();
            assertThat(race.replayed).as("replays").hasPositiveValue();
            if (database == TestDatabase.MARIADB) {
                assertThat(lookedUp).as("an acquire answers by itself").isZero();
            } else {
                assertThat(lookedUp)
                        .as("acquires that got no row, and looked again")
                        .isPositive();
            }
            if (database == TestDatabase.H2_MEMORY) {
                assertThat(counter.failures).as("inserts that met another").hasPositiveValue();
            } else if (database == TestDatabase.H2_FILE) {
                assertThat(counter.failures).as("statements take turns").hasValue(0);
            } else if (!database.isMariaDb()) { // which may end deadlocks, and runs the statement again
                assertThat(race.rejected.get() + race.replayed.get() - lookedUp)
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
    @EnumSource(names = {"H2_MEMORY", "H2_FILE", "POSTGRESQL", "MARIADB", "MYSQL_DRIVER"})
    void B03_formerAttemptsOfEachKindAndSixteenRacers(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), Race.RACERS, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store =
                    Requests.builder(counter.in(pool), table).build();
            List<RecordId> ids = Race.newIds(FORMER);
            givenFormerAttempts(store, ids, pool, table);

            List<AtomicInteger> winners = race.run(store, ids, Requests::takeover);

            for (int i = 0; i < ids.size(); i++) {
                Race.assertEachCompletedOnce(
                        store, ids.subList(i, i + 1), winners.subList(i, i + 1), i % 4 == 3 ? 1 : 2);
            }
            assertThat(race.before.keySet()).containsExactlyInAnyOrder(PreviousAttempt.values());
            assertThat(race.before.values())
                    .allSatisfy(count -> assertThat(count).hasValue(FORMER / 4));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2_MEMORY", "H2_FILE", "POSTGRESQL", "MARIADB", "MYSQL_DRIVER"})
    void B03_fiveHundredTakeoversAndSixteenRacers(TestDatabase database) throws Exception {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), Race.RACERS, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store =
                    Requests.builder(counter.in(pool), table).build();
            List<RecordId> ids = Race.newIds(fewer(database, TAKEOVERS));
            store.acquireAll(ids.stream()
                    .map(id -> Requests.request(id, Duration.ofMillis(1)))
                    .toList());
            TestDatabase.execute(pool, "UPDATE " + table + " SET lease_end = 0");
            counter.finds.set(0);

            List<AtomicInteger> winners = race.run(store, ids, Requests::takeover);

            int lookedUp = counter.finds.get();
            Race.assertEachCompletedOnce(store, ids, winners, 2);
            if (database == TestDatabase.MARIADB) {
                assertThat(lookedUp).as("an acquire answers by itself").isZero();
            } else {
                assertThat(lookedUp)
                        .as("takeovers that came too late, and looked again")
                        .isPositive();
            }
        }
    }
}
