package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The policies of an operation. Each method refuses nonsense at once, naming the limit; nothing is silently repaired.
 * Not thread-safe; the executors it builds do not change with it.
 *
 * @param <T> the type of the operation's value
 */
public final class IdempotencyExecutorBuilder<T extends @Nullable Object> {

    private static final Duration YEAR = Duration.ofDays(365);

    private final Guarantee guarantee;
    private final String name;
    private final IdempotencyStore store;
    private final EnvelopeOptions<T> envelope;

    private Duration lease = Duration.ofSeconds(30);
    private long longestRunNanos = Duration.ofHours(1).toNanos();
    private Retention retention = Retention.of(Duration.ofHours(24));
    private WaitPolicy waiting = WaitPolicy.reject();
    private final Map<Class<? extends Throwable>, FailurePolicy> failures = new LinkedHashMap<>();
    private Predicate<? super T> recordWhen = value -> true;
    private @Nullable Reconciler<T> reconciler;
    private boolean failOpen;
    private boolean releaseUnkept;
    private Operation.DeferralLimits deferral = Operation.DeferralLimits.of(Duration.ofMinutes(10), 16 << 20);
    private KeyPolicy keyPolicy = key -> null;
    private IdempotencyListener listener = IdempotencyListener.NONE;
    private Platform platform = SystemPlatform.INSTANCE;

    IdempotencyExecutorBuilder(Guarantee guarantee, String name, ResultCodec<T> codec, IdempotencyStore store) {
        this.guarantee = guarantee;
        this.name = Operation.checkedName(name);
        this.store = requireNonNull(store, "store");
        this.envelope = new EnvelopeOptions<>(requireNonNull(codec, "codec"));
    }

    /**
     * How long an attempt may go without a renewal before others may think it dead. Renewed each third while the work
     * runs, so it bounds the time after a crash, not the work. Default: 30 s.
     *
     * @param lease 100 ms to 365 days
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> lease(Duration lease) {
        Durations.nanos("lease", lease, Duration.ofMillis(100), YEAR);
        this.lease = lease;
        return this;
    }

    /**
     * How long a work may run before its lease is no longer renewed and others may take over. Default: 1 h.
     *
     * @param longestRun 100 ms to 365 days
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> longestRun(Duration longestRun) {
        this.longestRunNanos = Durations.nanos("longest run", longestRun, Duration.ofMillis(100), YEAR);
        return this;
    }

    /**
     * How long a record outlives its completion, or a dead attempt's lease; call and value can differ. Default: 24 h.
     *
     * @param retention counted from completion
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> retention(Retention retention) {
        this.retention = requireNonNull(retention, "retention");
        return this;
    }

    /**
     * What a call does while another attempt holds the lease; the call's own policy beats it. Default: reject at once.
     *
     * @param waiting the policy
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> waiting(WaitPolicy waiting) {
        this.waiting = requireNonNull(waiting, "waiting");
        return this;
    }

    /**
     * What becomes of the record when the work throws an exception of this type; the most specific type decides.
     * Default: at least once RELEASE, at most once HOLD, for every type.
     *
     * @param type a type of exception or error
     * @param policy what becomes of the record
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> onFailure(Class<? extends Throwable> type, FailurePolicy policy) {
        failures.put(requireNonNull(type, "type"), requireNonNull(policy, "policy"));
        return this;
    }

    /**
     * Which values are recorded; others go to their caller only and the key is free again. Default: all.
     *
     * @param recordWhen is asked after the work, under the lease; if it throws, the value is recorded
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> recordWhen(Predicate<? super T> recordWhen) {
        this.recordWhen = requireNonNull(recordWhen, "recordWhen");
        return this;
    }

    /**
     * Asks whether the effect of an attempt that died or was put on hold took place, instead of running the work again
     * (at least once) or refusing (at most once). Default: none.
     *
     * @param reconciler the question
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> reconcile(Reconciler<T> reconciler) {
        this.reconciler = requireNonNull(reconciler, "reconciler");
        return this;
    }

    /**
     * Runs the work unprotected ({@link Recording#UNGUARDED}) when the store cannot be reached before it: nothing is
     * promised then. Default: fail closed with an {@link IdempotencyStoreException}; the work is not run.
     *
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> failOpen() {
        this.failOpen = true;
        return this;
    }

    /**
     * How long, and up to how many bytes of results, writes are retried in the background after the store could not be
     * reached at the end of the work. The bytes are counted over all operations of one store. Default: 10 min, 16 MiB.
     *
     * @param longest 1 ms to 1 day
     * @param bytes 0 to 1 GiB
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> deferWrites(Duration longest, long bytes) {
        this.deferral = Operation.DeferralLimits.of(longest, bytes);
        return this;
    }

    /**
     * The largest encoded result that is kept, before compression. A larger one is delivered to its caller, and later
     * calls get {@link UnresolvedReason#RESULT_NOT_KEPT}. Default: 4 MiB.
     *
     * @param bytes 1 byte to 64 MiB
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> maxResultBytes(int bytes) {
        envelope.maxResultBytes(bytes);
        return this;
    }

    /**
     * Gives the key back when a result is too large or cannot be encoded, so that the next call runs the work again.
     * Default: the record is completed without a result, and the work never runs again.
     *
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> releaseUnkeptResults() {
        this.releaseUnkept = true;
        return this;
    }

    /**
     * Compresses results (DEFLATE) from this size on, where it makes them smaller. Default: never.
     *
     * @param bytes 0 or more
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> compressAbove(int bytes) {
        envelope.compressAbove(bytes);
        return this;
    }

    /**
     * Encrypts results, after compression. Default: plain.
     *
     * @param cipher for example {@link AesGcmCipher}
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> cipher(ResultCipher cipher) {
        envelope.cipher(requireNonNull(cipher, "cipher"));
        return this;
    }

    /**
     * Reads results of an earlier codec of this operation, too; new ones are written by the operation's own.
     *
     * @param older a codec with another id
     * @return this builder
     * @throws IllegalArgumentException if there is a codec with this id already
     */
    public IdempotencyExecutorBuilder<T> alsoDecodes(ResultCodec<? extends T> older) {
        envelope.alsoDecodes(requireNonNull(older, "codec"));
        return this;
    }

