package io.onceguard.jmh;

import org.openjdk.jmh.infra.Blackhole;

/**
 * Runs both sides by turns, for about a millisecond each, and counts what each took. Who begins changes every time.
 *
 * <p>Within a slice nothing is measured: how many calls fit into one is learned from the slices before.
 */
final class Interleaving {

    private static final long SLICE_NANOS = 1_000_000;

    private final Slices limit;
    private final Slices library;
    private boolean limitBegins;

    /**
     * Creates the pair.
     *
     * @param limitKeys how many keys a call of the limit handles
     * @param libraryKeys how many keys a call of the library handles
     */
    Interleaving(Side limit, int limitKeys, Side library, int libraryKeys) {
        this.limit = new Slices(limit, limitKeys);
        this.library = new Slices(library, libraryKeys);
    }

    Interleaving(Side limit, Side library) {
        this(limit, 1, library, 1);
    }

    /** Runs one slice of each. */
    void pair(Costs costs, Blackhole hole) throws Exception {
        limitBegins = !limitBegins;
        if (limitBegins) {
            limit.run(costs::addLimit, hole);
        }
        library.run(costs::addLibrary, hole);
        if (!limitBegins) {
            limit.run(costs::addLimit, hole);
        }
    }

    private static final class Slices {
        private final Side side;
        private final int keys;
        private long calls = 1;

        Slices(Side side, int keys) {
            this.side = side;
            this.keys = keys;
        }

        void run(Costs.Sum sum, Blackhole hole) throws Exception {
            long bytes = Allocated.byThisThread();
            long start = System.nanoTime();
            for (long call = 0; call < calls; call++) {
                hole.consume(side.call());
            }
            long nanos = System.nanoTime() - start;
            sum.add(calls * keys, nanos, Allocated.byThisThread() - bytes);
            long fitting = calls * SLICE_NANOS / Math.max(1, nanos);
            calls = Math.max(1, Math.min(2 * calls, fitting));
        }
    }
}
