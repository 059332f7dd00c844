package io.onceguard.memory;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The attempts that the tests make: a lease of 30 s, a retention of one hour, a new attempt id each. */
final class Attempts {

    static final Duration LEASE = Duration.ofSeconds(30);
    static final Retention RETENTION = Retention.of(Duration.ofHours(1));
    static final StoredFingerprint FINGERPRINT = new StoredFingerprint("sha256", new byte[32]);

    private static final AtomicLong SEQUENCE = new AtomicLong();

    private Attempts() {}

    static RecordId key(long number) {
        return new RecordId("charge", "tenant-7", "order-" + number);
    }

    static AcquireRequest request(RecordId id) {
        return new AcquireRequest(
                id, FINGERPRINT, new AttemptId(1, SEQUENCE.incrementAndGet()), LEASE, RETENTION, Takeover.NEVER);
    }

    static AcquireRequest takeover(RecordId id) {
        return request(id).withTakeover(Takeover.SAME_FINGERPRINT);
    }

    static Lease acquire(IdempotencyStore store, RecordId id) {
        return granted(store.acquire(request(id)));
    }

    static Lease granted(AcquireResult result) {
        if (result instanceof Acquired acquired) {
            return acquired.lease();
        }
        throw new AssertionError("not granted: " + result);
    }

    static StoredResult bytes(int length) {
        return StoredResult.of(new byte[length]);
    }

    static void complete(IdempotencyStore store, RecordId id, StoredResult result) {
        if (!store.complete(acquire(store, id), result, RETENTION)) {
            throw new AssertionError("not completed: " + id);
        }
    }
}
