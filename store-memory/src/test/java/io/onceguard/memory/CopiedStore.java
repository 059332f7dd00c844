package io.onceguard.memory;

import static io.onceguard.spi.RecordState.ABANDONED;
import static io.onceguard.spi.RecordState.COMPLETED;
import static io.onceguard.spi.RecordState.HELD;
import static io.onceguard.spi.RecordState.IN_PROGRESS;
import static io.onceguard.spi.RecordState.RELEASED;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory store copied without what makes its steps atomic, and with one fault, to show that the tests find it. For
 * one thread it is right without a fault; between threads every step is a look and a write, with a gap.
 */
final class CopiedStore implements IdempotencyStore {

    /** What is wrong. */
    enum Fault {
        NONE,
        LEASE_END_BELONGS_TO_THE_LEASE,
        RELEASED_ATTEMPT_COMES_BACK,
        HELD_ATTEMPT_TAKES_ITSELF_OVER,
        TAKEOVER_IGNORES_FINGERPRINT,
        REPEATED_ACQUIRE_DRAWS_A_TOKEN,
        TOKENS_START_OVER_AFTER_DELETION,
        RELEASE_FORGETS_THE_NUMBER,
        RENEWAL_KEEPS_THE_RETENTION,
        LATE_COMPLETION_REFUSED,
        SECOND_COMPLETION_OVERWRITES,
        RETENTION_FROM_ACQUIRE,
        HOLD_KEEPS_THE_LEASE,
        RESOLVE_KEEPS_THE_OWNER,
        RESOLVE_OF_A_LIVE_LEASE,
        DELETE_IGNORES_THE_TOKEN
    }

    private final Map<RecordId, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong lastToken = new AtomicLong();
    private final LongSupplier ticker;
    private final Fault fault;

    CopiedStore(LongSupplier ticker, Fault fault) {
        this.ticker = ticker;
        this.fault = fault;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        long now = ticker.getAsLong();
        Entry live = live(request.id(), now);
        if (live != null && !grants(live, request, now)) {
            return live.refused(now);
        }
        boolean own = live != null && live.isOwnedBy(request.attemptId()) && live.state() != HELD;
        boolean renews = own && fault != Fault.REPEATED_ACQUIRE_DRAWS_A_TOKEN;
        boolean forgets = live != null && live.state() == RELEASED && fault == Fault.RELEASE_FORGETS_THE_NUMBER;
        Entry granted = renews
                ? live.renewed(request.lease(), request.retention(), now)
                : Entry.granted(request, forgets ? null : live, nextToken(live), now);
        entries.put(request.id(), granted);
        return granted.acquired(request);
    }

    private boolean grants(Entry live, AcquireRequest request, long now) {
        boolean own = live.isOwnedBy(request.attemptId());
        Takeover takeover = request.takeover();
        return switch (fault) {
            case LEASE_END_BELONGS_TO_THE_LEASE -> live.grants(request, now - 1);
            case RELEASED_ATTEMPT_COMES_BACK -> live.grants(request, now) || (own && live.state() == RELEASED);
            case HELD_ATTEMPT_TAKES_ITSELF_OVER ->
                live.grants(request, now)
                        || (own && live.state() == HELD && takeover.kind() == Takeover.Kind.SAME_FINGERPRINT);
            case TAKEOVER_IGNORES_FINGERPRINT ->
                live.grants(request, now)
                        || (takeover.kind() == Takeover.Kind.SAME_FINGERPRINT
                                && live.grants(
                                        request.withTakeover(
                                                Takeover.ofToken(live.attempt().token())),
                                        now));
            default -> live.grants(request, now);
        };
    }

    private long nextToken(@Nullable Entry live) {
        return live == null && fault == Fault.TOKENS_START_OVER_AFTER_DELETION ? 1 : lastToken.incrementAndGet();
    }

    @Override
    public boolean renew(Lease lease) {
        return step(lease.id(), (entry, now) -> {
            Retention kept = fault == Fault.RENEWAL_KEEPS_THE_RETENTION ? entry.retention() : lease.retention();
            boolean holds = entry.isOwnedBy(lease.attemptId()) && entry.state() == IN_PROGRESS;
            return holds ? entry.renewed(lease.duration(), kept, now) : null;
        });
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return step(lease.id(), (entry, now) -> {
            if (!entry.isOwnedBy(lease.attemptId())) {
                return null;
            }
            RecordState state = fault == Fault.LATE_COMPLETION_REFUSED ? entry.stateAt(now) : entry.state();
            long from = fault == Fault.RETENTION_FROM_ACQUIRE ? entry.since() : now;
            return switch (state) {
                case IN_PROGRESS -> entry.completed(result, retention, from);
                case COMPLETED ->
                    fault == Fault.SECOND_COMPLETION_OVERWRITES ? entry.completed(result, retention, now) : entry;
                default -> null;
            };
        });
    }

    @Override
    public boolean release(Lease lease) {
        return end(lease, RELEASED);
    }

    @Override
    public boolean hold(Lease lease) {
        return end(lease, HELD);
    }

    private boolean end(Lease lease, RecordState how) {
        return step(lease.id(), (entry, now) -> {
            if (!entry.isOwnedBy(lease.attemptId())) {
                return null;
            }
            if (entry.state() == how) {
                return entry;
            }
            boolean keeps = how == HELD && fault == Fault.HOLD_KEEPS_THE_LEASE;
            return entry.state() == IN_PROGRESS ? entry.ended(how, lease.retention(), keeps ? entry.end() : now) : null;
        });
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return step(id, (entry, now) -> {
            RecordState state = entry.stateAt(now);
            boolean open = state == ABANDONED
                    || state == HELD
                    || (state == IN_PROGRESS && fault == Fault.RESOLVE_OF_A_LIVE_LEASE);
            if (!open || entry.attempt().token() != expectedToken) {
                return null;
            }
            return fault == Fault.RESOLVE_KEEPS_THE_OWNER
                    ? entry.completed(result, retention, now)
                    : entry.resolved(result, retention, now);
        });
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        Entry live = live(id, ticker.getAsLong());
        boolean fits =
                live != null && (live.attempt().token() == expectedToken || fault == Fault.DELETE_IGNORES_THE_TOKEN);
        if (fits) {
            entries.remove(id);
        }
        return fits;
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        long now = ticker.getAsLong();
        return Optional.ofNullable(live(id, now)).map(entry -> entry.view(now));
    }

    private interface Rule {
        @Nullable
        Entry apply(Entry entry, long now);
    }

    private boolean step(RecordId id, Rule rule) {
        long now = ticker.getAsLong();
        Entry live = live(id, now);
        Entry next = live == null ? null : rule.apply(live, now);
        if (next != null) {
            entries.put(id, next);
        }
        return next != null;
    }

    private @Nullable Entry live(RecordId id, long now) {
        Entry entry = entries.get(id);
        return entry == null || entry.isExpired(now) ? null : entry;
    }
}
