package io.onceguard;

import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.IdempotencyListener.WriteDeferred.Phase;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last writes of attempts whose store could not be reached, retried in the background until the store answers, the
 * time is over, or there is no room. One store, one thread, one pause between failures: when the store is back, all are
 * written at once.
 */
final class DeferredWrites {

    private static final long FIRST_PAUSE = 50_000_000L;
    private static final long LONGEST_PAUSE = 2_000_000_000L;

    /** A write, how long it is retried, and whose followers wait for it (null: nobody's). */
    private record Deferred(
            FinalWrite write,
            Events events,
            long giveUpAt,
            @Nullable Meeting meeting) {}

    private final StoreNode node;
    private final TaskThread thread;

    private final Deque<Deferred> queue = new ArrayDeque<>(); // guarded by this, like all below
    private List<Thread> waiters = new ArrayList<>();
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
        boolean first;
        synchronized (this) {
            if (bytes + write.bytes() > operation.deferral().bytes()) {
                first = false;
                deferred = null;
            } else {
                first = queue.isEmpty();
                queue.add(deferred);
                bytes += write.bytes();
            }
        }
        tell(operation.events(), write, deferred == null ? Phase.DROPPED : Phase.DEFERRED);
        if (deferred == null) {
            end(meeting, Meeting.ASK_STORE);
        } else if (first) {
            thread.at(node.platform.nanoTime() + FIRST_PAUSE, this::round);
        }
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
        boolean drained = false;
        try {
            drained = drain();
        } finally {
            if (!drained) {
                long wait;
                synchronized (this) {
                    wait = pause;
                    pause = Math.min(LONGEST_PAUSE, pause * 2);
                }
                thread.at(node.platform.nanoTime() + wait, this::round);
            }
        }
    }

    /** Writes until the queue is empty (true) or the store fails; a write that fails goes to the end of the queue. */
    private boolean drain() {
        Deferred head;
        while ((head = head()) != null) {
            if (node.platform.nanoTime() - head.giveUpAt >= 0) {
                finish(head, Phase.DROPPED, Meeting.ASK_STORE);
            } else if (!write(head)) {
                synchronized (this) {
                    queue.add(queue.remove());
                }
                return false;
            }
        }
        return true;
    }

    private synchronized @Nullable Deferred head() {
        return queue.peek();
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

    private void finish(Deferred head, Phase phase, Meeting.Ending ending) {
        List<Thread> woken = List.of();
        synchronized (this) {
            queue.remove();
            bytes -= head.write.bytes();
            if (queue.isEmpty()) {
                woken = waiters;
                waiters = new ArrayList<>();
            }
        }
        node.later(node.platform.nanoTime(), () -> tell(head.events, head.write, phase));
        end(head.meeting, ending);
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
