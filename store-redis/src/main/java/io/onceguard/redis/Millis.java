package io.onceguard.redis;

import io.onceguard.spi.Retention;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** Durations as the server counts them: keys live for milliseconds, leases are kept in microseconds. */
final class Millis {

    /** The life of a completed record that never expires: it gets no expiry at all. */
    private static final long FOREVER = 0;

    private static final long SHORTEST_MICROS = 1_000;

    private Millis() {}

    /** A lease in microseconds: at least one, so that nothing is rounded to zero; at most a hundred years. */
    static long leaseMicros(Duration lease) {
        return Math.max(1, TimeUnit.MICROSECONDS.convert(bounded(lease)));
    }

    /** The life of a record in progress. One that is to be kept for ever is kept for a hundred years, as every key has
     * an expiry until its record is completed. */
    static long lifeInProgress(Duration lease, Retention retention) {
        return roundedUp(bounded(lease).plus(retention.duration().orElse(Retention.MAX)));
    }

    /** The life of a released or held record. */
    static long lifeEnded(Retention retention) {
        return roundedUp(retention.duration().orElse(Retention.MAX));
    }

    /** The life of a completed record, or 0 if it never expires. */
    static long lifeCompleted(Retention retention) {
        return retention.duration().map(Millis::roundedUp).orElse(FOREVER);
    }

    /** What is left of a key's life as the server tells it: -1 if it never expires. */
    static Retention left(long millis) {
        if (millis < 0) {
            return Retention.forever();
        }
        return leftOf(TimeUnit.MILLISECONDS.toMicros(Math.min(millis, Retention.MAX.toMillis())));
    }

    /** What is left of the life of a record that ends in so many microseconds, perhaps just now. */
    static Retention leftOf(long micros) {
        Duration left = Duration.of(Math.max(SHORTEST_MICROS, micros), ChronoUnit.MICROS);
        return Retention.of(bounded(left));
    }

    private static Duration bounded(Duration duration) {
        return duration.compareTo(Retention.MAX) < 0 ? duration : Retention.MAX;
    }

    private static long roundedUp(Duration duration) {
        return Math.max(1, duration.plusNanos(999_999).toMillis());
    }
}
