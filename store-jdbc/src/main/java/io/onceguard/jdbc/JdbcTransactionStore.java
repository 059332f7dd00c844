package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.jdbc.TransactionSteps.LockedException;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Answer;
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
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The store within one open transaction of the caller. An acquire is protected by a savepoint, so that neither a failure
 * nor a wait that was too long spoils the transaction; another savepoint, behind the record, is where failed work is
 * undone to.
 */
final class JdbcTransactionStore implements TransactionBoundStore {

    /** PostgreSQL takes none for no limit. */
    private static final Duration SHORTEST = Duration.ofMillis(1);

    /** The record that stood in the way may be gone when one looks at it. */
    private static final int INSERTS = 2;

    private final Statements statements;
    private final TransactionSteps steps;
    private final Sightings sightings;
    private final Duration lockTimeout;
    private final boolean readFirst;
    private final WorkSavepoint beforeWork;

    /** The transaction that a completion commits, or null. */
    private final @Nullable OwnTransaction committed;

    JdbcTransactionStore(
            Statements statements,
            TransactionSteps steps,
            @Nullable OwnTransaction committed,
            Sightings sightings,
            Duration lockTimeout,
            boolean readFirst) {
        this.statements = statements;
        this.steps = steps;
        this.committed = committed;
        this.sightings = sightings;
        this.beforeWork = new WorkSavepoint(statements, steps);
        this.lockTimeout = lockTimeout;
        this.readFirst = readFirst;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        SortedMap<ByteBuffer, AcquireRequest> single = single(request);
        Acquisition acquisition = new Acquisition(statements, steps, sightings, single);
        try {
            AcquireResult answer = requireNonNull(taken(acquisition, lockTimeout, steps.endsWithCommit())
                            .get(single.firstKey()))
                    .orElseThrow();
            if (answer instanceof Acquired && acquisition.hasBegunWork()) {
                beforeWork.wasSet();
            } else if (answer instanceof Acquired) {
                beginWork();
            }
            return answer;
        } catch (LockedException inProgress) {
            return new Held(unseen(request));
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>One statement takes the locks of all records, in the order of their digests, and waits for the lock timeout as a
     * whole. If that was not enough, each record is tried for itself and not waited for any more.
     */
    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        return new Batches<>(statements.batchRows(), AcquireRequest::id, request -> 0, this::acquireRows).all(requests);
    }

    private Map<ByteBuffer, Answer<AcquireResult>> acquireRows(SortedMap<ByteBuffer, AcquireRequest> requests) {
        try {
            return taken(new Acquisition(statements, steps, sightings, requests), lockTimeout, false);
        } catch (LockedException someAreLocked) {
            Map<ByteBuffer, Answer<AcquireResult>> answers = new HashMap<>();
            requests.forEach((digest, request) -> answers.put(digest, takenNow(digest, request)));
            return answers;
        }
    }

    private Answer<AcquireResult> takenNow(ByteBuffer digest, AcquireRequest request) {
        try {
            Acquisition acquisition = new Acquisition(statements, steps, sightings, single(request));
            return requireNonNull(taken(acquisition, SHORTEST, false).get(digest));
        } catch (LockedException inProgress) {
            return Answer.of(new Held(unseen(request)));
        } catch (StoreException failure) {
            return Answer.failed(failure);
        }
    }

    /** Takes all, or throws and leaves the transaction as it was. */
    private Map<ByteBuffer, Answer<AcquireResult>> taken(
            Acquisition acquisition, Duration patience, boolean beginsWork) {
        steps.begin();
        if (statements.hasInsert()) {
            acquisition.lookFirst(readFirst);
            for (int tries = 0; tries < INSERTS && !acquisition.isOver(); tries++) {
                acquisition.insert(patience, beginsWork);
            }
        }
        if (!acquisition.isOver()) {
            limited(patience, () -> statements.hasInsert() ? acquisition.settleTheRest() : acquisition.run(readFirst));
        }
        Map<ByteBuffer, Answer<AcquireResult>> answers = acquisition.answers();
        answers.values().forEach(Answer::orElseThrow);
        steps.end();
        return answers;
    }

    private static SortedMap<ByteBuffer, AcquireRequest> single(AcquireRequest request) {
        SortedMap<ByteBuffer, AcquireRequest> single = new TreeMap<>();
        single.put(Statements.digest(request.id()), request);
        return single;
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
    private <T> T protectedly(Duration patience, Supplier<T> body) {
        steps.begin();
        T answer = limited(patience, body);
        steps.end();
        return answer;
    }

    private <T> T limited(Duration patience, Supplier<T> body) {
        String theirs = steps.lockTimeout(statements);
        steps.setLockTimeout(statements, Long.toString(patience.toMillis()));
        T answer;
        try {
            answer = body.get();
        } catch (StoreException failure) {
            try {
                // not every database takes the setting back with the savepoint
                steps.setLockTimeout(statements, theirs);
            } catch (StoreException second) {
                failure.addSuppressed(second);
            }
            throw failure;
        }
        steps.setLockTimeout(statements, theirs);
        return answer;
    }

    @Override
    public void beginWork() {
        beforeWork.release();
        beforeWork.set();
    }

    @Override
    public void rollbackWork() {
        beforeWork.rollBack();
    }

    @Override
    public boolean renew(Lease lease) {
        ByteBuffer digest = Statements.digest(lease.id());
        return steps.write("renew", connection -> statements.renew(connection, Map.of(digest, lease)))
                .contains(digest);
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return finish(Finish.completed(new Completion(lease, result, retention)));
    }

    @Override
    public boolean release(Lease lease) {
        return finish(Finish.released(lease));
    }

    @Override
    public boolean hold(Lease lease) {
        return finish(Finish.held(lease));
    }

    private boolean finish(Finish end) {
        Map<ByteBuffer, Finish> single = Map.of(Statements.digest(end.lease().id()), end);
        OwnTransaction ending = end.state() == StoredRow.COMPLETED ? committed : null;
        boolean written = steps.write(
                end.stepName(),
                connection -> ending == null
                        ? !statements.finish(connection, single).isEmpty()
                        : ending.commitWith(open -> statements.finishAndCommit(open, single)));
        if (written && !steps.endsWithCommit()) {
            beforeWork.release();
        } else {
            beforeWork.forget();
        }
        return written;
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return finishAll(completions.stream().map(Finish::completed).toList());
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return finishAll(leases.stream().map(Finish::released).toList());
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return finishAll(leases.stream().map(Finish::held).toList());
    }

    private List<Answer<Boolean>> finishAll(List<Finish> ends) {
        beforeWork.release();
        return new Batches<Finish, Boolean>(
                        statements.batchRows(), end -> end.lease().id(), Finish::size, rows -> {
                            String name = rows.values().iterator().next().stepName();
                            Set<ByteBuffer> written =
                                    steps.write(name, connection -> statements.finish(connection, rows));
                            return rows.keySet().stream()
                                    .collect(Collectors.toMap(
                                            digest -> digest, digest -> Answer.of(written.contains(digest))));
                        })
                .all(ends);
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        Sight sight = new Sight(id, expectedToken);
        return protectedly(
                lockTimeout,
                () -> steps.write("resolve", connection -> statements.resolve(connection, sight, result, retention)));
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        Sight sight = new Sight(id, expectedToken);
        return protectedly(
                lockTimeout, () -> steps.write("delete", connection -> statements.delete(connection, sight)));
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
