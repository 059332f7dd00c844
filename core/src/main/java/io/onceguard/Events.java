package io.onceguard;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import java.lang.System.Logger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** The one guard around an operation's listener, and the log lines that go with its events. */
final class Events {

    private static final Logger LOG = System.getLogger("io.onceguard");

    private final IdempotencyListener listener;
    private final boolean silent;

    Events(IdempotencyListener listener) {
        this.listener = listener;
        this.silent = listener == IdempotencyListener.NONE;
    }

    /** Whether anybody listens to the end of calls, so that the event need not be made for nobody. */
    boolean wantsCalls() {
        return !silent || LOG.isLoggable(DEBUG);
    }

    void callEnded(IdempotencyListener.CallEnded event) {
        tell(DEBUG, event, IdempotencyListener::onCallEnded);
    }

    void failureReplayed(IdempotencyListener.FailureReplayed event) {
        tell(DEBUG, event, IdempotencyListener::onFailureReplayed);
    }

    void workFailed(IdempotencyListener.WorkFailed event) {
        tell(DEBUG, event, IdempotencyListener::onWorkFailed);
    }

    void storeFailed(IdempotencyListener.StoreFailed event) {
        tell(WARNING, event, IdempotencyListener::onStoreFailed);
    }

    void ranUnguarded(IdempotencyListener.RanUnguarded event) {
        tell(WARNING, event, IdempotencyListener::onRanUnguarded);
    }

    void leaseLost(IdempotencyListener.LeaseLost event) {
        tell(WARNING, event, IdempotencyListener::onLeaseLost);
    }

    void writeDeferred(IdempotencyListener.WriteDeferred event) {
        boolean lost = event.phase() == IdempotencyListener.WriteDeferred.Phase.DROPPED;
        tell(lost ? ERROR : WARNING, event, IdempotencyListener::onWriteDeferred);
    }

    void resultNotKept(IdempotencyListener.ResultNotKept event) {
        tell(WARNING, event, IdempotencyListener::onResultNotKept);
    }

    void resultStored(IdempotencyListener.ResultStored event) {
        guard(event, IdempotencyListener::onResultStored);
    }

    void fingerprintNotCompared(IdempotencyListener.FingerprintNotCompared event) {
        tell(DEBUG, event, IdempotencyListener::onFingerprintNotCompared);
    }

    void recovered(IdempotencyListener.Recovered event) {
        tell(DEBUG, event, IdempotencyListener::onRecovered);
    }

    private <E> void tell(Logger.Level level, E event, BiConsumer<IdempotencyListener, E> method) {
        guard(event, method);
        log(level, event::toString);
    }

    /** A log handler that throws must not cost a caller the result of its work, or a thread its life. */
    static void log(Logger.Level level, Supplier<String> message) {
        try {
            if (LOG.isLoggable(level)) {
                LOG.log(level, message.get());
            }
        } catch (Throwable unlogged) {
            // There is nobody left to tell.
        }
    }

    private <E> void guard(E event, BiConsumer<IdempotencyListener, E> method) {
        if (silent) {
            return;
        }
        try {
            method.accept(listener, event);
        } catch (Throwable fault) {
            // The type only: the message may quote a value that the listener was shown.
            log(WARNING, () -> "a listener threw " + fault.getClass().getName());
        }
    }
}
