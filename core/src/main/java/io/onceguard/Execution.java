package io.onceguard;

import io.onceguard.spi.AcquireResult;
import org.jspecify.annotations.Nullable;

/**
 * The way of one call to its outcome, from its first look at the meeting place. It leads ({@link Leader}: asks the store
 * and, with the lease, works) or follows whoever of this JVM leads already.
 *
 * <p>Here and in the leader a null outcome means: nothing was decided, start over.
 */
final class Execution<T extends @Nullable Object, X extends Exception> {

    final KeyedCall<T, X> call;
    final StoreNode node;

    private final WaitPolicy waiting;
    private final long waitUntil;
    private @Nullable Backoff backoff;
    private @Nullable RemoteWatch watch;

    Execution(KeyedCall<T, X> call, StoreNode node, WaitPolicy waiting) {
        this.call = call;
        this.node = node;
        this.waiting = waiting;
        this.waitUntil = waiting.rejects() ? 0 : node.platform.nanoTime() + waiting.budgetNanos();
    }

    Outcome<T> outcome() throws X {
        try {
            return decided();
        } finally {
            if (watch != null) {
                watch.close();
            }
        }
    }

    private Outcome<T> decided() throws X {
        while (true) {
            Meeting mine = node.local ? null : new Meeting(call.id, call.fingerprint);
            Meeting present = mine == null ? node.meetings.get(call.id) : node.meetings.putIfAbsent(call.id, mine);
            Outcome<T> outcome = present == null ? new Leader<>(this, mine).outcome() : follow(present);
            if (outcome == null && present != null) {
                if (present.phase() == Meeting.Phase.ENDED) {
                    node.meetings.remove(call.id, present);
                } else {
                    outcome = new Leader<>(this, null).outcome();
                }
            }
            if (outcome != null) {
                return outcome;
            }
        }
    }

    /**
     * What is to be known from others of this JVM without waiting for anything; null if the store is to be asked.
     */
    @Nullable
    Outcome<T> glance() {
        Meeting present = node.meetings.get(call.id);
        return present == null || present.phase() == Meeting.Phase.ASKING ? null : follow(present);
    }

    // ---- following

    private @Nullable Outcome<T> follow(Meeting meeting) {
        while (true) {
            Meeting.Phase phase = meeting.phase();
            long now = node.platform.nanoTime();
            if (phase == Meeting.Phase.ENDED) {
                return afterEnd(meeting);
            }
            if (meeting.leader() == Thread.currentThread() && phase != Meeting.Phase.DEFERRED) {
                return call.differs(meeting.fingerprint) ? call.mismatch() : call.inProgress(meeting.leaseLeft(now));
            }
            if (!meeting.holdsLease(now)) {
                return null;
            }
            if (call.differs(meeting.fingerprint)) {
                // Before a leader holds the lease, its own fingerprint proves nothing about the record.
                boolean records = phase == Meeting.Phase.RUNNING || phase == Meeting.Phase.DEFERRED;
                return records ? call.mismatch() : null;
            }
            long wait = patience(phase, now);
            if (wait <= 0 || Thread.currentThread().isInterrupted()) {
                return call.inProgress(meeting.leaseLeft(now));
            }
            // A patient follower is not told of the lease that the leader gets; it lasts about so long from now on.
            long unknown = waiting.rejects() ? Long.MAX_VALUE : call.operation.leaseNanos();
            meeting.await(node.platform, phase, !waiting.rejects(), Math.min(wait, meeting.timeToLook(now, unknown)));
        }
    }

    /** How long this call follows a leader in this phase: to know what the store says, even a rejecting one waits. */
    private long patience(Meeting.Phase phase, long now) {
        if (waiting.rejects()) {
            return phase == Meeting.Phase.ASKING ? Long.MAX_VALUE : 0;
        }
        return waitUntil - now;
    }

    @Nullable
    Outcome<T> afterEnd(Meeting meeting) {
        Meeting.Ending ending = meeting.ending();
        if (ending instanceof Meeting.Ending.Answered answered) {
            return judge(answered.answer());
        }
        if (ending instanceof Meeting.Ending.Failed failed && !waiting.rejects() && !call.operation.failOpen()) {
            throw new IdempotencyStoreException(call.id, failed.failure());
        }
        if (ending instanceof Meeting.Ending.Recorded recorded) {
            return call.differs(meeting.fingerprint) ? call.mismatch() : call.replay(recorded.result());
        }
        if (ending instanceof Meeting.Ending.Held && !call.operation.takesOver()) {
            return call.differs(meeting.fingerprint) ? call.mismatch() : call.unresolved(UnresolvedReason.HELD);
        }
        return null;
    }

    /** What a refusal means for this call; null if it may ask again: to take over, or after a while. */
    @Nullable
    Outcome<T> judge(AcquireResult.Refused refused) {
        Outcome<T> outcome = call.judge(refused);
        if (outcome != null || refused instanceof AcquireResult.Abandoned) {
            return outcome;
        }
        boolean over = waiting.rejects() || node.platform.nanoTime() - waitUntil >= 0;
        return over ? call.inProgress(refused.record().leaseLeft()) : null;
    }

    /** When to look at a remote holder again: after a pause, or when this call's time is over. */
    long nextLook() {
        if (backoff == null) {
            backoff = new Backoff(node.platform);
        }
        long next = node.platform.nanoTime() + backoff.next();
        return next - waitUntil > 0 ? waitUntil : next;
    }

    /** Tells when the remote holder may have gone on; begins with the first pause. */
    RemoteWatch watch() {
        if (watch == null) {
            watch = new RemoteWatch(node, call.id);
        }
        return watch;
    }
}
