package io.onceguard;

import io.onceguard.ModelStore.Row;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.util.Objects;

/**
 * The rules of the protocol, checked at each step of the store: what was asked, the row before and after, the answer.
 * Knows the protocol from its description only; it shares no code with the model store.
 */
final class SimRules {

    private final SimScheduler scheduler;
    private final boolean checking;

    SimRules(SimScheduler scheduler, boolean checking) {
        this.scheduler = scheduler;
        this.checking = checking;
    }

    // ---- acquire

    void acquire(SimRecord record, AcquireRequest request, AcquireResult answer, Row after) {
        Row before = record.live(scheduler.now());
        if (answer instanceof AcquireResult.Acquired acquired) {
            granted(record, request, acquired.lease(), after);
        } else {
            refused(before, request, (AcquireResult.Refused) answer, after);
        }
        record.last = after;
    }

    private void granted(SimRecord record, AcquireRequest request, Lease lease, Row after) {
        long now = scheduler.now();
        Row before = record.live(now);
        boolean again = before != null
                && before.state() == RecordState.IN_PROGRESS
                && request.attemptId().equals(before.attemptId());
        if (again) {
            check(lease.token() == before.token(), 3, "a repeated acquire keeps its token");
            check(lease.number() == before.number(), 3, "a repeated acquire keeps its number");
        } else {
            check(lease.token() > record.highestToken, 7, "tokens increase");
            check(lease.number() == (before == null ? 1 : before.number() + 1), 6, "numbers go on");
            mayBeGranted(before, request);
            startsAttempt(record, lease);
        }
        record.highestToken = Math.max(record.highestToken, lease.token());
        record.keptUntil = later(now + request.lease().toNanos(), request.retention());
        check(after != null && request.attemptId().equals(after.attemptId()), 4, "the grant is the attempt's");
        check(after == null || after.state() == RecordState.IN_PROGRESS, 4, "the grant is in progress");
        check(after == null || after.token() == lease.token(), 7, "the row has the token of the grant");
        check(
                after == null || after.leaseEnd() == now + request.lease().toNanos(),
                1,
                "the lease lasts as long as was asked");
        check(after == null || after.expiry() == record.keptUntil, 8, "a record outlives its lease by the retention");
    }

    /** A life ends with the record's time or by an operator, whatever a faulty store makes of it. */
    private void startsAttempt(SimRecord record, Lease lease) {
        if (record.lives.isEmpty() || record.removed || record.keptUntil <= scheduler.now()) {
            record.lives.add(new SimRecord.Life());
            record.removed = false;
        } else if (record.last != null && record.last.state() != RecordState.RELEASED) {
            record.life().takeovers++;
        }
        record.lifeOfToken.put(lease.token(), record.life());
    }

    private void mayBeGranted(Row before, AcquireRequest request) {
        if (before == null) {
            return;
        }
        switch (before.state()) {
            case COMPLETED -> check(false, 5, "a completed record is not granted");
            case RELEASED ->
                check(!request.attemptId().equals(before.attemptId()), 3, "an attempt that released is over");
            case IN_PROGRESS -> {
                check(before.leaseEnd() <= scheduler.now(), 4, "a live lease is granted to nobody else");
                check(mayTakeOver(before, request.takeover(), request), 6, "a takeover needs leave");
            }
            default -> {
                check(!request.attemptId().equals(before.attemptId()), 3, "an attempt that was put on hold is over");
                check(mayTakeOver(before, request.takeover(), request), 6, "a takeover needs leave");
            }
        }
    }

    private static boolean mayTakeOver(Row before, Takeover leave, AcquireRequest request) {
        return switch (leave.kind()) {
            case NEVER -> false;
            case SAME_FINGERPRINT -> before.fingerprint().equals(request.fingerprint());
            case OF_TOKEN -> before.token() == leave.token();
        };
    }

