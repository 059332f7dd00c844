package io.onceguard;

/** Pauses between two looks at a remote holder: doubling from a millisecond to a quarter of a second, with jitter. */
final class Backoff {

    private static final long FIRST_NANOS = 1_000_000L;
    private static final long LONGEST_NANOS = 250_000_000L;

    private final Platform platform;
    private long nanos = FIRST_NANOS;

    Backoff(Platform platform) {
        this.platform = platform;
    }

    /** Returns the next pause: between half and all of the current step. */
    long next() {
        long step = nanos;
        nanos = Math.min(LONGEST_NANOS, step * 2);
        return (long) (step * (0.5 + platform.random() / 2));
    }
}
