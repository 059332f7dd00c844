package io.onceguard;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** What a call does while another attempt holds the lease: reject at once, or wait for a while. Immutable. */
public final class WaitPolicy {

    private static final Duration MAX = Duration.ofDays(1);
    private static final WaitPolicy REJECT = new WaitPolicy(0);

    private final long budgetNanos;

    private WaitPolicy(long budgetNanos) {
        this.budgetNanos = budgetNanos;
    }

    /** Returns the policy to answer {@link Outcome.InProgress} at once. The default. */
    public static WaitPolicy reject() {
        return REJECT;
    }

    /**
     * Returns the policy to wait for the result, and to answer {@link Outcome.InProgress} when the time is over.
     * Giving up changes nothing for the holder of the lease.
     *
     * @param budget 1 ms to 1 day
     * @return the policy
     * @throws IllegalArgumentException if the budget lies outside these limits
     */
    public static WaitPolicy upTo(Duration budget) {
        requireNonNull(budget, "budget");
        return new WaitPolicy(Durations.nanos("wait budget", budget, Duration.ofMillis(1), MAX));
    }

    boolean rejects() {
        return budgetNanos == 0;
    }

    long budgetNanos() {
        return budgetNanos;
    }

    @Override
    public String toString() {
        return rejects() ? "reject" : "wait up to " + Duration.ofNanos(budgetNanos);
    }
}
