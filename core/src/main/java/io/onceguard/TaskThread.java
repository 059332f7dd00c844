package io.onceguard;

import static java.lang.System.Logger.Level.ERROR;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that runs tasks at their time and is there only while there are some: started by the first task,
 * ended after a while without any. It survives whatever a task throws.
 */
final class TaskThread {

    private static final long IDLE_NANOS = 5_000_000_000L;

    private record Task(long at, long order, Runnable body) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            long difference = at != other.at ? at - other.at : order - other.order;
            return Long.signum(difference);
        }
    }

    private final Platform platform;
    private final String name;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(); // guarded by this, like all below
    private long order;
    private @Nullable Thread thread;

    TaskThread(Platform platform, String name) {
        this.platform = platform;
        this.name = name;
    }

    /** Runs a task as soon as the earlier ones are done; returns false like {@link #at}. */
    boolean run(Runnable body) {
        return at(platform.nanoTime(), body);
    }

    /**
     * Runs a task at a time of the platform's clock, or as soon after it as the earlier ones are done. Returns false if
     * there is no thread to be had: then nothing was begun, and the caller's own business goes on.
     */
    boolean at(long nanos, Runnable body) {
        Thread running;
        synchronized (this) {
            running = thread;
            if (running == null) {
                try {
                    thread = platform.start(name, this::loop);
                } catch (Throwable fault) {
                    Events.log(
                            ERROR,
                            () -> name + ": cannot be started, "
                                    + fault.getClass().getName());
                    return false;
                }
            }
            tasks.add(new Task(nanos, order++, body));
        }
        if (running != null) {
            platform.unpark(running);
        }
        return true;
    }

    private void loop() {
        long idleSince = platform.nanoTime();
        while (true) {
            long now = platform.nanoTime();
            Runnable due = null;
            long wait;
            synchronized (this) {
                Task next = tasks.peek();
                if (next == null && now - idleSince >= IDLE_NANOS) {
                    thread = null;
                    return;
                }
                wait = next == null ? idleSince + IDLE_NANOS - now : next.at - now;
                if (next != null && wait <= 0) {
                    due = tasks.remove().body;
                }
            }
            if (due == null) {
                platform.park(this, wait);
            } else {
                guarded(due);
                idleSince = platform.nanoTime();
            }
        }
    }

    /** An interrupt flag that a task leaves behind would break the next one's store call, and end every park at once. */
    private void guarded(Runnable body) {
        try {
            body.run();
        } catch (Throwable fault) {
            Events.log(ERROR, () -> name + ": a task threw " + fault.getClass().getName());
        } finally {
            Thread.interrupted();
        }
    }
}
