package io.onceguard.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What both sides took in an iteration. Bytes are those that the calling threads allocated. */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class Costs {

    public long limitCalls;
    public long limitNanos;
    public long limitBytes;
    public long calls;
    public long nanos;
    public long bytes;

    /** Adds what one side took. */
    @FunctionalInterface
    interface Sum {
        void add(long calls, long nanos, long bytes);
    }

    void addLimit(long moreCalls, long moreNanos, long moreBytes) {
        limitCalls += moreCalls;
        limitNanos += moreNanos;
        limitBytes += moreBytes;
    }

    void addLibrary(long moreCalls, long moreNanos, long moreBytes) {
        calls += moreCalls;
        nanos += moreNanos;
        bytes += moreBytes;
    }
}
