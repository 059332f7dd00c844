package io.onceguard.jdbc;

import io.onceguard.spi.Retention;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** Durations as the database counts them: in microseconds. */
final class Micros {

    /**
     * What is added to the time, and what a record's expiry is at least, when it never expires: so large that no time
     * comes near it, and so small that no sum overflows.
     */
    static final long FOREVER = 4_000_000_000_000_000_000L;

    private static final Duration SHORTEST_RETENTION = Duration.ofMillis(1);

    private Micros() {}

    /** At least one, so that nothing is rounded to zero; at most a hundred years. */
    static long of(Duration duration) {
        Duration bounded = duration.compareTo(Retention.MAX) < 0 ? duration : Retention.MAX;
        return Math.max(1, TimeUnit.MICROSECONDS.convert(bounded));
    }

    static long of(Retention retention) {
        return retention.duration().map(Micros::of).orElse(FOREVER);
    }

    static Duration toDuration(long micros) {
        return Duration.of(Math.max(0, micros), ChronoUnit.MICROS);
    }

    /** What is left until an expiry. A rest below the shortest retention counts as that. */
    static Retention left(long expiry, long now) {
        if (expiry >= FOREVER) {
            return Retention.forever();
        }
        Duration left = toDuration(expiry - now);
        if (left.compareTo(Retention.MAX) > 0) {
            return Retention.of(Retention.MAX);
        }
        return Retention.of(left.compareTo(SHORTEST_RETENTION) < 0 ? SHORTEST_RETENTION : left);
    }
}
