package io.onceguard;

import java.lang.System.Logger;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that runs tasks at their time and is there only while there are some: started by the first task,
 * ended after a while without any. It survives whatever a task throws.
 */
final class TaskThread {

    private static final Logger LOG = System.getLogger("io.onceguard");
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

    /** Runs a task as soon as the earlier ones are done. */
    void run(Runnable body) {
        at(platform.nanoTime(), body);
    }

    /** Runs a task at a time of the platform's clock, or as soon after it as the earlier ones are done. */
    void at(long nanos, Runnable body) {
        Thread running;
        synchronized (this) {
            tasks.add(new Task(nanos, order++, body));
            running = thread;
            if (running == null) {
                thread = platform.start(name, this::loop);
            }
        }
        if (running != null) {
            platform.unpark(running);
        }
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

    private void guarded(Runnable body) {
        try {
            body.run();
        } catch (Throwable fault) {
            LOG.log(
                    Logger.Level.ERROR,
                    name + ": a task threw " + fault.getClass().getName());
        }
    }
}