    private void refused(Row before, AcquireRequest request, AcquireResult.Refused answer, Row after) {
        unchanged(before, after, 4);
        if (!check(before != null, 4, "a free record is granted") || before == null) {
            return;
        }
        boolean own = request.attemptId().equals(before.attemptId());
        boolean running = before.state() == RecordState.IN_PROGRESS;
        check(!(own && running), 3, "a repeated acquire is granted again");
        check(own || before.state() != RecordState.RELEASED, 4, "a released record is granted");
        boolean live = running && before.leaseEnd() > scheduler.now();
        if (answer instanceof AcquireResult.Completed completed) {
            check(before.state() == RecordState.COMPLETED, 5, "only a completed record is called so");
            check(Objects.equals(before.result(), completed.record().result()), 5, "replays see the stored bytes");
        } else if (answer instanceof AcquireResult.Abandoned) {
            check(!live && before.state() != RecordState.COMPLETED, 6, "only an ended lease is called abandoned");
            check(own || !mayTakeOver(before, request.takeover(), request), 6, "who may take over does");
        } else {
            check(live || before.state() == RecordState.RELEASED, 4, "only a live lease is called held");
        }
        check(
                before.fingerprint().equals(answer.record().fingerprint()),
                4,
                "a refusal carries the stored fingerprint");
    }

    // ---- the attempt's writes

    /** A write of an attempt: which verb it is shows in the state that it leads to; renew leads to IN_PROGRESS. */
    void write(SimRecord record, RecordState end, Lease lease, boolean answer, Row after) {
        Row before = record.live(scheduler.now());
        boolean own = before != null && lease.attemptId().equals(before.attemptId());
        if (!own) {
            check(!answer, 2, "a write by another attempt says so");
            unchanged(before, after, 2);
        } else if (before.state() != RecordState.IN_PROGRESS) {
            check(answer == (before.state() == end), 3, "a repeated write gives the same answer");
            unchanged(before, after, before.state() == RecordState.COMPLETED ? 5 : 3);
        } else {
            check(answer, 6, "the owner's write is accepted, even after its lease");
            check(after != null && after.state() == end, 1, "the write leads to " + end);
            check(after == null || after.token() == before.token(), 7, "a write keeps the token");
            check(after == null || after.number() == before.number(), 6, "a write keeps the number");
            check(after == null || lease.attemptId().equals(after.attemptId()), 2, "a write keeps the owner");
        }
        record.last = after;
    }

    void renewed(SimRecord record, Lease lease, Row after) {
        long leaseEnd = scheduler.now() + lease.duration().toNanos();
        record.keptUntil = later(leaseEnd, lease.retention());
        check(after == null || after.leaseEnd() == leaseEnd, 1, "a renewed lease starts anew");
        check(after == null || after.expiry() == record.keptUntil, 8, "a renewed record outlives its lease");
    }

    void ended(SimRecord record, Retention retention, Row after) {
        record.keptUntil = later(scheduler.now(), retention);
        check(after == null || after.expiry() == record.keptUntil, 8, "an ended record is kept for its retention");
    }

    void completed(SimRecord record, StoredResult result, String answer, Row after) {
        check(after == null || result.equals(after.result()), 5, "the record has the result");
        check(record.life().answers.isEmpty(), 5, "a record is completed once");
        record.life().answers.add(answer);
    }

    // ---- operators

    /** A verb of an operator that names the token it saw. */
    boolean operator(SimRecord record, long token, boolean answer, Row after) {
        Row before = record.live(scheduler.now());
        if (before == null || before.token() != token) {
            check(!answer, 2, "a stale token is refused");
        }
        if (!answer) {
            unchanged(before, after, 2);
        }
        record.removed |= answer && after == null;
        record.last = after;
        return answer && before != null;
    }

    private void unchanged(Row before, Row after, int rule) {
        Row live = after == null || after.expiry() <= scheduler.now() ? null : after;
        check(Objects.equals(before, live), rule, "a refused call changes nothing");
    }

    private static long later(long from, Retention retention) {
        return retention.duration().map(length -> from + length.toNanos()).orElse(Long.MAX_VALUE);
    }

    private boolean check(boolean holds, int rule, String what) {
        if (!holds && checking) {
            throw scheduler.fail("rule " + rule + " of the protocol: " + what);
        }
        return holds;
    }

    /** Whether the store believes that an attempt holds a live lease. */
    static boolean holdsLease(Row row, AttemptId attempt, long now) {
        return row != null
                && row.state() == RecordState.IN_PROGRESS
                && attempt.equals(row.attemptId())
                && row.leaseEnd() > now;
    }
}
