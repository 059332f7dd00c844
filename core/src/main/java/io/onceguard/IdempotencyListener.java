package io.onceguard;

import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * Is told what happens in an operation. Every method does nothing unless overridden.
 *
 * <p>Methods are called on the thread of the call they are about, or, for what happens in the background
 * ({@link LeaseLost} of running work, {@link WriteDeferred} after the first), on one thread per store that neither
 * renews leases nor writes results. They must be thread-safe. What a listener throws is logged and dropped; it never
 * changes an outcome. For one call the order is the order of events, and {@link CallEnded} or {@link WorkFailed} is
 * the last. The texts of events are safe to log: of a record they show the redacted id, of an exception of the user's
 * code the type only.
 */
public interface IdempotencyListener {

    /** Does nothing. */
    IdempotencyListener NONE = new IdempotencyListener() {};

    /** The verb of the store that an event is about. */
    enum Step {
        /** Asking for the lease. */
        ACQUIRE,
        /** Starting the lease anew. */
        RENEW,
        /** Writing the result. */
        COMPLETE,
        /** Giving the key back. */
        RELEASE,
        /** Putting the record on hold. */
        HOLD,
        /** Looking at the record. */
        FIND,
        /** A verb of an operator: find, forget or resolve. */
        OPERATOR
    }

    /**
     * A call ended with an outcome.
     *
     * @param record the record; null for a call without a key
     * @param outcome the outcome
     */
    record CallEnded(@Nullable RecordId record, Outcome<?> outcome) {}

    /**
     * A recorded failure was replayed: thrown again to a later caller.
     *
     * @param record the record
     * @param originId the id of the request whose work failed
     */
    record FailureReplayed(RecordId record, String originId) {}

    /**
     * The work threw.
     *
     * @param record the record; null for a call without a key
     * @param policy what becomes of the record; null if there is none to decide about (no key, or unguarded)
     * @param failure what the work threw
     */
    record WorkFailed(@Nullable RecordId record, @Nullable FailurePolicy policy, Throwable failure) {
        @Override
        public String toString() {
            return "WorkFailed[record=" + record + ", policy=" + policy + ", failure=" + typeOf(failure) + "]";
        }
    }

    /**
     * A call of the store failed. What follows from it is told by the outcome or by a later event.
     *
     * @param record the record
     * @param step the verb
     * @param failure the failure
     */
    record StoreFailed(RecordId record, Step step, StoreException failure) {}

    /**
     * The work of a fail-open operation is about to run although the store cannot be reached.
     *
     * @param record the record
     * @param failure why the store could not be asked
     */
    record RanUnguarded(RecordId record, StoreException failure) {}

    /**
     * An attempt lost its lease.
     *
     * @param record the record
     * @param attempt the number of the attempt
     * @param loss how
     */
    record LeaseLost(RecordId record, int attempt, Loss loss) {

        /** How a lease is lost. */
        public enum Loss {
            /** The store refused a renewal: another attempt or an operator has moved the record. */
            TAKEN,
            /** No renewal succeeded in time. */
            EXPIRED,
            /** The work ran longer than the operation's longest run; its lease is no longer renewed. */
            TOO_LONG,
            /** The store refused the last write of the attempt. */
            WRITE_REFUSED
        }
    }

    /**
     * The last write of an attempt goes on in the background, or came to its end there.
     *
     * @param record the record
     * @param step COMPLETE, RELEASE or HOLD
     * @param phase where the write stands
     */
    record WriteDeferred(RecordId record, Step step, Phase phase) {

        /** Where a deferred write stands. */
        public enum Phase {
            /** It is going to be retried. */
            DEFERRED,
            /** The store has it. */
            WRITTEN,
            /** The store refused it: another attempt or an operator has moved the record. */
            REFUSED,
            /** It was given up: its time was over, or there was no room for it. */
            DROPPED
        }
    }

    /**
     * A result was not kept.
     *
     * @param record the record
     * @param reason why
     * @param cause what the codec threw, or null
     */
    record ResultNotKept(
            RecordId record, Reason reason, @Nullable Throwable cause) {

        @Override
        public String toString() {
            return "ResultNotKept[record=" + record + ", reason=" + reason + ", cause=" + typeOf(cause) + "]";
        }

        /** Why a result is not kept. */
        public enum Reason {
            /** Its encoded form is larger than the operation allows. */
            TOO_LARGE,
            /** The codec, the compression or the cipher failed. */
            NOT_ENCODABLE
        }
    }

    /**
     * A result was written.
     *
     * @param record the record
     * @param bytes the size of what was stored
     */
    record ResultStored(RecordId record, int bytes) {}

    /**
     * The fingerprint of a call could not be compared with the record's and counted as equal: one of them was not
     * taken, or they were made by different algorithms. Told once per call.
     *
     * @param record the record
     */
    record FingerprintNotCompared(RecordId record) {}

    /**
     * An attempt follows one that died or was put on hold.
     *
     * @param record the record
     * @param previous how the earlier attempt ended
     * @param decision what is done about it
     * @param failure what the reconciler threw, or null
     */
    record Recovered(
            RecordId record,
            PreviousAttempt previous,
            Decision decision,
            @Nullable Throwable failure) {

        @Override
        public String toString() {
            return "Recovered[record=" + record + ", previous=" + previous + ", decision=" + decision + ", failure="
                    + typeOf(failure) + "]";
        }

        /** What is done about an attempt that died or was put on hold. */
        public enum Decision {
            /** The work runs again: the operation is at-least-once and has no reconciler. */
            RUN_AGAIN,
            /** The reconciler found the effect; its value is recorded. */
            LANDED,
            /** The reconciler found that there was no effect; the work runs. */
            NOT_LANDED,
            /** The reconciler does not know; the record is put on hold. */
            UNKNOWN,
            /** The reconciler threw; the record is put on hold. */
            CHECK_FAILED
        }
    }

    /**
     * A call ended with an outcome.
     *
     * @param event the facts
     */
    default void onCallEnded(CallEnded event) {}

    /**
     * A recorded failure was thrown again.
     *
     * @param event the facts
     */
    default void onFailureReplayed(FailureReplayed event) {}

    /**
     * The work threw.
     *
     * @param event the facts
     */
    default void onWorkFailed(WorkFailed event) {}

    /**
     * A call of the store failed.
     *
     * @param event the facts
     */
    default void onStoreFailed(StoreFailed event) {}

    /**
     * The work runs unprotected.
     *
     * @param event the facts
     */
    default void onRanUnguarded(RanUnguarded event) {}

    /**
     * An attempt lost its lease.
     *
     * @param event the facts
     */
    default void onLeaseLost(LeaseLost event) {}

    /**
     * A last write goes on in the background, or came to its end there.
     *
     * @param event the facts
     */
    default void onWriteDeferred(WriteDeferred event) {}

    /**
     * A result was not kept.
     *
     * @param event the facts
     */
    default void onResultNotKept(ResultNotKept event) {}

    /**
     * A result was written.
     *
     * @param event the facts
     */
    default void onResultStored(ResultStored event) {}

    /**
     * Two fingerprints counted as equal without a comparison.
     *
     * @param event the facts
     */
    default void onFingerprintNotCompared(FingerprintNotCompared event) {}

    /**
     * An attempt follows one that died or was put on hold.
     *
     * @param event the facts
     */
    default void onRecovered(Recovered event) {}

    /** The message of an exception of the user's code may quote anything. */
    private static @Nullable String typeOf(@Nullable Throwable failure) {
        return failure == null ? null : failure.getClass().getName();
    }
}
