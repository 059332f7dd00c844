package io.onceguard;

import java.util.ArrayList;
import java.util.List;

/** Virtual time, and the requests that are still on their way. */
final class SimEnvironment {

    private final List<SimThread> threads;
    private final SimTrace trace;
    private final long longJump;
    private final List<Late> late = new ArrayList<>();
    private long now;

    /** A request that arrives after its sender gave it up. */
    private record Late(String what, Runnable arrival) {}

    /** Begins at time zero; {@code longJump} is how far time moves when the leases run out. */
    SimEnvironment(List<SimThread> threads, SimTrace trace, long longJump) {
        this.threads = threads;
        this.trace = trace;
        this.longJump = longJump;
    }

    long now() {
        return now;
    }

    void passTime(long nanos) {
        now += nanos;
    }

    void deliverLater(String what, Runnable arrival) {
        late.add(new Late(what, arrival));
    }

    int onTheirWay() {
        return late.size();
    }

    /** When the first parked thread wakes by itself; {@link SimThread#NEVER} if none does. */
    long nextWake() {
        long first = SimThread.NEVER;
        for (SimThread thread : threads) {
            if (thread.state == SimThread.State.PARKED) {
                first = Math.min(first, thread.wakeAt);
            }
        }
        return first == SimThread.NEVER ? first : Math.max(now, first);
    }

    /** Lets a picked option happen that is not about who runs. */
    void happen(int picked) {
        switch (picked) {
            case SimOption.ADVANCE, SimOption.TICK -> now = nextWake();
            case SimOption.EXPIRE -> now += longJump;
            default -> {
                Late arriving = late.remove(picked - SimOption.DELIVER);
                trace.say("arrives late: " + arriving.what);
                arriving.arrival.run();
            }
        }
    }

    /** Lets everything arrive that is still on its way. */
    void deliverAll() {
        while (!late.isEmpty()) {
            happen(SimOption.DELIVER);
        }
    }
}
