package io.onceguard;

import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the callers of this JVM with one key meet: a leader, who talks to the store, and followers, who share what it
 * learns. Everything that a follower may conclude is in {@link #phase()} and in the fields that belong to it.
 */
final class Meeting {

    /** How far the leader is. */
    enum Phase {
        /** It is asking the store; nothing is known. */
        ASKING,
        /** It waits for a holder on another node. */
        POLLING,
        /** It holds {@link #lease()} and works. */
        RUNNING,
        /** It works without a lease, because the store could not be reached. */
        UNGUARDED,
        /** Its work is done and the write of the result goes on in the background. */
        DEFERRED,
        /** It is over; {@link #ending()} says how. */
        ENDED
    }

    /** What the leader leaves to its followers. */
    sealed interface Ending {
        /** Nothing: ask the store. */
        record AskStore() implements Ending {}

        /** The store's answer. */
        record Answered(AcquireResult.Refused answer) implements Ending {}

        /** The result that the leader recorded, for the leader's fingerprint. */
        record Recorded(StoredResult result) implements Ending {}

        /** The leader put the record on hold. */
        record Held() implements Ending {}

        /** The store could not be asked. */
        record Failed(StoreException failure) implements Ending {}
    }

    static final Ending ASK_STORE = new Ending.AskStore();
    static final Ending HELD = new Ending.Held();

    final RecordId id;
    final StoredFingerprint fingerprint;
    private final Thread maker = Thread.currentThread();
    private volatile @Nullable Thread worker;
    private volatile @Nullable Map<Thread, Boolean> waiters; // who, and whether patient; changed under the lock of this
    private @Nullable HeldLease lease;
    private @Nullable StoredRecord remote;
    private @Nullable Ending ending;
    private volatile Phase phase = Phase.ASKING; // written last, read first: publishes the fields above

    Meeting(RecordId id, StoredFingerprint fingerprint) {
        this.id = id;
        this.fingerprint = fingerprint;
    }

    Phase phase() {
        return phase;
    }

    /** Who works, or asks the store. */
    Thread leader() {
        Thread other = worker;
        return other == null ? maker : other;
    }

    /** Lets another thread work, or the maker again if it is null. */
    void workBy(@Nullable Thread other) {
        worker = other;
    }

    /** The leader's lease; null before RUNNING. */
    @Nullable
    HeldLease lease() {
        return phase == Phase.ASKING || phase == Phase.POLLING ? null : lease;
    }

    /** The token of the leader's lease; 0 as long as it has none. */
    long token() {
        HeldLease granted = lease();
        return granted == null ? 0 : granted.lease.token();
    }

    @Nullable
    Ending ending() {
        return phase == Phase.ENDED ? ending : null;
    }

    /** Whether following makes sense: false if the leader works without a lease, or its lease is lost or over. */
    boolean holdsLease(long now) {
        return switch (phase) {
            case UNGUARDED -> false;
            case RUNNING -> lease != null && lease.isHeld(now);
            default -> true;
        };
    }

    /** What is known of the rest of the holder's lease; zero if nothing is. */
    Duration leaseLeft(long now) {
        return switch (phase) {
            case POLLING -> remote == null ? Duration.ZERO : remote.leaseLeft();
            case RUNNING, DEFERRED -> lease == null ? Duration.ZERO : Duration.ofNanos(lease.deadline() - now);
            default -> Duration.ZERO;
        };
    }

    /**
     * How long a follower may sleep before it looks whether the leader still holds its lease.
     *
     * @param unknown how long where there is no lease yet
     */
    long timeToLook(long now, long unknown) {
        return phase == Phase.RUNNING && lease != null ? Math.max(1, lease.deadline() - now) : unknown;
    }

    void polling(Platform platform, StoredRecord holder) {
        remote = holder;
        enter(platform, Phase.POLLING);
    }

    void running(Platform platform, HeldLease granted) {
        lease = granted;
        enter(platform, Phase.RUNNING);
    }

    void unguarded(Platform platform) {
        enter(platform, Phase.UNGUARDED);
    }

    void deferred(Platform platform) {
        enter(platform, Phase.DEFERRED);
    }

    /** Ends the meeting; the first ending stands. */
    void end(Platform platform, Ending how) {
        if (phase != Phase.ENDED) {
            ending = how;
            enter(platform, Phase.ENDED);
        }
    }

    /** Lets the followers look again, because the leader's lease is lost. */
    void nudge(Platform platform) {
        wake(platform, true);
    }

    private void wake(Platform platform, boolean patientOnesToo) {
        if (waiters == null) {
            return; // whoever comes now looks at the phase, and at the lease, after it has made itself known
        }
        List<Thread> woken = new ArrayList<>();
        synchronized (this) {
            if (waiters != null) {
                waiters.forEach((follower, patient) -> {
                    if (patientOnesToo || !patient) {
                        woken.add(follower);
                    }
                });
                waiters.keySet().removeAll(woken);
            }
        }
        woken.forEach(platform::unpark);
    }

    /**
     * Blocks a follower until the phase changes, the lease is lost, the time is over, an interrupt, or for no reason.
     *
     * @param patient whether it does not want to know that the leader has got on, only what becomes of it
     */
    void await(Platform platform, Phase seen, boolean patient, long nanos) {
        Thread follower = Thread.currentThread();
        synchronized (this) {
            if (waiters == null) {
                waiters = new LinkedHashMap<>();
            }
            waiters.put(follower, patient);
        }
        // Looked at again after the follower made itself known, so that no news can fall in between.
        if (phase == seen && !(seen == Phase.RUNNING && lease != null && lease.isLost())) {
            platform.park(this, nanos);
        }
        synchronized (this) {
            if (waiters != null) {
                waiters.remove(follower);
            }
        }
    }

    private void enter(Platform platform, Phase next) {
        phase = next;
        wake(platform, next != Phase.POLLING && next != Phase.RUNNING);
    }
}
