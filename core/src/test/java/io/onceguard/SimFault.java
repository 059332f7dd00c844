package io.onceguard;

import io.onceguard.spi.IdempotencyStore;
import java.util.function.LongSupplier;

/**
 * A planted fault, of the store or of the executor. A fault of the executor is planted at its borders, so that the
 * executor's code stays as it is: a wrapper between the executor and its store makes the pair behave as a faulty
 * executor would (claims that a refused completion was accepted, sends a release that must not be sent, drops one that
 * must), or the executor's clock is shifted.
 */
interface SimFault {

    /** Nothing is planted. */
    SimFault NONE = new SimFault() {};

    /** Makes the store's engine. {@code between} is a point at which other processes may act. */
    default ModelStore model(LongSupplier clock, Runnable between) {
        return new ModelStore(clock);
    }

    /** Wraps the store of one process as its executor sees it; {@code platform} is what was made of its seam. */
    default IdempotencyStore store(IdempotencyStore store, Platform platform) {
        return store;
    }

    /** Wraps the seam of one process as its executor sees it. */
    default Platform platform(SimPlatform platform) {
        return platform;
    }
}
