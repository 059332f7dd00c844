package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One run of the work, given to the work. Thread-safe. Once the work has returned an attempt is inert: it answers
 * questions, {@link #leaseHeld()} is false, and nothing that is asked of it has an effect.
 *
 * <p>A call without a key, and the unguarded run of a fail-open operation, have an attempt too: number 1, token 0, no
 * lease.
 */
public final class Attempt {

    private final RecordId id;
    private final String originId;
    private final PreviousAttempt previous;
    private final @Nullable OwnedRecord record;

    private volatile boolean over;
    private volatile boolean notRecorded;
    private volatile @Nullable Retention retention;

    Attempt(RecordId id, String originId, PreviousAttempt previous, @Nullable OwnedRecord record) {
        this.id = id;
        this.originId = originId;
        this.previous = previous;
        this.record = record;
    }

    /** Returns the number of this attempt: 1, 2, ... for as long as the record lives. */
    public int number() {
        return record == null ? 1 : record.lease().number();
    }

    /** Returns how the attempt before this one ended. */
    public PreviousAttempt previous() {
        return previous;
    }

    /**
     * Returns the fencing token: strictly increasing per key. A downstream system that keeps the highest token it saw
     * can refuse a late writer. This is not deduplication: it does not undo a second effect.
     *
     * @return the token; 0 if there is no lease
     */
    public long fencingToken() {
        return record == null ? 0 : record.lease().token();
    }

    /**
     * Returns whether this attempt may still believe that it holds the lease: false once a renewal was refused, none
     * succeeded in time, or the longest run is over. True is no promise: a process can be paused right after asking.
     */
    public boolean leaseHeld() {
        return !over && record != null && record.isHeld();
    }

    /**
     * Asks to be told once when the lease is lost while the work runs; at once, on this thread, if it is lost already.
     *
     * @param callback called on a thread of the library that does nothing else; what it throws is dropped
     */
    public void onLeaseLost(Runnable callback) {
        requireNonNull(callback, "callback");
        if (!over && record != null && !record.onLoss(callback)) {
            try {
                callback.run();
            } catch (Throwable dropped) {
                // As on the other thread: it is not for the work to deal with.
            }
        }
    }

    /**
     * Returns a key for a call downstream, so that the other side can recognise a repetition. It depends on the record
     * (operation, scope, key) and the step only: every attempt, in every process, gets the same.
     *
     * @param step names the call within the work
     * @return a UUID (version 8, RFC 9562 section 5.8) of 122 bits of SHA-256, in its canonical form
     */
    public String deriveKey(String step) {
        requireNonNull(step, "step");
        byte[] name = step.getBytes(StandardCharsets.UTF_8);
        MessageDigest sha256 = sha256();
        sha256.update(id.digest());
        ByteBuffer hash = ByteBuffer.wrap(sha256.digest(name));
        long high = (hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x8000L;
        long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }

    /** Asks that the value is delivered to this caller only: nothing is stored, and the key is free afterwards. */
    public void doNotRecord() {
        if (!over) {
            notRecorded = true;
        }
    }

    /**
     * Says how long the record of this value is kept; beats the call's and the operation's retention.
     *
     * @param retention counted from completion
     */
    public void retainFor(Retention retention) {
        requireNonNull(retention, "retention");
        if (!over) {
            this.retention = retention;
        }
    }

    /** Returns the id of this request, reported by every replay of its result. */
    public String originId() {
        return originId;
    }

    /** The work has returned. */
    void end() {
        over = true;
        if (record != null) {
            record.workEnded();
        }
    }

    boolean isNotRecorded() {
        return notRecorded;
    }

    Retention retentionOr(Retention callers) {
        Retention ours = retention;
        return ours != null ? ours : callers;
    }

    @Override
    public String toString() {
        return id + " attempt " + number();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
