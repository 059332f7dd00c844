package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.TransactionBoundStore;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Keeps records in a table of a relational database: H2 (memory, file, server), PostgreSQL from 13, MariaDB from 10.5,
 * MySQL from 8 (of which {@link JdbcDialect#mysql} says how far it is tested), or another ({@link JdbcDialect#portable}).
 *
 * <p><b>Record.</b> One row for each record, under the SHA-256 digest of its id in a fixed binary primary key, so that
 * no collation and no padding brings two ids together. Operation, scope and key stand beside it for the eye of an
 * operator. The columns are described in {@code schema/<database>.sql}, a resource of this module.
 *
 * <p><b>Time</b> is the database's, read in the statement that uses it and kept as microseconds since 1970 in UTC. The
 * clocks and zones of nodes and sessions count for nothing. Tokens are {@code max(previous + 1, time in microseconds)}.
 * A row outlives its record by one to five hours, so that a token never falls behind one that was given before.
 *
 * <p><b>Connections.</b> A call borrows a connection, runs one statement (seldom more), and gives the connection back
 * before it returns: none is held while work runs. Autocommit and isolation are left as found; on a connection without
 * autocommit each statement is committed at once. Therefore give the store a plain pool, not a proxy that hands out the
 * connection of the caller's transaction. No session state is kept, so that PgBouncer in transaction mode works (with
 * {@code prepareThreshold=0} before its version 1.21). Calls block for as long as the pool and the driver do: set the
 * pool's connection timeout and the driver's socket timeout.
 *
 * <p><b>Durability</b> is that of the database. An H2 file loses acknowledged commits when its process is killed, unless
 * it is opened with {@code WRITE_DELAY=0}: without it, it is refused. A power failure is not covered by H2.
 * Everything else that writes the file should take turns with the store: {@link H2File}.
 *
 * <p>Expired rows are removed by {@link #purgeExpired}; see {@link JdbcPurger}. Safe for use by many threads.
 */
public final class JdbcIdempotencyStore implements IdempotencyStore, AutoCloseable {

    private static final int PURGE_ROWS = 1_000;

    private final Connections connections;
    private final Statements statements;
    private final Sightings sightings;
    private final TransactionBinder binder;
    private final boolean readFirst;
    private final AutoCloseable owned;

    private final Batches<AcquireRequest, AcquireResult> acquires;
    private final Batches<Lease, Boolean> renewals;
    private final Batches<Finish, Boolean> ends;

    JdbcIdempotencyStore(
            Connections connections,
            Statements statements,
            Sightings sightings,
            TransactionBinder binder,
            boolean readFirst,
            AutoCloseable owned) {
        this.connections = connections;
        this.statements = statements;
        this.sightings = sightings;
        this.binder = binder;
        this.readFirst = readFirst;
        this.owned = owned;
        int rows = statements.batchRows();
        acquires = new Batches<>(rows, AcquireRequest::id, request -> 0, this::acquireRows);
        renewals = new Batches<>(rows, Lease::id, lease -> 0, this::renewRows);
        ends = new Batches<>(rows, end -> end.lease().id(), Finish::size, this::finishRows);
    }

    /**
     * Opens a store with a HikariCP pool of its own (10 connections), and creates the table if it is absent.
     *
     * <p>An H2 file gets {@code WRITE_DELAY=0} unless the URL says otherwise, which is refused. Needs HikariCP and the
     * driver on the class path. Blocks until the database answers; nothing stays open if it does not.
     *
     * @param url the JDBC URL
     * @param user the user
     * @param password the password, perhaps empty
     * @return the store; close it to close the pool
     * @throws StoreException if the database cannot be reached or the table cannot be created
     * @throws IllegalArgumentException if the database is not supported or its driver is missing, or an H2 file has
     *     another write delay
     */
    public static JdbcIdempotencyStore open(String url, String user, String password) {
        requireNonNull(user, "user");
        requireNonNull(password, "password");
        return OwnedPool.open(H2Database.durableUrl(requireNonNull(url, "url")), user, password);
    }

    /**
     * Begins a store over the connections of a pool, which stays the caller's.
     *
     * @param dataSource the pool
     * @return a builder with the defaults
     */
    public static JdbcIdempotencyStoreBuilder builder(DataSource dataSource) {
        return new JdbcIdempotencyStoreBuilder(dataSource);
    }

    /**
     * Returns a store that writes the same table on the caller's connection, inside the caller's open transaction; for
     * {@link IdempotencyExecutor#using}. Business rows and record are then committed, or vanish, together: exactly once
     * for what the work writes on this connection.
     *
     * <p>It never commits and leaves autocommit, isolation and the lock timeout as it finds them; it uses savepoints. A
     * call for a key that another open transaction is working on waits for that one, at most for the store's {@link
     * JdbcIdempotencyStoreBuilder#lockTimeout lock timeout}. At repeatable read or serializable it may be told to run the
     * whole transaction again. On one thread, for one transaction.
     *
     * <p>Calls run on the caller's thread. Take connections to an embedded H2 file from {@link H2File#takingTurns}, or a
     * kill can leave half a transaction; there it is also said which files survive an interrupt.
     *
     * @param connection an open connection to the database of this store, with autocommit off
     * @return the store of this transaction
     * @throws IllegalArgumentException if autocommit is on
     * @throws StoreException if the connection does not answer
     */
    public TransactionBoundStore boundTo(Connection connection) {
        return binder.bind(requireNonNull(connection, "connection"));
    }

    /**
     * Like {@link #boundTo}, for a transaction of the library's own in which nothing was done yet.
     *
     * @param one whether there is one call in it, whose completion may commit
     */
    TransactionBoundStore boundTo(OwnTransaction transaction, boolean one) {
        return binder.bind(transaction, one);
    }

    /**
     * Runs an operation in transactions of its own: the short form of {@link #boundTo} that opens the transaction,
     * commits it, and runs it again after a conflict.
     *
     * @param <T> the type of the operation's value
     * @param executor the operation, over this store
     * @return runs it; immutable and safe for use by many threads
     * @throws IllegalStateException if the operation cannot be used in a transaction ({@link IdempotencyExecutor#using})
     */
    public <T extends @Nullable Object> JdbcTransactions<T> transactions(IdempotencyExecutor<T> executor) {
        return transactions(executor, Pauses.RANDOM);
    }

    <T extends @Nullable Object> JdbcTransactions<T> transactions(IdempotencyExecutor<T> executor, Pauses pauses) {
        return new JdbcTransactions<>(requireNonNull(executor, "executor"), this, connections, pauses);
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        return acquires.one(requireNonNull(request, "request"));
    }

    @Override
    public boolean renew(Lease lease) {
        return renewals.one(requireNonNull(lease, "lease"));
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return ends.one(Finish.completed(new Completion(lease, result, retention)));
    }

    @Override
    public boolean release(Lease lease) {
        return ends.one(Finish.released(lease));
    }

    @Override
    public boolean hold(Lease lease) {
        return ends.one(Finish.held(lease));
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        Sight sight = new Sight(id, expectedToken);
        requireNonNull(result, "result");
        requireNonNull(retention, "retention");
        return connections.call(session ->
                session.write("resolve", connection -> statements.resolve(connection, sight, result, retention)));
    }

    /**
     * {@inheritDoc}
     *
     * <p>The row loses its key, its fingerprint and its result at once and stays, empty, until the next purge: the
     * token of the next attempt must not fall behind.
     */
    @Override
    public boolean delete(RecordId id, long expectedToken) {
        Sight sight = new Sight(id, expectedToken);
        return connections.call(session -> session.write("delete", connection -> statements.delete(connection, sight)));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        ByteBuffer digest = Statements.digest(requireNonNull(id, "id"));
        Map<ByteBuffer, StoredRow> rows = connections.call(
                session -> session.read("find", connection -> statements.find(connection, Set.of(digest))));
        return Optional.ofNullable(rows.get(digest)).map(StoredRow::view);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A record is purged between one and five hours after its expiry. Each statement removes at most 1,000 rows, and
     * leaves out those that are locked, except on H2 and MariaDB before 10.6.
     */
    @Override
    public int purgeExpired(int limit) {
        IdempotencyStore.super.purgeExpired(limit);
        int removed = 0;
        while (removed < limit) {
            int rows = Math.min(limit - removed, PURGE_ROWS);
            int now = connections.call(
                    session -> session.write("purge", connection -> statements.purge(connection, rows)));
            removed += now;
            if (now < rows) {
                break;
            }
        }
        return removed;
    }

    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        return acquires.all(requests);
    }

    @Override
    public List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return renewals.all(leases);
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return ends.all(completions.stream().map(Finish::completed).toList());
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return ends.all(leases.stream().map(Finish::released).toList());
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return ends.all(leases.stream().map(Finish::held).toList());
    }

    /** Closes the pool that {@link #open} created. Closes nothing if the store was built from a DataSource. */
    @Override
    public void close() {
        try {
            owned.close();
        } catch (Exception failure) {
            throw new StoreException("the pool could not be closed", false, failure);
        }
    }

    private Map<ByteBuffer, Answer<AcquireResult>> acquireRows(SortedMap<ByteBuffer, AcquireRequest> requests) {
        return connections.call(session -> new Acquisition(statements, session, sightings, requests).run(readFirst));
    }

    private Map<ByteBuffer, Answer<Boolean>> renewRows(SortedMap<ByteBuffer, Lease> leases) {
        return told(leases, connections.call(session -> session.write("renew", c -> statements.renew(c, leases))));
    }

    private Map<ByteBuffer, Answer<Boolean>> finishRows(SortedMap<ByteBuffer, Finish> items) {
        String name = items.values().iterator().next().stepName();
        return told(items, connections.call(session -> session.write(name, c -> statements.finish(c, items))));
    }

    private static Map<ByteBuffer, Answer<Boolean>> told(Map<ByteBuffer, ?> items, Set<ByteBuffer> done) {
        Map<ByteBuffer, Answer<Boolean>> answers = new HashMap<>();
        items.keySet().forEach(digest -> answers.put(digest, Answer.of(done.contains(digest))));
        return answers;
    }
}
