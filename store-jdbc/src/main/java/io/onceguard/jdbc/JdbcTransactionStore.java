package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.jdbc.Statements.Finish;
import io.onceguard.jdbc.Statements.Sight;
import io.onceguard.jdbc.TransactionSteps.LockedException;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.TransactionBoundStore;
import java.nio.ByteBuffer;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store within one open transaction of the caller. An acquire is protected by a savepoint, so that neither a failure
 * nor a wait that was too long spoils the transaction; another savepoint, behind the record, is where failed work is
 * undone to.
 */
final class JdbcTransactionStore implements TransactionBoundStore {

    private final Statements statements;
    private final TransactionSteps steps;
    private final Duration lockTimeout;
    private final boolean readFirst;
    private @Nullable Savepoint beforeWork;

    JdbcTransactionStore(Statements statements, TransactionSteps steps, Duration lockTimeout, boolean readFirst) {
        this.statements = statements;
        this.steps = steps;
        this.lockTimeout = lockTimeout;
        this.readFirst = readFirst;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        SortedMap<ByteBuffer, AcquireRequest> single = new TreeMap<>();
        single.put(Statements.digest(request.id()), request);
        try {
            AcquireResult answer = protectedly(() -> {
                Acquisition acquisition = new Acquisition(statements, steps, single);
                return requireNonNull(acquisition.run(readFirst).get(single.firstKey()))
                        .orElseThrow();
            });
            if (answer instanceof Acquired) {
                beforeWork = steps.write("savepoint", connection -> connection.setSavepoint());
            }
            return answer;
        } catch (LockedException inProgress) {
            return new Held(unseen(request));
        }
    }

    /** Nobody but its writer can see the record. All that is known is that it is there. */
    private StoredRecord unseen(AcquireRequest request) {
        return new StoredRecord(
                RecordState.IN_PROGRESS,
                request.fingerprint(),
                1,
                0,
                Duration.ZERO,
                lockTimeout,
                request.retention(),
                null);
    }

    /** Runs a statement that may meet locks: it waits for a limited time, and if it fails, the transaction goes on. */
    private <T> T protectedly(Supplier<T> body) {
        steps.begin();
        String theirs = steps.read("lock timeout", statements::lockTimeout);
        setLockTimeout(Long.toString(lockTimeout.toMillis()));
        T answer;
        try {
            answer = body.get();
        } catch (StoreException failure) {
            try {
                setLockTimeout(theirs); // not every database takes the setting back with the savepoint
            } catch (StoreException second) {
                failure.addSuppressed(second);
            }
            throw failure;
        }
        setLockTimeout(theirs);
        steps.end();
        return answer;
    }

    private void setLockTimeout(String timeout) {
        steps.write("lock timeout", connection -> statements.setLockTimeout(connection, timeout));
    }

    @Override
    public void rollbackWork() {
        Savepoint start = beforeWork;
        if (start == null) {
            throw new StoreException("nothing was acquired in this transaction", false, null);
        }
        steps.write("rollback of the work", connection -> {
            connection.rollback(start);
            return true;
        });
    }

    @Override
    public boolean renew(Lease lease) {
        ByteBuffer digest = Statements.digest(lease.id());
        return steps.write("renew", connection -> statements.renew(connection, Map.of(digest, lease)))
                .contains(digest);
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return finish("complete", Finish.completed(new Completion(lease, result, retention)));
    }

    @Override
    public boolean release(Lease lease) {
        return finish("release", Finish.released(lease));
    }

    @Override
    public boolean hold(Lease lease) {
        return finish("hold", Finish.held(lease));
    }

    private boolean finish(String name, Finish end) {
        ByteBuffer digest = Statements.digest(end.lease().id());
        boolean written = steps.write(name, connection -> statements.finish(connection, Map.of(digest, end)))
                .contains(digest);
        Savepoint done = beforeWork;
        beforeWork = null;
        if (written && done != null) {
            steps.write("savepoint", connection -> {
                connection.releaseSavepoint(done);
                return true;
            });
        }
        return written;
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        Sight sight = new Sight(id, expectedToken);
        return protectedly(
                () -> steps.write("resolve", connection -> statements.resolve(connection, sight, result, retention)));
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        Sight sight = new Sight(id, expectedToken);
        return protectedly(() -> steps.write("delete", connection -> statements.delete(connection, sight)));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        ByteBuffer digest = Statements.digest(id);
        return Optional.ofNullable(steps.read("find", connection -> statements.find(connection, Set.of(digest)))
                        .get(digest))
                .map(StoredRow::view);
    }

    /** Expired records are removed by the store itself, in transactions of its own: this does nothing. */
    @Override
    public int purgeExpired(int limit) {
        return TransactionBoundStore.super.purgeExpired(limit);
    }
}
