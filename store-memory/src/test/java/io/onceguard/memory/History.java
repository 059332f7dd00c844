package io.onceguard.memory;

import io.onceguard.memory.HistoryStep.Acquire;
import io.onceguard.memory.HistoryStep.Find;
import io.onceguard.memory.HistoryStep.Leave;
import io.onceguard.memory.HistoryStep.Operate;
import io.onceguard.memory.HistoryStep.Order;
import io.onceguard.memory.HistoryStep.Pass;
import io.onceguard.memory.HistoryStep.Seen;
import io.onceguard.memory.HistoryStep.Verb;
import io.onceguard.memory.HistoryStep.Write;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What several attempts and operators do with a few records, one after the other. The seed decides it all.
 *
 * @param origin where the store's clock begins; in half of the histories so that it overflows on the way
 */
record History(long seed, long origin, List<HistoryStep> steps) {

    static final int KEYS = 2;

    private static final int ATTEMPTS = 4;
    private static final int LONGEST = 60;

    private static final Duration NANO = Duration.ofNanos(1);
    private static final Duration SHORT_LEASE = Duration.ofMillis(3);
    private static final Duration LONG_LEASE = Duration.ofMillis(10);
    private static final List<Retention> RETENTIONS = List.of(
            Retention.of(Duration.ofMillis(1)),
            Retention.of(Duration.ofMillis(7)),
            Retention.of(Duration.ofMillis(40)),
            Retention.forever());

    /** Up to the end of a lease, of a retention and of both, to just before it, and far beyond. */
    private static final List<Duration> TIMES = List.of(
            NANO,
            SHORT_LEASE,
            SHORT_LEASE.minus(NANO),
            LONG_LEASE,
            LONG_LEASE.minus(NANO),
            Duration.ofMillis(1),
            Duration.ofMillis(7),
            Duration.ofMillis(7).minus(NANO),
            Duration.ofMillis(40).minus(NANO),
            LONG_LEASE.plusMillis(40),
            LONG_LEASE.plusMillis(40).minus(NANO),
            Duration.ofSeconds(3),
            Duration.ofHours(2));

    private static final List<StoredResult> RESULTS = List.of(Attempts.bytes(0), Attempts.bytes(1), Attempts.bytes(2));

    static History of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long origin = random.nextBoolean() ? random.nextLong() : Long.MAX_VALUE - random.nextLong(100_000_000);
        int length = random.nextInt(1, LONGEST + 1);
        List<HistoryStep> steps = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            steps.add(step(random));
        }
        return new History(seed, origin, steps);
    }

    History with(List<HistoryStep> others) {
        return new History(seed, origin, List.copyOf(others));
    }

    private static HistoryStep step(SplittableRandom random) {
        int key = random.nextInt(KEYS);
        int attempt = random.nextInt(ATTEMPTS);
        Duration lease = random.nextBoolean() ? SHORT_LEASE : LONG_LEASE;
        Retention retention = any(random, RETENTIONS);
        StoredResult result = any(random, RESULTS);
        Seen seen = random.nextInt(3) > 0 ? Seen.LATEST : any(random, List.of(Seen.values()));
        int kind = random.nextInt(100);
        if (kind < 22) {
            return new Pass(any(random, TIMES));
        }
        if (kind < 52) {
            return new Acquire(key, attempt, lease, retention, any(random, List.of(Leave.values())), seen);
        }
        if (kind < 86) {
            return new Write(any(random, List.of(Verb.values())), key, attempt, lease, retention, result);
        }
        return kind < 96
                ? new Operate(any(random, List.of(Order.values())), key, seen, retention, result)
                : new Find(key);
    }

    private static <T> T any(SplittableRandom random, List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
