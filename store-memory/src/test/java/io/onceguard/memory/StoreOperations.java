package io.onceguard.memory;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * What threads may do with one record, in a form that Lincheck drives: three attempts, one of which never takes
 * over, an operator on each thread, and the ends of leases and retentions. The answers are text without tokens, which are each store's own choice.
 */
public abstract class StoreOperations {

    private static final RecordId ID = new RecordId("charge", "tenant-7", "order-42");
    private static final StoredFingerprint FINGERPRINT = new StoredFingerprint("sha256", new byte[32]);
    private static final Duration LEASE = Duration.ofMillis(2);
    private static final Retention RETENTION = Retention.of(Duration.ofMillis(4));
    private static final int NEVER_TAKES_OVER = 3;
    private static final int THREADS = 3;

    /** A field and no AtomicLong: Lincheck changes threads where our own fields are read, not within the JDK. */
    private volatile long clock;

    private final long[] seen = new long[THREADS];
    private final IdempotencyStore store;

    StoreOperations(Function<LongSupplier, IdempotencyStore> maker) {
        store = maker.apply(() -> clock);
    }

    /** The first attempt begins before the threads do. */
    final void begun() {
        store.acquire(request(1));
    }

    @Operation
    public final synchronized void timePasses() {
        clock += LEASE.toNanos() / 2;
    }

    @Operation
    public final synchronized void leaseEnds() {
        clock += LEASE.toNanos();
    }

    @Operation
    public final String acquire(@Param(gen = IntGen.class, conf = "1:3") int attempt) {
        AcquireResult result = store.acquire(request(attempt));
        if (result instanceof AcquireResult.Acquired acquired) {
            return "attempt " + acquired.lease().number() + " after " + acquired.previous();
        }
        return result.getClass().getSimpleName() + " by " + text(((AcquireResult.Refused) result).record());
    }

    @Operation
    public final boolean renew(@Param(gen = IntGen.class, conf = "1:2") int attempt) {
        return store.renew(lease(attempt));
    }

    @Operation
    public final boolean complete(@Param(gen = IntGen.class, conf = "1:2") int attempt) {
        return store.complete(lease(attempt), StoredResult.of(new byte[attempt]), RETENTION);
    }

    @Operation
    public final boolean release(@Param(gen = IntGen.class, conf = "1:2") int attempt) {
        return store.release(lease(attempt));
    }

    @Operation
    public final boolean hold(@Param(gen = IntGen.class, conf = "1:2") int attempt) {
        return store.hold(lease(attempt));
    }

    /** The operator of this thread remembers the token. */
    @Operation
    public final String find(@Param(gen = ThreadIdGen.class) int thread) {
        StoredRecord record = store.find(ID).orElse(null);
        seen[thread] = record == null ? 0 : record.token();
        return record == null ? "nothing" : text(record);
    }

    @Operation
    public final boolean delete(@Param(gen = ThreadIdGen.class) int thread) {
        return store.delete(ID, seen[thread]);
    }

    @Operation
    public final boolean resolve(@Param(gen = ThreadIdGen.class) int thread) {
        return store.resolve(ID, seen[thread], StoredResult.of(new byte[0]), RETENTION);
    }

    private static AcquireRequest request(int attempt) {
        Takeover leave = attempt == NEVER_TAKES_OVER ? Takeover.NEVER : Takeover.SAME_FINGERPRINT;
        return new AcquireRequest(ID, FINGERPRINT, new AttemptId(1, attempt), LEASE, RETENTION, leave);
    }

    private static Lease lease(int attempt) {
        return new Lease(ID, new AttemptId(1, attempt), 0, 0, LEASE, RETENTION);
    }

    private static String text(StoredRecord record) {
        return record.state() + " " + record.number() + " " + record.age() + " " + record.leaseLeft() + " "
                + record.retentionLeft() + " " + record.result();
    }
}
