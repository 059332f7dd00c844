package io.onceguard.jmh;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a thread has allocated. */
final class Allocated {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocated() {}

    /** Returns the bytes that the calling thread has allocated since it began. */
    static long byThisThread() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
