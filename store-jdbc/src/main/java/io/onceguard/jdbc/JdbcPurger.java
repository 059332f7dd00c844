package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Purges a store on a schedule, on a daemon thread of its own, until it is closed.
 *
 * <p>Each pause is the interval, more or less a quarter, so that nodes that were started together do not purge together
 * for ever. A run removes batches of 1,000 rows until one is not full. A run that fails is counted and logged, and the
 * next one comes as planned. Every node may run a purger: they stay out of each other's way.
 *
 * <p>Safe for use by many threads.
 */
public final class JdbcPurger implements AutoCloseable {

    /** Rows in a batch. */
    static final int BATCH = 1_000;

    private static final Logger LOGGER = System.getLogger(JdbcPurger.class.getName());

    private final IdempotencyStore store;
    private final long intervalNanos;
    private final ScheduledExecutorService executor;
    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong purged = new AtomicLong();

    JdbcPurger(IdempotencyStore store, Duration interval, ScheduledExecutorService executor) {
        this.store = requireNonNull(store, "store");
        if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("interval: 1 s to 1 day, was " + interval);
        }
        this.intervalNanos = interval.toNanos();
        this.executor = executor;
    }

    /**
     * Starts a purger. The first run comes after one pause.
     *
     * @param store the store; stays the caller's
     * @param interval the mean pause between runs, a second to a day; ten minutes suit most
     * @return the purger, running
     * @throws IllegalArgumentException if the interval is out of its range
     */
    public static JdbcPurger start(JdbcIdempotencyStore store, Duration interval) {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(body -> {
            Thread thread = new Thread(body, "onceguard-purger");
            thread.setDaemon(true);
            return thread;
        });
        JdbcPurger purger = new JdbcPurger(store, interval, executor);
        purger.scheduleNext();
        return purger;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the run looks after its own failures
    void scheduleNext() {
        long quarter = intervalNanos / 4;
        long pause = intervalNanos + ThreadLocalRandom.current().nextLong(-quarter, quarter + 1);
        executor.schedule(this::runAndScheduleNext, pause, TimeUnit.NANOSECONDS);
    }

    private void runAndScheduleNext() {
        try {
            runOnce();
        } catch (StoreException failure) {
            LOGGER.log(Level.WARNING, "a purge failed, the next one comes as planned: {0}", failure.getMessage());
        } finally {
            if (!executor.isShutdown()) {
                scheduleNext();
            }
        }
    }

    /**
     * Purges now, on the calling thread, beside the schedule. Stops between two batches when the purger is closed.
     *
     * @return how many records were removed
     * @throws StoreException if the database failed; what was removed before stays removed and is counted
     */
    public long runOnce() {
        runs.incrementAndGet();
        long before = purged.get();
        try {
            int removed;
            do {
                removed = store.purgeExpired(BATCH);
                purged.addAndGet(removed);
            } while (removed == BATCH && !executor.isShutdown());
        } catch (StoreException failure) {
            failures.incrementAndGet();
            throw failure;
        }
        return purged.get() - before;
    }

    /** Returns how many runs were begun. */
    public long runs() {
        return runs.get();
    }

    /** Returns how many runs failed. */
    public long failures() {
        return failures.get();
    }

    /** Returns how many records were removed. */
    public long purged() {
        return purged.get();
    }

    /** Ends the schedule. A batch that is being removed is finished; this does not wait for it. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
