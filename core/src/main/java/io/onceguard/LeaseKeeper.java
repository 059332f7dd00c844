package io.onceguard;

import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Lease;
import io.onceguard.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Renews the leases of one store from one thread. It looks over all meetings once per the shortest renewal interval,
 * so a call that ends before its lease needs a renewal schedules nothing: {@link #watch} is one comparison.
 *
 * <p>The rounds cannot die: a store that fails is asked again until the local deadline, then the attempt is told that
 * its lease is lost. A store that hangs holds up nobody but its own leases, and their loss is still noted in time.
 */
final class LeaseKeeper {

    private static final int CHUNK = 500;
    private static final long IDLE_NANOS = 10_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Answer<Boolean> MISSING =
            Answer.failed(new StoreException("the store left a renewal unanswered", true, null));

    private record Watched(Meeting meeting, HeldLease lease) {}

    private final StoreNode node;
    private final TaskThread thread;

    /** The time between two rounds; NEVER while there are none. */
    private volatile long interval = NEVER;

    /** The number of the round that waits for the store; 0 while none does. */
    private volatile long underway;

    private long rounds; // the keeper's thread only
    private long nextRound; // guarded by this
    private long busyAt; // guarded by this: when a lease was last seen

    LeaseKeeper(StoreNode node) {
        this.node = node;
        this.thread = new TaskThread(node.platform, "onceguard-lease-keeper");
    }

    /** Sees to the renewal of a lease whose meeting is in the map already. */
    void watch(HeldLease lease, long now) {
        long every = lease.renewInterval();
        if (every < interval) {
            shorten(every);
        }
        long wait = lease.timeToLook(now);
        if (wait < every / 2) { // it was granted late
            hasten(now + Math.max(1, wait));
        }
    }

    private synchronized void shorten(long needed) {
        if (needed < interval) {
            long now = node.platform.nanoTime();
            if (schedule(now + needed)) {
                interval = needed;
                busyAt = now;
            }
            if (underway != 0) {
                lookAfter(underway);
            }
        }
    }

    private synchronized void hasten(long at) {
        if (nextRound - at > 0) {
            schedule(at);
        }
    }

    private synchronized boolean schedule(long at) {
        nextRound = at;
        return thread.at(at, () -> {
            if (isNext(at)) {
                round();
            }
        });
    }

    /** A shorter lease may have put an earlier round before this one. */
    private synchronized boolean isNext(long at) {
        return nextRound == at;
    }

    private void round() {
        boolean busy = true;
        try {
            List<Watched> due = new ArrayList<>();
            busy = inspect(node.platform.nanoTime(), due);
            if (!due.isEmpty()) {
                underway = ++rounds;
                lookAfter(underway);
            }
            for (int from = 0; from < due.size(); from += CHUNK) {
                renew(due.subList(from, Math.min(due.size(), from + CHUNK)));
            }
        } finally {
            underway = 0;
            scheduleNext(busy);
        }
    }

    /** Gathers the leases whose renewal is due, and returns whether there are any leases. */
    private boolean inspect(long now, List<Watched> due) {
        boolean any = false;
        for (Meeting meeting : node.meetings.values()) {
            HeldLease lease = liveLease(meeting);
            if (lease != null) {
                any = true;
                if (!loseIfOver(meeting, lease, now) && now - lease.renewAt() >= 0) {
                    due.add(new Watched(meeting, lease));
                }
            }
        }
        return any;
    }

    private static @Nullable HeldLease liveLease(Meeting meeting) {
        HeldLease lease = meeting.lease();
        return lease == null || lease.isLost() || meeting.phase() == Meeting.Phase.ENDED ? null : lease;
    }

    private boolean loseIfOver(Meeting meeting, HeldLease lease, long now) {
        if (lease.isHeld(now)) {
            return false;
        }
        node.lose(meeting, lease.ranTooLong(now) ? LeaseLost.Loss.TOO_LONG : LeaseLost.Loss.EXPIRED);
        return true;
    }

    /** While a round waits for the store, losses are noted on the thread that waits for nobody. */
    private void lookAfter(long round) {
        long now = node.platform.nanoTime();
        node.later(now + timeToDeadline(now), () -> {
            if (underway == round) {
                inspect(node.platform.nanoTime(), new ArrayList<>());
                lookAfter(round);
            }
        });
    }

    private long timeToDeadline(long now) {
        long wait = interval;
        for (Meeting meeting : node.meetings.values()) {
            HeldLease lease = liveLease(meeting);
            if (lease != null) {
                wait = Math.min(wait, lease.deadline() - now);
            }
        }
        return Math.max(1, wait);
    }

    private void renew(List<Watched> chunk) {
        List<Lease> leases = chunk.stream().map(each -> each.lease.lease).toList();
        long sentAt = node.platform.nanoTime();
        try {
            List<Answer<Boolean>> answers = StoreNode.once(() -> List.copyOf(node.store.renewAll(leases)));
            for (int i = 0; i < leases.size(); i++) {
                answered(chunk.get(i), i < answers.size() ? answers.get(i) : MISSING, sentAt);
            }
        } catch (StoreException failure) {
            chunk.forEach(each -> failed(each, failure));
        }
    }

    private void answered(Watched watched, Answer<Boolean> answer, long sentAt) {
        StoreException failure = answer.failure();
        if (failure != null) {
            failed(watched, failure);
        } else if (answer.orElseThrow()) {
            watched.lease.granted(sentAt);
        } else if (watched.lease.isWorkOver()) {
            // Perhaps its own last write was faster. The answer to that says whose the record is.
            watched.lease.renewalFailed(node.platform.nanoTime());
        } else if (watched.meeting.phase() != Meeting.Phase.ENDED) {
            node.lose(watched.meeting, LeaseLost.Loss.TAKEN);
        }
    }

    private void failed(Watched watched, StoreException failure) {
        HeldLease lease = watched.lease;
        lease.renewalFailed(node.platform.nanoTime());
        node.later(
                node.platform.nanoTime(),
                () -> lease.operation.events().storeFailed(new StoreFailed(lease.lease.id(), Step.RENEW, failure)));
    }

    /** The next round comes when the first known lease wants it, or, for those not seen yet, after the interval. */
    private synchronized void scheduleNext(boolean busy) {
        long now = node.platform.nanoTime();
        if (busy) {
            busyAt = now;
        } else if (now - busyAt >= IDLE_NANOS) {
            long before = interval;
            interval = NEVER; // from here on a new lease starts the rounds again
            if (node.meetings.isEmpty()) {
                return;
            }
            interval = before;
        }
        long wait = interval;
        for (Meeting meeting : node.meetings.values()) {
            HeldLease lease = liveLease(meeting);
            if (lease != null) {
                wait = Math.min(wait, lease.timeToLook(now));
            }
        }
        schedule(now + Math.max(1, wait));
    }
}
