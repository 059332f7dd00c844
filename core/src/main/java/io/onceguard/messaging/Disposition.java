package io.onceguard.messaging;

import static java.util.Objects.requireNonNull;

import io.onceguard.CheckReturnValue;
import io.onceguard.Recording;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the broker is to be told about a message; the table of all cases is in the package documentation. On Java 21 and
 * newer a {@code switch} over it is checked for exhaustiveness. Immutable; {@code toString()} never shows the message of
 * an exception.
 */
@CheckReturnValue
public sealed interface Disposition {

    /**
     * Acknowledge: the handler ran now.
     *
     * @param recording what became of its result. {@link Recording#isProvisional() Provisional} ones say that the
     *     handler has run, but a redelivery might run it again
     * @param failure what the handler threw, if its failure is the recorded result; else null
     */
    record Processed(Recording recording, @Nullable Throwable failure) implements Disposition {
        /** Creates the disposition. */
        public Processed {
            requireNonNull(recording, "recording");
        }

        @Override
        public String toString() {
            return "Processed[" + recording + typeOf(failure) + "]";
        }
    }

    /** Acknowledge: the message had been handled before, now or by an earlier message of the batch. */
    record Duplicate() implements Disposition {}

    /**
     * Have the message delivered again.
     *
     * @param delay when at the earliest; positive
     * @param cause why
     * @param failure what the handler, the store or the batch's threads threw; null if nothing was thrown
     */
    record RetryLater(Duration delay, Cause cause, @Nullable Throwable failure) implements Disposition {

        /** Why a message is to be delivered again. */
        public enum Cause {
            /** Another consumer is working on it, or an earlier message of the batch with the same key failed. */
            IN_PROGRESS,
            /** The store could not be asked, or the transaction could not be committed. */
            STORE_FAILED,
            /** The handler threw. */
            HANDLER_FAILED,
            /** The handler was not begun. */
            NOT_STARTED
        }

        /** Creates the disposition. */
        public RetryLater {
            requireNonNull(delay, "delay");
            requireNonNull(cause, "cause");
        }

        @Override
        public String toString() {
            return "RetryLater[" + delay + ", " + cause + typeOf(failure) + "]";
        }
    }

    /**
     * Park the message or put it into the dead-letter queue: another delivery would end the same way, until somebody
     * looks after the message or its record.
     *
     * @param reason why
     * @param failure what was thrown, or null
     */
    record Rejected(Reason reason, @Nullable Throwable failure) implements Disposition {

        /** Why a message is not to be delivered again. */
        public enum Reason {
            /** Its key was used for another input. */
            KEY_REUSED,
            /** Its record is on hold, because nobody knows whether an earlier attempt had its effect. */
            HELD,
            /** An earlier attempt died, nobody knows whether it had its effect, and it may not be repeated. */
            INTERRUPTED,
            /** The attempt limit is reached. */
            ATTEMPTS_EXHAUSTED,
            /** It was handled before, and its result cannot be read by this program. */
            RESULT_UNREADABLE,
            /** It has no valid key, fingerprint or origin id. */
            INVALID_MESSAGE
        }

        /** Creates the disposition. */
        public Rejected {
            requireNonNull(reason, "reason");
        }

        @Override
        public String toString() {
            return "Rejected[" + reason + typeOf(failure) + "]";
        }
    }

    /** Returns whether the message is done with and is to be acknowledged. */
    default boolean isDone() {
        return this instanceof Processed || this instanceof Duplicate;
    }

    private static String typeOf(@Nullable Throwable failure) {
        return failure == null ? "" : ", " + failure.getClass().getName();
    }
}
