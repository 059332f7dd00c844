package io.onceguard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A platform whose time stands still until a test moves it. Threads are real; whoever blocks in {@link #park} or at a
 * {@link Gate} is known to be blocked, so that {@link #settle} can tell when nothing more is going to happen.
 *
 * <p>The origin of {@link #nanoTime} lies so that it overflows after 20 s: times are compared by difference only.
 * Stores take {@link #elapsed}. The timeouts in real time here only end a test that has failed already.
 */
final class ManualPlatform implements Platform {

    static final long SEED = 20_240_601L;

    private static final long ORIGIN = Long.MAX_VALUE - Duration.ofSeconds(20).toNanos();
    private static final long FAILURE_MILLIS = 10_000;

    /** A thread that blocks: until when (elapsed nanoseconds), and on what. */
    private record Blocked(long until, Object blocker) {}

    private final Object lock = new Object(); // guards everything below
    private final Map<Thread, Blocked> blocked = new HashMap<>();
    private final Set<Thread> live = new LinkedHashSet<>();
    private final Set<Thread> permits = new HashSet<>();
    private final Random random = new Random(SEED);
    private long elapsed;
    private boolean inTurn;

    // ---- the platform

    @Override
    public long nanoTime() {
        return ORIGIN + elapsed();
    }

    @Override
    public void park(Object blocker, long nanos) {
        Thread current = Thread.currentThread();
        synchronized (lock) {
            long left = Long.MAX_VALUE - elapsed;
            long until = nanos >= left ? Long.MAX_VALUE : elapsed + nanos;
            if (permits.remove(current) || until <= elapsed || current.isInterrupted()) {
                return;
            }
            block(until, blocker);
            permits.remove(current);
        }
    }

    @Override
    public void unpark(Thread thread) {
        synchronized (lock) {
            permits.add(thread);
            Blocked at = blocked.get(thread);
            if (at != null && !(at.blocker instanceof Gate)) {
                wake(thread);
            }
        }
    }

    @Override
    public Thread start(String name, Runnable body) {
        Thread thread = new Thread(
                () -> {
                    try {
                        body.run();
                    } finally {
                        ended();
                    }
                },
                name);
        thread.setDaemon(true);
        synchronized (lock) {
            live.add(thread);
        }
        thread.start();
        return thread;
    }

    @Override
    public double random() {
        synchronized (lock) {
            return random.nextDouble();
        }
    }

    // ---- for tests: time

    /** Nanoseconds since the beginning of the test; the clock of stores. */
    long elapsed() {
        synchronized (lock) {
            return elapsed;
        }
    }

    /** Moves time at one jump, as if the whole process had been paused, between settling before and after. */
    void advance(Duration duration) {
        settle();
        synchronized (lock) {
            moveTo(elapsed + duration.toNanos());
        }
        settle();
    }

    /** Lets time pass: stops at every deadline on the way, so that everybody acts in time. */
    void pass(Duration duration) {
        settle();
        long end = elapsed() + duration.toNanos();
        while (true) {
            synchronized (lock) {
                long next = blocked.values().stream()
                        .mapToLong(Blocked::until)
                        .min()
                        .orElse(Long.MAX_VALUE);
                moveTo(Math.min(end, next));
            }
            settle();
            if (elapsed() >= end) {
                return;
            }
        }
    }

    private void moveTo(long time) {
        elapsed = Math.max(elapsed, time);
        wakeAll(at -> at.until <= elapsed);
    }

    private void wakeAll(Predicate<Blocked> due) {
        for (Thread each : List.copyOf(live)) {
            Blocked at = blocked.get(each);
            if (at != null && due.test(at)) {
                wake(each);
                if (inTurn) {
                    settle();
                }
            }
        }
        for (Map.Entry<Thread, Blocked> each : List.copyOf(blocked.entrySet())) {
            if (!live.contains(each.getKey()) && due.test(each.getValue())) {
                wake(each.getKey());
            }
        }
    }

    /**
     * From now on, those who wake at one time or at one gate go on one after the other, in the order of their start, each
     * when the one before is blocked again: a test always takes the same course.
     */
    void inTurn() {
        synchronized (lock) {
            inTurn = true;
        }
    }

    // ---- for tests: threads

    /** Starts a caller on a thread of its own. */
    <T extends @Nullable Object> Caller<T> call(Callable<T> body) {
        Caller<T> caller = new Caller<>(this, body);
        caller.thread = start("caller", caller);
        return caller;
    }

    /** Waits until every thread that was started here, other than the current one, is blocked or has ended. */
    void settle() {
        Thread current = Thread.currentThread();
        await(() -> live.stream().allMatch(each -> each == current || blocked.containsKey(each)), "threads to settle");
    }

    /** Waits until the thread is parked. */
    void awaitParked(Thread thread) {
        await(() -> blocked.containsKey(thread), thread + " to park");
    }

    boolean isBlocked(Thread thread) {
        synchronized (lock) {
            return blocked.containsKey(thread);
        }
    }

    /** The names of the threads that were started here and have not ended. */
    List<String> threads() {
        synchronized (lock) {
            return live.stream().map(Thread::getName).sorted().toList();
        }
    }

    Gate gate() {
        return new Gate(this);
    }

    void awaitEnd(Thread thread) {
        await(() -> !live.contains(thread), thread + " to end");
    }

    private void ended() {
        synchronized (lock) {
            live.remove(Thread.currentThread());
            lock.notifyAll();
        }
    }

    /** Interrupts a thread; it counts as running from here on. */
    void interrupt(Thread thread) {
        synchronized (lock) {
            blocked.remove(thread);
            thread.interrupt();
        }
    }

    private interface Condition {
        boolean holds();
    }

    private void await(Condition condition, String what) {
        long giveUpAt = System.nanoTime() + FAILURE_MILLIS * 1_000_000;
        synchronized (lock) {
            while (!condition.holds()) {
                long left = (giveUpAt - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError("waited " + FAILURE_MILLIS + " ms for " + what + "\n" + describe());
                }
                try {
                    lock.wait(left);
                } catch (InterruptedException interrupted) {
                    throw new AssertionError("interrupted while waiting for " + what, interrupted);
                }
            }
        }
    }

    private String describe() {
        List<String> lines = new ArrayList<>();
        for (Thread thread : live) {
            Blocked at = blocked.get(thread);
            String where = at == null ? "runs" : "blocked at " + at.blocker + " until " + at.until;
            lines.add(thread.getName() + " " + where);
            if (at == null) {
                for (StackTraceElement frame : thread.getStackTrace()) {
                    lines.add("    " + frame);
                }
            }
        }
        return String.join("\n", lines);
    }

    /** Blocks the current thread until it is woken; an interrupt ends that, too, and its flag stays set. */
    private void block(long until, Object blocker) {
        Thread current = Thread.currentThread();
        boolean known = live.contains(current);
        long giveUpAt = System.nanoTime() + FAILURE_MILLIS * 1_000_000;
        blocked.put(current, new Blocked(until, blocker));
        lock.notifyAll();
        try {
            while (blocked.containsKey(current)) {
                if (!known && System.nanoTime() - giveUpAt >= 0) {
                    throw new AssertionError("the test's own thread blocks at " + blocker + ": nobody moves time");
                }
                lock.wait(FAILURE_MILLIS);
            }
        } catch (InterruptedException interrupted) {
            current.interrupt();
        } finally {
            blocked.remove(current);
        }
    }

    private void wake(Thread thread) {
        blocked.remove(thread);
        lock.notifyAll();
    }

    /** A closed gate; whoever comes to it waits until it is opened. */
    static final class Gate {

        private final ManualPlatform platform;
        private int arrived;
        private boolean open;

        private Gate(ManualPlatform platform) {
            this.platform = platform;
        }

        /** Waits until the gate is open, in work that can be interrupted. */
        void await() throws InterruptedException {
            arrive();
            pass();
            if (Thread.interrupted()) {
                throw new InterruptedException("at a gate");
            }
        }

        /** Waits until the gate is open, whatever happens; an interrupt flag stays as it is. */
        void awaitUninterruptibly() {
            arrive();
            boolean interrupted = Thread.interrupted();
            while (!pass()) {
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private void arrive() {
            synchronized (platform.lock) {
                arrived++;
            }
        }

        /** Returns whether the gate is open; if not, the thread was interrupted. */
        private boolean pass() {
            synchronized (platform.lock) {
                while (!open && !Thread.currentThread().isInterrupted()) {
                    platform.block(Long.MAX_VALUE, this);
                }
                return open;
            }
        }

        void open() {
            synchronized (platform.lock) {
                open = true;
                platform.wakeAll(at -> at.blocker == this);
            }
        }

        /** Opens the gate and lets everything settle. */
        void openAndSettle() {
            open();
            platform.settle();
        }

        /** How many threads have come so far. */
        int arrived() {
            synchronized (platform.lock) {
                return arrived;
            }
        }
    }

    /** A call on a thread of its own. */
    static final class Caller<T extends @Nullable Object> implements Runnable {

        private final ManualPlatform platform;
        private final Callable<T> body;
        private volatile @Nullable Thread thread;
        private volatile T result;
        private volatile @Nullable Throwable failure;
        private volatile boolean done;
        private volatile boolean interruptedAtEnd;

        private Caller(ManualPlatform platform, Callable<T> body) {
            this.platform = platform;
            this.body = body;
        }

        @Override
        public void run() {
            try {
                result = body.call();
            } catch (Throwable thrown) {
                failure = thrown;
            }
            interruptedAtEnd = Thread.currentThread().isInterrupted();
            done = true;
        }

        /** Whether the call has ended; ask after {@link ManualPlatform#settle}. */
        boolean isDone() {
            return done;
        }

        /** Waits for the end and returns what the call returned. */
        T result() {
            platform.awaitEnd(thread);
            if (failure != null) {
                throw new AssertionError("the call threw", failure);
            }
            return result;
        }

        /** Waits for the end and returns what the call threw. */
        Throwable failure() {
            platform.awaitEnd(thread);
            if (failure == null) {
                throw new AssertionError("the call returned " + result);
            }
            return failure;
        }

        /** Waits for the end and tells whether the call threw. */
        boolean hasFailed() {
            platform.awaitEnd(thread);
            return failure != null;
        }

        /** Waits for the end and tells whether the call threw something with this message. */
        boolean threw(String message) {
            platform.awaitEnd(thread);
            return failure != null && message.equals(failure.getMessage());
        }

        /** Whether the interrupt flag was set when the call had ended. */
        boolean wasInterruptedAtEnd() {
            platform.awaitEnd(thread);
            return interruptedAtEnd;
        }

        void interrupt() {
            platform.interrupt(thread);
        }

        Thread thread() {
            return thread;
        }
    }
}
