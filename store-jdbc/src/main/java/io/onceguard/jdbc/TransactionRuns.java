package io.onceguard.jdbc;

import io.onceguard.IdempotencyStoreException;
import io.onceguard.TransactionConflictException;
import io.onceguard.jdbc.OwnTransaction.Commit;
import io.onceguard.spi.StoreException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Runs something in transactions of the library's own until it is committed, or has failed for good. One use, one thread.
 *
 * <p>Here a null answer means: run it again.
 *
 * @param <R> the type of the answer
 * @param <X> the checked exception of the work
 */
abstract class TransactionRuns<R, X extends Exception> {

    private static final int MAX_RUNS = 10;
    private static final int MAX_CAUSES = 20;

    private static final String NOBODY_KNOWS =
            "the commit failed and may have been applied; call again with the same key to know";

    private final Connections connections;
    private final Pauses pauses;
    private int runs;

    /** What the caller is told if a commit of unknown fate turns out to have taken place. */
    private @Nullable R unsure;

    TransactionRuns(Connections connections, Pauses pauses) {
        this.connections = connections;
        this.pauses = pauses;
    }

    /** What is run in each transaction. */
    abstract R runIn(OwnTransaction transaction) throws X;

    /** Whether another transaction was in the way, though nothing was thrown. */
    abstract boolean hasConflict(R answer);

    /** Whether the answer is not true unless the commit takes place. */
    abstract boolean needsCommit(R answer);

    /** Whether the records will say that the commit took place. A key that was given back says nothing. */
    abstract boolean leavesATrace(R answer);

    /** Whether the answer waits for a transaction that may be the one whose commit nobody knows of. */
    abstract boolean isInProgress(R answer, R unsure);

    /** The answer after a commit whose fate was unknown: what was met now, or the first answer where that confirms it. */
    abstract R confirmed(R met, R unsure);

    final R answer() throws X {
        while (true) {
            runs++;
            R answer;
            try (OwnTransaction transaction = begin()) {
                answer = run(transaction);
            }
            if (answer != null) {
                return answer;
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

    private @Nullable R run(OwnTransaction transaction) throws X {
        R answer;
        try {
            answer = runIn(transaction);
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
        if (hasConflict(answer) && mayRunAgain()) {
            return null;
        }
        if (unsure != null && isInProgress(answer, unsure) && mayRunAgain()) {
            return null; // the database has not noticed yet that the connection of the first commit is gone
        }
        return committed(transaction, answer);
    }

    private @Nullable R committed(OwnTransaction transaction, R answer) {
        Commit end = transaction.commit();
        if (end == Commit.DONE || !needsCommit(answer)) {
            return unsure == null ? answer : confirmed(answer, unsure);
        }
        boolean tells = end == Commit.CONFLICT || (end == Commit.UNKNOWN && leavesATrace(answer));
        if (!tells || !mayRunAgain()) {
            throw transaction.failed(end);
        }
        if (end == Commit.UNKNOWN) {
            unsure = answer;
        }
        return null;
    }

    final boolean isConflict(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            boolean conflict = cause instanceof TransactionConflictException
                    || (cause instanceof SQLException sql && connections.isConflict(sql));
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