    /**
     * Keeps recorded failures to be thrown again as their own type. Default, also where the codec fails: type name and
     * {@linkplain #failureCode code} are kept and thrown as {@link RecordedFailureException}.
     *
     * @param codec turns exceptions into bytes and back
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> failureCodec(ResultCodec<Throwable> codec) {
        envelope.failureCodec(requireNonNull(codec, "codec"));
        return this;
    }

    /**
     * Finds the code that is kept of a recorded failure, such as {@code card_declined}. Default: none.
     *
     * @param code returns a short constant without personal data, or null
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> failureCode(Function<? super Throwable, @Nullable String> code) {
        envelope.failureCode(requireNonNull(code, "code"));
        return this;
    }

    /**
     * Keeps the messages of recorded failures, whatever they contain. Default: messages are not stored.
     *
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> keepFailureMessages() {
        envelope.keepFailureMessages();
        return this;
    }

    /**
     * Refuses more keys than {@link IdempotencyKey} does. Default: none.
     *
     * @param policy for example {@link KeyPolicy#uuid()}
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> keyPolicy(KeyPolicy policy) {
        this.keyPolicy = requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Is told what happens. Default: nobody.
     *
     * @param listener the listener
     * @return this builder
     */
    public IdempotencyExecutorBuilder<T> listener(IdempotencyListener listener) {
        this.listener = requireNonNull(listener, "listener");
        return this;
    }

    IdempotencyExecutorBuilder<T> platform(Platform platform) {
        this.platform = platform;
        return this;
    }

    /**
     * Builds the executor. Executors over the same store instance share its meeting place and its background threads.
     *
     * @return the executor
     */
    public IdempotencyExecutor<T> build() {
        FailurePolicy otherwise = guarantee == Guarantee.AT_LEAST_ONCE ? FailurePolicy.RELEASE : FailurePolicy.HOLD;
        Operation<T> operation = new Operation<>(
                name,
                guarantee,
                envelope.build(),
                lease,
                lease.toNanos(),
                longestRunNanos,
                retention,
                waiting,
                new FailurePolicies(failures, otherwise),
                recordWhen,
                reconciler,
                failOpen,
                releaseUnkept,
                deferral,
                keyPolicy,
                new Events(listener));
        return new IdempotencyExecutor<>(operation, StoreNode.of(store, platform), null);
    }
}
