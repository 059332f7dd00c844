package io.onceguard.jdbc;

import java.util.concurrent.ThreadLocalRandom;

/** How long a transaction that was in the way of another one waits before it is run again. */
interface Pauses {

    /** Up to 8 ms after the first run, twice as much after each further one, at most half a second. */
    Pauses RANDOM = runs -> Thread.sleep(random(Math.min(500, 4L << Math.min(runs, 7))));

    /** Waits after so many runs. */
    void after(int runs) throws InterruptedException;

    /** Random, so that those who met do not meet again. */
    private static long random(long most) {
        return ThreadLocalRandom.current().nextLong(most) + 1;
    }
}
