package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.Attempt;
import io.onceguard.BatchCall;
import io.onceguard.BatchExecutor;
import io.onceguard.BatchResult;
import io.onceguard.BatchRunner;
import io.onceguard.CheckReturnValue;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.IdempotentCall;
import io.onceguard.Outcome;
import io.onceguard.Recording;
import io.onceguard.TransactionConflictException;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.TransactionBoundStore;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs an operation in database transactions that it opens and ends itself: exactly once for what the work writes there.
 *
 * <pre>{@code
 * JdbcTransactions<Receipt> payments = store.transactions(executor);
 *
 * Outcome<Receipt> outcome = payments.execute(key, Fingerprint.of(body), connection -> ledger.charge(connection, order));
 * }</pre>
 *
 * <p>Work and record are committed together. After a serialization failure or a deadlock, of a statement or of the
 * commit, all of it is run again, up to ten times with growing random pauses. If nobody knows whether a commit took
 * place, because the connection broke, the key is asked: its record says whether it did. When the work throws, what it
 * wrote is undone, what the operation says about failures is committed, and the exception reaches the caller. On
 * PostgreSQL a call takes two round trips beside those of its work: the result is written and committed in one.
 *
 * <p>A connection is borrowed from the store's pool for each transaction and given back as it was found. Calls block, for
 * as long as the pool, the database and the work do. Immutable and safe for use by many threads. See {@link
 * IdempotencyExecutor#using} for what holds in a transaction.
 *
 * @param <T> the type of the operation's value
 */
public final class JdbcTransactions<T extends @Nullable Object> implements BatchRunner<T, Connection> {

    /** Nobody calls it: an executor refuses to be used with it if its operation does not fit. */
    private static final TransactionBoundStore NO_TRANSACTION = (TransactionBoundStore) Proxy.newProxyInstance(
            TransactionBoundStore.class.getClassLoader(),
            new Class<?>[] {TransactionBoundStore.class},
            (self, method, arguments) -> {
                throw new IllegalStateException("there is no transaction");
            });

    private final IdempotencyExecutor<T> executor;
    private final JdbcIdempotencyStore store;
    private final Connections connections;
    private final Pauses pauses;

    JdbcTransactions(
            IdempotencyExecutor<T> executor, JdbcIdempotencyStore store, Connections connections, Pauses pauses) {
        requireNonNull(executor.using(NO_TRANSACTION));
        this.executor = executor;
        this.store = store;
        this.connections = connections;
        this.pauses = pauses;
    }

    /**
     * Runs the work in a transaction, or replays its result.
     *
     * @param <X> the checked exception of the work
     * @param key names the piece of work
     * @param fingerprint the digest of its input
     * @param work the business code
     * @return what became of the call; {@link Recording#IN_TRANSACTION} is committed
     * @throws X what the work threw, the same object, or a recorded failure
     * @throws IdempotencyStoreException if the record could not be read or written; nothing was committed. A {@link
     *     TransactionConflictException} if other transactions were in the way each time
     * @throws StoreException if no connection could be had, or the commit failed. If it is {@code ambiguous()}, it may
     *     have taken place, and a call with the same key will tell; otherwise nothing was committed
     */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> execute(
            IdempotencyKey key, Fingerprint fingerprint, TransactionWork<? extends T, ? extends X> work) throws X {
        return execute(IdempotentCall.of(key, fingerprint), work);
    }

    /** Like {@link #execute(IdempotencyKey, Fingerprint, TransactionWork)}, with options of this call. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> execute(IdempotentCall call, TransactionWork<? extends T, ? extends X> work)
            throws X {
        requireNonNull(call, "call");
        requireNonNull(work, "work");
        return outcome(transaction -> in(transaction, true).execute(call, () -> work.run(transaction.connection())));
    }

    /**
     * Like {@link #execute(IdempotencyKey, Fingerprint, TransactionWork)} for work without a value, such as that of a
     * message consumer; the outcome's value is null. With {@code ResultCodec.none()} the record is a mere marker.
     */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> run(
            IdempotencyKey key, Fingerprint fingerprint, TransactionAction<? extends X> action) throws X {
        return run(IdempotentCall.of(key, fingerprint), action);
    }

    /** Like {@link #run(IdempotencyKey, Fingerprint, TransactionAction)}, with options of this call. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> run(IdempotentCall call, TransactionAction<? extends X> action) throws X {
        requireNonNull(call, "call");
        requireNonNull(action, "action");
        return outcome(transaction -> in(transaction, true).run(call, () -> action.run(transaction.connection())));
    }

    /**
     * {@inheritDoc}
     *
     * <p>All works run on this thread, in the order of the calls, in one transaction, which is committed once. What a work
     * that throws has written is undone, and the others go on. When another transaction is in the way, all of it is rolled
     * back and run again, with every work, up to ten times. If a work throws an {@code Error}, the others still run and are
     * committed before it is thrown.
     */
    @Override
    public List<BatchResult<T>> runAll(List<BatchCall<T, Connection>> calls) {
        List<BatchCall<T, Connection>> all = List.copyOf(calls);
        return new BatchRuns<T>(
                        connections,
                        pauses,
                        transaction -> BatchExecutor.of(in(transaction, false))
                                .runAll(all.stream()
                                        .map(call -> bound(call, transaction.connection()))
                                        .toList()))
                .answer();
    }

    private static <T extends @Nullable Object> BatchCall<T, Attempt> bound(
            BatchCall<T, Connection> call, Connection connection) {
        return new BatchCall<>(call.call(), (attempt, context) -> call.work().run(attempt, connection));
    }

    private IdempotencyExecutor<T> in(OwnTransaction transaction, boolean oneCall) {
        return executor.using(store.boundTo(transaction, oneCall));
    }

    private <X extends Exception> Outcome<T> outcome(CallRuns.Body<T, X> body) throws X {
        return new CallRuns<>(connections, pauses, body).answer();
    }
}
