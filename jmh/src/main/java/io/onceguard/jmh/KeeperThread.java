package io.onceguard.jmh;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/** The thread that renews leases, and the processor time that it takes. */
final class KeeperThread {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final long id;

    private KeeperThread(long id) {
        this.id = id;
    }

    /** Finds it; there is one as soon as a lease was acquired. */
    static KeeperThread find() {
        return Arrays.stream(THREADS.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().equals("onceguard-lease-keeper"))
                .map(thread -> new KeeperThread(thread.getThreadId()))
                .findFirst()
                .orElseThrow();
    }

    long cpuNanos() {
        return THREADS.getThreadCpuTime(id);
    }
}
