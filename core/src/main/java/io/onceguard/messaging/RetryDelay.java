package io.onceguard.messaging;

import java.time.Duration;

/** How long a message waits for its next delivery: longer with each attempt that failed. */
record RetryDelay(Duration first, Duration longest) {

    private static final int MOST_DOUBLINGS = 40;

    Duration after(int attempt) {
        int doublings = Math.min(MOST_DOUBLINGS, Math.max(0, attempt - 1));
        long most = longest.toNanos();
        long nanos = first.toNanos() > most >> doublings ? most : first.toNanos() << doublings;
        return Duration.ofNanos(nanos);
    }
}
