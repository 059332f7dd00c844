package io.onceguard.jdbc;

import io.onceguard.IdempotencyStoreException;
import io.onceguard.Outcome;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.Recording;
import io.onceguard.TransactionConflictException;
import io.onceguard.jdbc.OwnTransaction.Commit;
import io.onceguard.spi.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * One call in transactions of its own: it is run until it is committed, or has failed for good. Used by one thread.
 *
 * <p>Here a null outcome means: run it again.
 */
final class TransactionRuns<T extends @Nullable Object, X extends Exception> {

    private static final int MAX_RUNS = 10;
    private static final int MAX_CAUSES = 20;

    private static final String NOBODY_KNOWS =
            "the commit failed and may have been applied; call again with the same key to know";

    private final Connections connections;
    private final Pauses pauses;
    private final Body<T, X> body;
    private int runs;

    /** What the caller is told if a commit of unknown fate turns out to have taken place. */
    private @Nullable Executed<T> unsure;

    /** The call inside a transaction. */
    interface Body<T extends @Nullable Object, X extends Exception> {
        Outcome<T> run(Connection connection) throws X;
    }

    TransactionRuns(Connections connections, Pauses pauses, Body<T, X> body) {
        this.connections = connections;
        this.pauses = pauses;
        this.body = body;
    }

    Outcome<T> outcome() throws X {
        while (true) {
            runs++;
            Outcome<T> outcome;
            try (OwnTransaction transaction = begin()) {
                outcome = run(transaction);
            }
            if (outcome != null) {
                return outcome;
            }
            pause();
        }
    }

    private OwnTransaction begin() {
        try {
            return connections.begin();
        } catch (StoreException failure) {
            throw unsure == null ? failure : new StoreException(NOBODY_KNOWS, true, failure);
        }
    }

    private @Nullable Outcome<T> run(OwnTransaction transaction) throws X {
        Outcome<T> outcome;
        try {
            outcome = body.run(transaction.connection());
        } catch (Throwable failure) {
            if (isConflict(failure) && mayRunAgain()) {
                return null;
            }
            if (!(failure instanceof IdempotencyStoreException unanswered)) {
                transaction.endAfter(failure);
                throw failure;
            }
            if (unsure != null) {
                throw new StoreException(NOBODY_KNOWS, true, unanswered);
            }
            throw failure; // perhaps the work is done and its record is not written: nothing is committed
        }
        if (unsure != null && outcome instanceof InProgress && mayRunAgain()) {
            return null; // the database has not noticed yet that the connection of the first commit is gone
        }
        return committed(transaction, outcome);
    }

    private @Nullable Outcome<T> committed(OwnTransaction transaction, Outcome<T> outcome) {
        Commit end = transaction.commit();
        boolean nothingToLose = !(outcome instanceof Executed);
        if (end == Commit.DONE || nothingToLose) {
            return unsure != null && confirms(outcome, unsure) ? unsure : outcome;
        }
        boolean tells = end == Commit.CONFLICT || (end == Commit.UNKNOWN && leavesATrace((Executed<T>) outcome));
        if (!tells || !mayRunAgain()) {
            throw transaction.failed(end);
        }
        if (end == Commit.UNKNOWN) {
            unsure = (Executed<T>) outcome;
        }
        return null;
    }

    /** Whether the record will say that the commit took place. A key that was given back says nothing. */
    private static boolean leavesATrace(Executed<?> executed) {
        return executed.recording() == Recording.IN_TRANSACTION || executed.recording() == Recording.RESULT_NOT_KEPT;
    }

    /** Whether the record that was met now is the one that this call may have committed. */
    private static boolean confirms(Outcome<?> met, Executed<?> unsure) {
        return met instanceof Replayed<?> replayed
                ? replayed.originId().equals(unsure.originId())
                : met instanceof Unresolved && unsure.recording() == Recording.RESULT_NOT_KEPT;
    }

    private static boolean isConflict(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            boolean conflict = cause instanceof TransactionConflictException
                    || (cause instanceof SQLException sql && SqlFailure.of(sql) == SqlFailure.CONFLICT);
            if (conflict) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private boolean mayRunAgain() {
        return runs < MAX_RUNS && !Thread.currentThread().isInterrupted();
    }

    private void pause() {
        try {
            pauses.after(runs);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt(); // one more run, and it is the last
        }
    }
}
