package io.onceguard;

import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Lease;
import io.onceguard.spi.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Renews the leases of one store from one thread. It looks over all meetings once per the shortest renewal interval,
 * so a call that ends before its lease needs a renewal schedules nothing: {@link #watch} is one comparison.
 *
 * <p>The rounds cannot die: a store that fails is asked again until the local deadline, then the attempt is told that
 * its lease is lost. A store that hangs holds up nobody but its own leases, and their loss is still noted in time.
 */
final class LeaseKeeper {

    private static final int CHUNK = 256;
    private static final long IDLE_NANOS = 10_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    private record Watched(Meeting meeting, HeldLease lease) {}

    private final StoreNode node;
    private final TaskThread thread;

    /** The time between two rounds; NEVER while there are none. */
    private volatile long interval = NEVER;

    private long nextRound; // guarded by this
    private long busyAt; // guarded by this: when a lease was last seen

    LeaseKeeper(StoreNode node) {
        this.node = node;
        this.thread = new TaskThread(node.platform, "onceguard-lease-keeper");
    }

    /** Sees to the renewal of a lease whose meeting is in the map already. */
    void watch(HeldLease lease) {
        if (lease.renewInterval() < interval) {
            shorten(lease.renewInterval());
        }
    }

    private synchronized void shorten(long needed) {
        if (needed < interval) {
            long now = node.platform.nanoTime();
            interval = needed;
            busyAt = now;
            schedule(now + needed);
        }
    }

    private synchronized void schedule(long at) {
        nextRound = at;
        thread.at(at, () -> {
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
            for (int from = 0; from < due.size(); from += CHUNK) {
                renew(due.subList(from, Math.min(due.size(), from + CHUNK)));
            }
        } finally {
            scheduleNext(busy);
        }
    }

    /** Gathers the leases whose renewal is due, and returns whether there are any leases. */
    private boolean inspect(long now, List<Watched> due) {
        boolean any = false;
        for (Meeting meeting : node.meetings.values()) {
            HeldLease lease = meeting.lease();
            if (lease == null || lease.isLost() || meeting.phase() == Meeting.Phase.ENDED) {
                continue;
            }
            any = true;
            if (lease.ranTooLong(now)) {
                node.lose(meeting, LeaseLost.Loss.TOO_LONG);
            } else if (!lease.isHeld(now)) {
                node.lose(meeting, LeaseLost.Loss.EXPIRED);
            } else if (now - lease.renewAt() >= 0) {
                due.add(new Watched(meeting, lease));
            }
        }
        return any;
    }

    private void renew(List<Watched> chunk) {
        List<Lease> leases = chunk.stream().map(each -> each.lease.lease).toList();
        long sentAt = node.platform.nanoTime();
        long deadline = sentAt
                + Collections.min(chunk.stream()
                        .map(each -> each.lease.deadline() - sentAt)
                        .toList());
        List<Watched> watched = List.copyOf(chunk);
        node.later(deadline, () -> loseExpired(watched)); // in case the store hangs
        try {
            List<Answer<Boolean>> answers = StoreNode.once(() -> node.store.renewAll(leases));
            for (int i = 0; i < answers.size(); i++) {
                answered(watched.get(i), answers.get(i), sentAt);
            }
        } catch (StoreException failure) {
            watched.forEach(each -> failed(each, failure));
        }
    }

    private void answered(Watched watched, Answer<Boolean> answer, long sentAt) {
        StoreException failure = answer.failure();
        if (failure != null) {
            failed(watched, failure);
        } else if (answer.orElseThrow()) {
            watched.lease.granted(sentAt);
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

    private void loseExpired(List<Watched> chunk) {
        long now = node.platform.nanoTime();
        for (Watched each : chunk) {
            if (!each.lease.isHeld(now) && each.meeting.phase() != Meeting.Phase.ENDED) {
                node.lose(each.meeting, LeaseLost.Loss.EXPIRED);
            }
        }
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
            HeldLease lease = meeting.lease();
            if (lease != null && !lease.isLost()) {
                wait = Math.min(wait, Math.min(lease.renewAt(), lease.deadline()) - now);
            }
        }
        schedule(now + Math.max(1, wait));
    }
}
