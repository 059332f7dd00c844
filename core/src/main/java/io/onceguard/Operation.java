package io.onceguard;

import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.function.Predicate;
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

    /** How long, and up to how many bytes in all, last writes are retried in the background. */
    record DeferralLimits(long nanos, long bytes) {}

    /** Whether a record whose attempt died or was held may be taken over at all. */
    boolean takesOver() {
        return guarantee == Guarantee.AT_LEAST_ONCE || reconciler != null;
    }

    static boolean needsRecovery(PreviousAttempt previous) {
        return previous == PreviousAttempt.ABANDONED || previous == PreviousAttempt.HELD;
    }
}
