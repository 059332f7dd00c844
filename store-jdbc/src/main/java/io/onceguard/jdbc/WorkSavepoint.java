package io.onceguard.jdbc;

import io.onceguard.spi.StoreException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/** Where a transaction goes back to if the work in it fails: behind the record. One thread. */
final class WorkSavepoint {

    private final Statements statements;
    private final TransactionSteps steps;
    private @Nullable Savepoint savepoint;
    private boolean setByInsert;

    WorkSavepoint(Statements statements, TransactionSteps steps) {
        this.statements = statements;
        this.steps = steps;
    }

    /** The insert that took the record has set it. */
    void wasSet() {
        savepoint = null; // an older one lies before the record
        setByInsert = true;
    }

    void set() {
        savepoint = steps.write("savepoint", connection -> connection.setSavepoint());
    }

    /** What was done since then stays. Where a commit comes next, it does that by itself. */
    void release() {
        Savepoint done = savepoint;
        forget();
        if (done != null) {
            steps.write("savepoint", connection -> {
                connection.releaseSavepoint(done);
                return true;
            });
        }
    }

    void forget() {
        savepoint = null;
        setByInsert = false;
    }

    /** Undoes what was done since then. */
    void rollBack() {
        Savepoint start = savepoint;
        if (start == null && !setByInsert) {
            throw new StoreException("nothing was acquired in this transaction", false, null);
        }
        steps.write("rollback of the work", connection -> {
            if (start == null) {
                statements.undoWork(connection);
            } else {
                connection.rollback(start);
            }
            return true;
        });
    }
}
