package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.CallEnded;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.TransactionBoundStore;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs a piece of work once per key, keeps its result, and gives every later caller with that key the same result.
 *
 * <pre>{@code
 * IdempotencyExecutor<Receipt> charges =
 *         IdempotencyExecutor.atMostOnce("charge", receiptCodec, store).build();
 *
 * Outcome<Receipt> outcome = charges.execute(
 *         IdempotencyKey.of("tenant-7", "order-42"), Fingerprint.of(requestBody), () -> gateway.charge(order));
 * }</pre>
 *
 * <p><b>How.</b> A call acquires a lease on the key's record in the store, runs the work while the lease is renewed in
 * the background, and completes the record with the encoded result. Each of these is one atomic step of the store,
 * conditional on the id of the attempt, so an attempt that was paused for too long can never overwrite its successor.
 * The callers of one JVM meet before they ask the store and share its answer.
 *
 * <p><b>What is promised</b>, within retention. Without a crash the work runs once. If an attempt dies after its effect
 * and before its record, <i>at least once</i> runs the work again, and <i>at most once</i> never does: the key is then
 * {@link Outcome.Unresolved} until somebody resolves it. An owner that is paused past its lease may overlap with its
 * successor under at least once; {@link Attempt#fencingToken()} lets systems downstream refuse the late one. An
 * unresolved record that expires is a fresh key. A store that loses acknowledged writes loses these promises with them.
 *
 * <p><b>What always holds.</b> All callers who get RECORDED or a replay got the same answer. What the work returned or
 * threw reaches its caller, whatever the store does afterwards. A refusal is a value ({@link Outcome}), never an
 * exception; an exception is a failure of the work (new or replayed), of the store, or of an argument.
 *
 * <p>Many calls together are run by a {@link BatchExecutor}.
 *
 * <p>An executor is bound to one operation and one store, immutable, thread-safe and cheap; it needs no closing. All
 * methods block; use virtual threads for concurrency.
 *
 * @param <T> the type of the operation's value
 */
public final class IdempotencyExecutor<T extends @Nullable Object> {

    final Operation<T> operation;
    final StoreNode node;
    final @Nullable TransactionBoundStore transaction;

    private final OperatorVerbs<T> operators;

    IdempotencyExecutor(Operation<T> operation, StoreNode node, @Nullable TransactionBoundStore transaction) {
        this.operation = operation;
        this.node = node;
        this.transaction = transaction;
        this.operators = transaction == null
                ? new OperatorVerbs<>(operation, node.store, node)
                : new OperatorVerbs<>(operation, transaction, null);
    }

    /**
     * Starts an operation that runs its work again when an attempt died: for work that can be repeated, or whose
     * downstream recognises a repetition by {@link Attempt#deriveKey}.
     *
     * @param <T> the type of the operation's value
     * @param operation names the kind of work: 1 to 64 letters, digits or {@code . _ : / -}
     * @param codec turns values into bytes and back
     * @param store keeps the records
     * @return the builder of the executor
     * @throws IllegalArgumentException if the name breaks its limits
     */
    public static <T extends @Nullable Object> IdempotencyExecutorBuilder<T> atLeastOnce(
            String operation, ResultCodec<T> codec, IdempotencyStore store) {
        return new IdempotencyExecutorBuilder<>(Guarantee.AT_LEAST_ONCE, operation, codec, store);
    }

    /**
     * Starts an operation that never runs its work again when an attempt died: the key is then unresolved until
     * somebody resolves it, or until it expires. So it is when the work throws, because the effect is unknown; declare
     * the exceptions after which nothing was done with {@link IdempotencyExecutorBuilder#onFailure}.
     *
     * <p>Its parameters are those of {@link #atLeastOnce}.
     */
    public static <T extends @Nullable Object> IdempotencyExecutorBuilder<T> atMostOnce(
            String operation, ResultCodec<T> codec, IdempotencyStore store) {
        return new IdempotencyExecutorBuilder<>(Guarantee.AT_MOST_ONCE, operation, codec, store);
    }

    /**
     * Returns a view of this operation that writes its records in the caller's open transaction: exactly once for what
     * the work writes there, because work and record are committed, or vanish, together.
     *
     * <p>The view replaces the guarantee. It never commits; {@link Recording#IN_TRANSACTION} becomes final with the
     * caller's commit. When the work throws, what it wrote is undone and the key is free again, or the failure is
     * recorded where the operation says so; the transaction stays usable. A call for a key that another transaction is
     * working on waits for that one, and no longer than the store's lock timeout; then it is
     * {@link Outcome.InProgress}. Effects outside the transaction are not protected.
     *
     * <p>Throws {@link TransactionConflictException} where the whole transaction has to be run again. After any other
     * {@link IdempotencyStoreException} that comes when the work has returned, roll back.
     *
     * <p>Cheap: make one for each transaction, and use it on one thread. It knows nothing of leases: an attempt holds
     * its key for as long as the transaction is open.
     *
     * @param store a store that is bound to the transaction, over the same records as this executor's own
     * @return the view
     * @throws IllegalStateException if the operation was explicitly told to hold records, to wait, or to fail open
     */
    public IdempotencyExecutor<T> using(TransactionBoundStore store) {
        return new IdempotencyExecutor<>(operation.inTransaction(), node, requireNonNull(store, "store"));
    }

    /** Returns how long records are kept from completion, unless a call or its work says otherwise. */
    public Retention retention() {
        return operation.retention();
    }

    /**
     * Runs the work, or replays its result.
     *
     * @param <X> the checked exception of the work
     * @param key names the piece of work
     * @param fingerprint the digest of its input
     * @param work the business code
     * @return what became of the call
     * @throws X what the work threw, the same object, or a recorded failure as the failure codec decodes it
     * @throws RecordedFailureException if a failure was recorded without a failure codec
     * @throws IdempotencyStoreException if the store could not be asked and the operation fails closed; the work was
     *     not run
     * @throws UnreadableResultException if there is a result that cannot be read; the work was not run
     * @throws IllegalArgumentException if the operation's key policy refuses the key; nothing was touched
     */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> execute(
            IdempotencyKey key, Fingerprint fingerprint, Work<? extends T, ? extends X> work) throws X {
        return call(IdempotentCall.of(key, fingerprint), work);
    }

    /** Like {@link #execute(IdempotencyKey, Fingerprint, Work)}; the work is told of its attempt. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> execute(
            IdempotencyKey key, Fingerprint fingerprint, AttemptWork<? extends T, ? extends X> work) throws X {
        return call(IdempotentCall.of(key, fingerprint), work);
    }

    /** Like {@link #execute(IdempotencyKey, Fingerprint, Work)}, with options of this call. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> execute(IdempotentCall call, Work<? extends T, ? extends X> work) throws X {
        return call(call, work);
    }

    /**
     * Like {@link #execute(IdempotencyKey, Fingerprint, Work)}, with options of this call; the work is told of its
     * attempt.
     */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> execute(IdempotentCall call, AttemptWork<? extends T, ? extends X> work)
            throws X {
        return call(call, work);
    }

    /**
     * Like {@link #execute(IdempotencyKey, Fingerprint, Work)} for work without a value; the outcome's value is null.
     */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> run(IdempotencyKey key, Fingerprint fingerprint, Action<? extends X> action)
            throws X {
        return call(IdempotentCall.of(key, fingerprint), withoutValue(action));
    }

    /** Like {@link #run(IdempotencyKey, Fingerprint, Action)}; the work is told of its attempt. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> run(
            IdempotencyKey key, Fingerprint fingerprint, AttemptAction<? extends X> action) throws X {
        return call(IdempotentCall.of(key, fingerprint), withoutValue(action));
    }

    /** Like {@link #run(IdempotencyKey, Fingerprint, Action)}, with options of this call. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> run(IdempotentCall call, Action<? extends X> action) throws X {
        return call(call, withoutValue(action));
    }

    /** Like {@link #execute(IdempotentCall, AttemptWork)} for work without a value; the outcome's value is null. */
    @CheckReturnValue
    public <X extends Exception> Outcome<T> run(IdempotentCall call, AttemptAction<? extends X> action) throws X {
        return call(call, withoutValue(action));
    }

    /**
     * Looks at the record of a key and changes nothing; for operators.
     *
     * @param key names the piece of work
     * @return the record, or empty if there is none
     * @throws IdempotencyStoreException if the store could not be asked
     */
    public Optional<StoredRecord> find(IdempotencyKey key) {
        return operators.find(operation.recordId(key));
    }

    /**
     * Removes the record of a key in whatever state it is; for operators. The next call runs the work. If an attempt is
     * running, its result is refused: the caller gets it as {@link Recording#LEASE_LOST}.
     *
     * @param token the token that the operator saw ({@link #find}); if it is stale, nothing is changed
     * @return whether the record was removed
     * @throws IdempotencyStoreException if the store could not be asked
     */
    public boolean forget(IdempotencyKey key, long token) {
        return operators.forget(operation.recordId(key), token);
    }

    /**
     * Like {@link #forget(IdempotencyKey, long)} with the current token.
     *
     * @return whether there was a record and it was removed
     */
    public boolean forget(IdempotencyKey key) {
        return find(key).map(record -> forget(key, record.token())).orElse(false);
    }

    /**
     * Gives an unresolved record its value; for operators. Later calls replay it.
     *
     * @param value what the work would have returned
     * @param token the token that the operator saw ({@link #find}); if it is stale, nothing is changed
     * @return whether the record was abandoned or held with this token, and now has the value
     * @throws IllegalArgumentException if the value is too large or cannot be encoded; nothing was touched
     * @throws IdempotencyStoreException if the store could not be asked
     */
    public boolean resolve(IdempotencyKey key, T value, long token) {
        return operators.resolve(operation.recordId(key), value, token);
    }

    /**
     * Like {@link #resolve(IdempotencyKey, Object, long)} with the current token.
     *
     * @return whether the record was abandoned or held, and now has the value
     */
    public boolean resolve(IdempotencyKey key, T value) {
        return find(key).map(record -> resolve(key, value, record.token())).orElse(false);
    }

    /**
     * Waits until no write to this executor's store is being retried in the background; for an orderly shutdown. What
     * is still deferred when the JVM ends is lost: the key is then as after a crash.
     *
     * @param timeout how long to wait; zero only asks
     * @return false if the time was over, or the thread was interrupted (its flag stays set)
     * @throws IllegalArgumentException if the timeout is negative or above a day
     */
    public boolean awaitDeferred(Duration timeout) {
        return node.deferred.await(Durations.nanos("timeout", timeout, Duration.ZERO, Duration.ofDays(1)));
    }

    private <X extends Exception> Outcome<T> call(IdempotentCall call, AttemptWork<? extends T, ? extends X> work)
            throws X {
        requireNonNull(call, "call");
        requireNonNull(work, "work");
        IdempotencyKey key = call.key();
        RecordId id = key == null ? null : operation.recordId(key);
        Outcome<T> outcome = id == null
                ? Unrecorded.withoutKey(operation, call, work)
                : outcome(new KeyedCall<>(operation, id, call, work), call.waitingOr(operation.waiting()));
        if (operation.events().wantsCalls()) {
            operation.events().callEnded(new CallEnded(id, outcome));
        }
        return outcome;
    }

    private <X extends Exception> Outcome<T> outcome(KeyedCall<T, X> call, WaitPolicy waiting) throws X {
        if (transaction == null) {
            return new Execution<>(call, node, waiting).outcome();
        }
        if (!waiting.rejects()) {
            throw new IllegalArgumentException(
                    "waiting: a call in a transaction waits for the lock of the other, see lockTimeout");
        }
        return new TransactionExecution<>(call, transaction).outcome();
    }

    @SuppressWarnings("NullAway") // T of an action is a type that has null
    private static <T extends @Nullable Object, X extends Exception> AttemptWork<T, X> withoutValue(
            AttemptAction<X> action) {
        requireNonNull(action, "action");
        return attempt -> {
            action.run(attempt);
            return null;
        };
    }
}
