package io.onceguard.jdbc;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** The words in which the tests of this module speak to a store. */
final class Requests {

    static final Duration LEASE = Duration.ofHours(1);
    static final Retention RETENTION = Retention.of(Duration.ofHours(24));
    static final StoredFingerprint INPUT = new StoredFingerprint("sha-256", new byte[32]);
    static final StoredResult RESULT = StoredResult.of("the result".getBytes(StandardCharsets.UTF_8));

    private static final AtomicLong SEQUENCE = new AtomicLong();

    private Requests() {}

    static RecordId newId() {
        return new RecordId("charge", "tenant", "order-" + SEQUENCE.incrementAndGet());
    }

    static AcquireRequest request(RecordId id) {
        return request(id, LEASE);
    }

    static AcquireRequest request(RecordId id, Duration lease) {
        AttemptId attempt = new AttemptId(0x1234_5678_9ABC_DEF0L, SEQUENCE.incrementAndGet());
        return new AcquireRequest(id, INPUT, attempt, lease, RETENTION, Takeover.NEVER);
    }

    static AcquireRequest takeover(RecordId id) {
        return request(id).withTakeover(Takeover.SAME_FINGERPRINT);
    }

    static Lease acquire(IdempotencyStore store, RecordId id) {
        return ((Acquired) store.acquire(request(id))).lease();
    }

    static JdbcIdempotencyStoreBuilder builder(DataSource dataSource, String table) {
        return JdbcIdempotencyStore.builder(dataSource).table(table);
    }
}
