package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Lease;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A row may have been written after the statement that sees it had read the clock. */
class NewerRowTest {

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void R01_newerRowShowsNoMoreThanItsLeaseAndRetention(TestDatabase database) {
        try (HikariDataSource pool = TestDatabase.pool(database.newUrl(), 1, Session.DEFAULT)) {
            String table = TestDatabase.newTable(pool);
            JdbcIdempotencyStore store = Requests.builder(pool, table).build();
            Lease lease = Requests.acquire(store, Requests.newId());
            TestDatabase.execute(
                    pool,
                    "UPDATE " + table + " SET since = since + 3600000000, lease_end = lease_end + 3600000000,"
                            + " expiry = expiry + 3600000000");

            Held held = (Held) store.acquire(Requests.request(lease.id()));

            for (StoredRecord shown :
                    List.of(held.record(), store.find(lease.id()).orElseThrow())) {
                assertThat(shown.age()).isEqualTo(Duration.ZERO);
                assertThat(shown.leaseLeft()).isEqualTo(Requests.LEASE);
                assertThat(shown.retentionLeft().duration().orElseThrow()).isEqualTo(Duration.ofHours(25));
            }
        }
    }

    /** The moment at which the request arrived may be before the snapshot by as much as the server is behind. */
    @Test
    void R01_postgresqlReadsTheClockAfterTheSnapshot() {
        JdbcDialect dialect = JdbcDialect.postgresql();
        assertThat(List.of(
                        dialect.acquire(),
                        dialect.renew(),
                        dialect.finish(),
                        dialect.resolve(),
                        dialect.delete(),
                        dialect.find()))
                .allSatisfy(
                        sql -> assertThat(sql).contains("clock_timestamp()").doesNotContain("statement_timestamp()"));
    }
}
