package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long a record is kept: a duration counted from completion, or for ever.
 *
 * <p>A duration lies between one millisecond and {@link #MAX} (100 years); anything else is refused when it is given,
 * so that no store ever rounds it to zero or overflows. Fractions of a microsecond are dropped. Immutable.
 */
public final class Retention {

    /** The longest duration that is accepted; whoever means longer means {@link #forever()}. */
    public static final Duration MAX = Duration.ofDays(36_500);

    private static final Duration MIN = Duration.ofMillis(1);
    private static final Retention FOREVER = new Retention(null);

    private final @Nullable Duration duration;

    private Retention(@Nullable Duration duration) {
        this.duration = duration;
    }

    /**
     * Returns a retention of the given length.
     *
     * @param duration 1 ms to 100 years
     * @return the retention
     * @throws IllegalArgumentException if the duration is zero, negative, below a millisecond or above {@link #MAX}
     */
    public static Retention of(Duration duration) {
        requireNonNull(duration, "retention");
        if (duration.compareTo(MIN) < 0 || duration.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("retention: 1 ms to 36500 days, was " + duration);
        }
        return new Retention(duration.truncatedTo(ChronoUnit.MICROS));
    }

    /** Returns the retention of a record that never expires and only an operator removes. */
    public static Retention forever() {
        return FOREVER;
    }

    /** Returns whether the record never expires. */
    public boolean isForever() {
        return duration == null;
    }

    /** Returns the length, or empty if the record never expires. */
    public Optional<Duration> duration() {
        return Optional.ofNullable(duration);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Retention that && duration().equals(that.duration());
    }

    @Override
    public int hashCode() {
        return duration().hashCode();
    }

    @Override
    public String toString() {
        return duration == null ? "forever" : duration.toString();
    }
}
