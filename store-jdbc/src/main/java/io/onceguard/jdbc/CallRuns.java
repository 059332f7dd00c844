package io.onceguard.jdbc;

import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.Recording;
import org.jspecify.annotations.Nullable;

/** One call in transactions of its own. */
final class CallRuns<T extends @Nullable Object, X extends Exception> extends TransactionRuns<Outcome<T>, X> {

    private final Body<T, X> body;

    /** The call inside a transaction. */
    interface Body<T extends @Nullable Object, X extends Exception> {
        Outcome<T> run(OwnTransaction transaction) throws X;
    }

    CallRuns(Connections connections, Pauses pauses, Body<T, X> body) {
        super(connections, pauses);
        this.body = body;
    }

    @Override
    Outcome<T> runIn(OwnTransaction transaction) throws X {
        return body.run(transaction);
    }

    /** A conflict is thrown. */
    @Override
    boolean hasConflict(Outcome<T> outcome) {
        return false;
    }

    @Override
    boolean needsCommit(Outcome<T> outcome) {
        return outcome instanceof Executed;
    }

    @Override
    boolean leavesATrace(Outcome<T> outcome) {
        return outcome instanceof Executed<T> executed
                && (executed.recording() == Recording.IN_TRANSACTION
                        || executed.recording() == Recording.RESULT_NOT_KEPT);
    }

    @Override
    boolean isInProgress(Outcome<T> outcome, Outcome<T> unsure) {
        return outcome instanceof InProgress;
    }

    @Override
    Outcome<T> confirmed(Outcome<T> met, Outcome<T> unsure) {
        return confirms(met, unsure) ? unsure : met;
    }

    /** Whether the record that was met now is the one that this call may have committed. */
    static boolean confirms(Outcome<?> met, Outcome<?> unsure) {
        return unsure instanceof Executed<?> executed
                && (met instanceof Replayed<?> replayed
                        ? replayed.originId().equals(executed.originId())
                        : met instanceof Unresolved && executed.recording() == Recording.RESULT_NOT_KEPT);
    }
}
