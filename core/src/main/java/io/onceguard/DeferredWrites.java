package io.onceguard;

import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.IdempotencyListener.WriteDeferred.Phase;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last writes of attempts whose store could not be reached, retried in the background until the store answers, the
 * time is over, or there is no room. One store, one thread, one pause between rounds: when the store is back, all are
 * written at once.
 */
final class DeferredWrites {

    private static final long FIRST_PAUSE = 50_000_000L;
    private static final long LONGEST_PAUSE = 2_000_000_000L;

    /** How many writes may fail before the rest is left for the next round; more than one, for some fail for ever. */
    private static final int FAILURES_PER_ROUND = 16;

    /** A write, how long it is retried, and whose followers wait for it (null: nobody's). */
    private static final class Deferred {
        private final FinalWrite write;
        private final Events events;
        private final long giveUpAt;
        private final @Nullable Meeting meeting;

        Deferred(FinalWrite write, Events events, long giveUpAt, @Nullable Meeting meeting) {
            this.write = write;
            this.events = events;
            this.giveUpAt = giveUpAt;
            this.meeting = meeting;
        }
    }

    private final StoreNode node;
    private final TaskThread thread;

    private final Set<Deferred> queue = new LinkedHashSet<>(); // guarded by this, like all below
    private Set<Thread> waiters = new LinkedHashSet<>();
    private boolean scheduled;
    private long bytes;
    private long pause = FIRST_PAUSE;

    DeferredWrites(StoreNode node) {
        this.node = node;
        this.thread = new TaskThread(node.platform, "onceguard-deferred-writes");
    }

    /** Takes a write over, or drops it if there is no room. */
    void add(FinalWrite write, Operation<?> operation, @Nullable Meeting meeting) {
        long giveUpAt = node.platform.nanoTime() + operation.deferral().nanos();
        Deferred deferred = new Deferred(write, operation.events(), giveUpAt, meeting);
        if (!reserve(write.bytes(), operation.deferral().bytes())) {
            tell(operation.events(), write, Phase.DROPPED);
            end(meeting, Meeting.ASK_STORE);
            return;
        }
        tell(operation.events(), write, Phase.DEFERRED); // before anybody can tell how it went on
        synchronized (this) {
            queue.add(deferred);
            if (!scheduled) {
                scheduled = thread.at(node.platform.nanoTime() + FIRST_PAUSE, this::round);
            }
        }
    }

    private synchronized boolean reserve(int needed, long limit) {
        boolean room = bytes + needed <= limit;
        if (room) {
            bytes += needed;
        }
        return room;
    }

    /** Waits until nothing is deferred; returns false if the time was over or the thread was interrupted. */
    boolean await(long nanos) {
        long deadline = node.platform.nanoTime() + nanos;
        Thread current = Thread.currentThread();
        while (true) {
            synchronized (this) {
                if (queue.isEmpty()) {
                    waiters.remove(current);
                    return true;
                }
                waiters.add(current);
            }
            long left = deadline - node.platform.nanoTime();
            if (left <= 0 || current.isInterrupted()) {
                synchronized (this) {
                    waiters.remove(current);
                    return queue.isEmpty();
                }
            }
            node.platform.park(this, left);
        }
    }

    private void round() {
        try {
            drain();
        } finally {
            scheduleNext();
        }
    }

    private synchronized void scheduleNext() {
        scheduled = false;
        if (!queue.isEmpty()) {
            scheduled = thread.at(node.platform.nanoTime() + pause, this::round);
            pause = Math.min(LONGEST_PAUSE, pause * 2);
        }
    }

    /** Tries each write once, or until too many have failed; drops those whose time is over in any case. */
    private void drain() {
        int failures = 0;
        for (Deferred each : snapshot()) {
            if (node.platform.nanoTime() - each.giveUpAt >= 0) {
                finish(each, Phase.DROPPED, Meeting.ASK_STORE);
            } else if (failures < FAILURES_PER_ROUND && !write(each)) {
                failures++;
                putLast(each);
            }
        }
    }

    private synchronized List<Deferred> snapshot() {
        return List.copyOf(queue);
    }

    private synchronized void putLast(Deferred failed) {
        queue.remove(failed);
        queue.add(failed);
    }

    /** Returns false if the store failed again. */
    private boolean write(Deferred deferred) {
        FinalWrite write = deferred.write;
        try {
            boolean written = StoreNode.once(() -> write.applyTo(node.store));
            synchronized (this) {
                pause = FIRST_PAUSE;
            }
            StoredResult result = written ? write.result() : null;
            Meeting.Ending ending = result == null ? Meeting.ASK_STORE : new Meeting.Ending.Recorded(result);
            finish(deferred, written ? Phase.WRITTEN : Phase.REFUSED, ending);
            return true;
        } catch (StoreException failure) {
            StoreFailed event = new StoreFailed(write.lease().id(), write.step(), failure);
            node.later(node.platform.nanoTime(), () -> deferred.events.storeFailed(event));
            return false;
        }
    }

    private void finish(Deferred ended, Phase phase, Meeting.Ending ending) {
        Set<Thread> woken = Set.of();
        synchronized (this) {
            queue.remove(ended);
            bytes -= ended.write.bytes();
            if (queue.isEmpty()) {
                woken = waiters;
                waiters = new LinkedHashSet<>();
            }
        }
        node.later(node.platform.nanoTime(), () -> tell(ended.events, ended.write, phase));
        end(ended.meeting, ending);
        woken.forEach(node.platform::unpark);
    }

    private void end(@Nullable Meeting meeting, Meeting.Ending ending) {
        if (meeting != null) {
            meeting.end(node.platform, ending);
            node.meetings.remove(meeting.id, meeting);
        }
    }

    private static void tell(Events events, FinalWrite write, Phase phase) {
        events.writeDeferred(new WriteDeferred(write.lease().id(), write.step(), phase));
    }
}
