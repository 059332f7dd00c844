package io.onceguard;

import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.spi.Lease;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lease as its owner sees it: with a local deadline that never lies behind the store's, and the news of its loss.
 *
 * <p>The deadline counts from before the request was sent, so the owner stops believing in the lease no later than the
 * store does. Nothing depends on the owner noticing: every write is conditional in the store.
 */
final class HeldLease {

    final Operation<?> operation;
    final Lease lease;

    private final Platform platform;
    private volatile long startedAt;
    private volatile boolean waiting;

    /** When the keeper renews next; written by the keeper's thread, or before it can see the lease. */
    private volatile long renewAt;

    private volatile long grantedAt;
    private volatile LeaseLost.@Nullable Loss loss;
    private volatile boolean workOver;
    private List<Runnable> callbacks = List.of(); // guarded by this
    private boolean lastWriteOut; // guarded by this

    HeldLease(Platform platform, Operation<?> operation, Lease lease, long sentAt) {
        this.platform = platform;
        this.operation = operation;
        this.lease = lease;
        this.startedAt = sentAt;
        granted(sentAt);
    }

    /** The work waits for its turn: the time until {@link #workBegins} is no part of its run. */
    void awaitTurn() {
        waiting = true;
    }

    void workBegins() {
        startedAt = platform.nanoTime();
        waiting = false;
    }

    /** The store granted or renewed the lease by a request that was sent then. */
    void granted(long sentAt) {
        grantedAt = sentAt;
        renewAt = sentAt + renewInterval();
    }

    /** A renewal failed; it is tried again soon, several times before the deadline. */
    void renewalFailed(long now) {
        renewAt = now + Math.max(1, renewInterval() / 4);
    }

    long renewInterval() {
        return Math.min(operation.leaseNanos() / 3, operation.longestRunNanos());
    }

    /** How long until the keeper has to look at this lease. */
    long timeToLook(long now) {
        return Math.min(renewAt - now, deadline() - now);
    }

    long renewAt() {
        return renewAt;
    }

    /** The end of the lease, or of the longest run of the work if that is earlier. */
    long deadline() {
        long granted = grantedAt;
        long lasts = operation.leaseNanos();
        return granted + (workOver || waiting ? lasts : Math.min(lasts, runEnd() - granted));
    }

    private long runEnd() {
        return startedAt + operation.longestRunNanos();
    }

    boolean isLost() {
        return loss != null;
    }

    boolean isHeld(long now) {
        return loss == null && now - deadline() < 0;
    }

    /** Whether the work has run too long; once it has returned, its last write may take its own time. */
    boolean ranTooLong(long now) {
        return !workOver && !waiting && now - runEnd() >= 0;
    }

    /**
     * Says that the last write is on its way. Until it is answered, that somebody else has the record proves nothing:
     * the write may have given the key back.
     */
    synchronized void lastWriteOut(boolean out) {
        lastWriteOut = out;
    }

    /** Notes the loss; the first reason stands. Returns what is to be called back, or null if it is no news. */
    synchronized @Nullable List<Runnable> lose(LeaseLost.Loss reason) {
        if (loss != null || (lastWriteOut && reason == LeaseLost.Loss.TAKEN)) {
            return null;
        }
        loss = reason;
        List<Runnable> called = callbacks;
        callbacks = List.of();
        return called;
    }

    LeaseLost lostEvent(LeaseLost.Loss reason) {
        return new LeaseLost(lease.id(), lease.number(), reason);
    }

    /** Keeps a callback for the loss while the work runs; returns false if the lease is lost already. */
    synchronized boolean onLoss(Runnable callback) {
        if (workOver) {
            return true;
        }
        if (loss != null) {
            return false;
        }
        if (callbacks.isEmpty()) {
            callbacks = new ArrayList<>(1);
        }
        callbacks.add(callback);
        return true;
    }

    /** The work has returned: nobody is to be called back any more, and the next write is the attempt's last. */
    synchronized void workEnded() {
        workOver = true;
        callbacks = List.of();
    }

    boolean isWorkOver() {
        return workOver;
    }

    /** Calls back unless the work has returned meanwhile; its thread is busy with something else then. */
    void callBack(Runnable callback) {
        if (!workOver) {
            callback.run();
        }
    }

    boolean isHeldNow() {
        return isHeld(platform.nanoTime());
    }
}
