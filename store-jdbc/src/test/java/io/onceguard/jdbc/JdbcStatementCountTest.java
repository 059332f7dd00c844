package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How many statements the driver is given. */
class JdbcStatementCountTest {

    private final StatementCounter counter = new StatementCounter();

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, false, 2, 1, 1",
        "POSTGRESQL, true,  3, 1, 1",
        "H2_MEMORY,  false, 3, 1, 1",
        "H2_MEMORY,  true,  3, 1, 1",
        "MARIADB, false, 3, 1, 1",
        "MARIADB, true,  4, 1, 1",
        "MYSQL_DRIVER, false, 4, 2, 2",
        "MYSQL_DRIVER, true,  5, 1, 1"
    })
    void D02_statementsOfAFirstExecutionAReplayAndARejection(
            TestDatabase database, boolean readFirst, int first, int replay, int rejection) {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT)) {
            JdbcIdempotencyStoreBuilder builder = Requests.builder(counter.in(pool), TestDatabase.newTable(pool));
            JdbcIdempotencyStore store = readFirst ? builder.readFirst().build() : builder.build();
            IdempotencyExecutor<String> charges = IdempotencyExecutor.atMostOnce("charge", ResultCodec.utf8(), store)
                    .build();
            IdempotencyKey key = IdempotencyKey.of("tenant", "order");
            Fingerprint input = Fingerprint.of("input");
            counter.since();

            Outcome<String> executed = charges.execute(key, input, () -> "receipt");
            assertThat(counter.since()).as("first execution").isEqualTo(first);
            Outcome<String> replayed = charges.execute(key, input, () -> "another");
            assertThat(counter.connections)
                    .as("one connection for the one call")
                    .hasValue(1);
            assertThat(counter.since()).as("replay").isEqualTo(replay);

            assertThat(executed.orElseThrow()).isEqualTo("receipt");
            assertThat(replayed).isInstanceOf(Outcome.Replayed.class);
            AcquireRequest held = Requests.request(Requests.newId());
            store.acquire(held);
            counter.since();
            assertThat(store.acquire(Requests.request(held.id()))).isInstanceOf(Held.class);
            assertThat(counter.since()).as("rejection").isEqualTo(rejection);
        }
    }

    /** Of a record of another node, one statement says that it is there, and one says what it is. */
    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "H2_MEMORY"})
    void D02_aRecordOfAnotherNodeTakesOneMoreWhereAllOthersWereNew(TestDatabase database) {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore other = Requests.builder(pool, table).build();
            List<RecordId> theirs = IntStream.range(0, 3)
                    .mapToObj(i -> Requests.acquire(other, Requests.newId()).id())
                    .toList();
            JdbcIdempotencyStore store =
                    Requests.builder(counter.in(pool), table).build();

            assertRejected(store, theirs.get(0), 1);
            for (int i = 0; i < 16; i++) {
                Requests.acquire(store, Requests.newId());
            }
            assertRejected(store, theirs.get(1), 2);
            assertRejected(store, theirs.get(1), 1);
            assertRejected(store, theirs.get(2), 1);
        }
    }

    private void assertRejected(JdbcIdempotencyStore store, RecordId id, int statements) {
        counter.since();
        assertThat(store.acquire(Requests.request(id))).isInstanceOf(Held.class);
        assertThat(counter.since()).isEqualTo(statements);
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void B17_batchIsOneStepOfManyRows(TestDatabase database) {
        int toTake = database == TestDatabase.MYSQL_DRIVER ? 2 : 1;
        int toWrite = database.isMariaDb() ? 2 : 1;
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 2, Session.DEFAULT)) {
            JdbcIdempotencyStore store = Requests.builder(counter.in(pool), TestDatabase.newTable(pool))
                    .build();
            List<AcquireRequest> requests = IntStream.range(0, 500)
                    .mapToObj(i -> Requests.request(Requests.newId()))
                    .toList();
            counter.since();

            List<Lease> leases = store.acquireAll(requests).stream()
                    .map(Answer::orElseThrow)
                    .map(answer -> ((Acquired) answer).lease())
                    .toList();
            assertThat(counter.since()).as("acquireAll").isEqualTo(toTake);
            assertThat(store.renewAll(leases)).hasSize(500);
            assertThat(counter.since()).as("renewAll").isEqualTo(toWrite);
            assertThat(store.releaseAll(leases.subList(0, 100))).hasSize(100);
            assertThat(counter.since()).as("releaseAll").isEqualTo(toWrite);
            assertThat(store.completeAll(leases.subList(100, 500).stream()
                            .map(lease -> new Completion(lease, Requests.RESULT, Requests.RETENTION))
                            .toList()))
                    .hasSize(400)
                    .allMatch(Answer::orElseThrow);
            assertThat(counter.since()).as("completeAll").isEqualTo(toWrite);
        }
    }
}
