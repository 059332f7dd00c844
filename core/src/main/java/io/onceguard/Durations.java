package io.onceguard;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The one check of durations that users give. */
final class Durations {

    private Durations() {}

    /** Returns the duration in nanoseconds, or throws an IllegalArgumentException that names the limits. */
    static long nanos(String what, Duration duration, Duration min, Duration max) {
        requireNonNull(duration, what);
        if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            throw new IllegalArgumentException(what + ": " + min + " to " + max + ", was " + duration);
        }
        return duration.toNanos();
    }
}
