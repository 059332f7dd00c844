package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The policies of one operation, as its builder checked them. Immutable. */
record Operation<T extends @Nullable Object>(
        String name,
        Guarantee guarantee,
        ResultEnvelope<T> envelope,
        Duration lease,
        long leaseNanos,
        long longestRunNanos,
        Retention retention,
        WaitPolicy waiting,
        FailurePolicies failures,
        Predicate<? super T> recordWhen,
        @Nullable Reconciler<T> reconciler,
        boolean failOpen,
        boolean releaseUnkept,
        DeferralLimits deferral,
        KeyPolicy keyPolicy,
        Events events) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}");

    /** How long, and up to how many bytes in all, last writes are retried in the background. */
    record DeferralLimits(long nanos, long bytes) {

        private static final long MAX_BYTES = 1L << 30;

        static DeferralLimits of(Duration longest, long bytes) {
            long nanos = Durations.nanos("deferral", longest, Duration.ofMillis(1), Duration.ofDays(1));
            if (bytes < 0 || bytes > MAX_BYTES) {
                throw new IllegalArgumentException("deferred bytes: 0 to " + MAX_BYTES + ", was " + bytes);
            }
            return new DeferralLimits(nanos, bytes);
        }
    }

    /** Returns the name, or throws an IllegalArgumentException that names the limits. */
    static String checkedName(String name) {
        if (!NAME.matcher(requireNonNull(name, "operation")).matches()) {
            throw new IllegalArgumentException("operation: " + NAME + ", was " + name.length() + " characters");
        }
        return name;
    }

    /** The record of a key, or an IllegalArgumentException if the operation refuses the key. */
    RecordId recordId(IdempotencyKey key) {
        String rule = keyPolicy.violatedRule(key.value());
        if (rule != null) {
            throw new IllegalArgumentException("key refused by operation " + name + ": " + rule);
        }
        return new RecordId(name, key.scope(), key.value());
    }

    /** Whether a record whose attempt died or was held may be taken over at all. */
    boolean takesOver() {
        return guarantee == Guarantee.AT_LEAST_ONCE || reconciler != null;
    }

    /**
     * The same operation inside the caller's transaction, where a failed work is undone.
     *
     * @throws IllegalStateException if it has an option that makes no sense there
     */
    Operation<T> inTransaction() {
        String misfit = failures.byType().containsValue(FailurePolicy.HOLD)
                ? "onFailure(.., HOLD): the work is undone, nothing is in doubt"
                : !waiting.rejects()
                        ? "waiting(..): a duplicate waits for the lock of the other transaction, see lockTimeout"
                        : failOpen ? "failOpen(): without its record the work must not be committed" : null;
        if (misfit != null) {
            throw new IllegalStateException("operation " + name + " cannot be used in a transaction with " + misfit);
        }
        return new Operation<>(
                name,
                guarantee,
                envelope,
                lease,
                leaseNanos,
                longestRunNanos,
                retention,
                waiting,
                new FailurePolicies(failures.byType(), FailurePolicy.RELEASE),
                recordWhen,
                reconciler,
                false,
                releaseUnkept,
                deferral,
                keyPolicy,
                events);
    }

    /** How an attempt gives its record back without having worked. */
    FinalWrite givenBack(Lease lease, PreviousAttempt previous) {
        // Once a record was released, nobody would ask any more whether the attempt before had its effect.
        return reconciler != null && needsRecovery(previous) ? FinalWrite.hold(lease) : FinalWrite.release(lease);
    }

    static boolean needsRecovery(PreviousAttempt previous) {
        return previous == PreviousAttempt.ABANDONED || previous == PreviousAttempt.HELD;
    }
}
