package io.onceguard;

/**
 * Pauses between two looks at a remote holder: from half a millisecond to a quarter of a second, with jitter. Each is
 * half again as long as the one before, so that a caller learns of the end at most by about half of its wait too late.
 */
final class Backoff {

    private static final long FIRST_NANOS = 500_000L;
    private static final long LONGEST_NANOS = 250_000_000L;

    private final Platform platform;
    private long nanos = FIRST_NANOS;

    Backoff(Platform platform) {
        this.platform = platform;
    }

    /** Returns the next pause: between half and all of the current step. */
    long next() {
        long step = nanos;
        nanos = Math.min(LONGEST_NANOS, step + step / 2);
        return (long) (step * (0.5 + platform.random() / 2));
    }
}
