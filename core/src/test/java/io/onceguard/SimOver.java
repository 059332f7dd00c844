package io.onceguard;

/** Thrown by the seam once a simulated run is over, so that the threads that it leaves behind unwind. */
final class SimOver extends Error {

    SimOver() {
        super("the simulated run is over", null, false, false);
    }
}
