package io.onceguard.jdbc;

import java.nio.ByteBuffer;

/**
 * What this node remembers of the table: which records it has met there, and whether those that it has not met are new.
 * It decides what is asked first, and never what is answered.
 *
 * <p>Of a record, 32 bits of its digest are kept, and the later one of two that share a place. Many threads read and write
 * without a lock: what is lost or wrong costs a statement.
 */
final class Sightings {

    /** So many records are remembered, in 64 KiB. */
    private static final int PLACES = 1 << 14;

    /** So many records were new, one after the other, when the next one is taken for new as well. */
    private static final int CONFIDENT = 16;

    private final int[] met = new int[PLACES];
    private int newOnes;

    /** Whether the record has been met. */
    boolean has(ByteBuffer digest) {
        int bits = digest.getInt(0);
        return met[bits & (PLACES - 1)] == bits;
    }

    /** The record is there. */
    void add(ByteBuffer digest) {
        int bits = digest.getInt(0);
        met[bits & (PLACES - 1)] = bits;
    }

    /** A record that had not been met turned out to be new, or to be there. */
    void judge(boolean isNew) {
        if (!isNew) {
            newOnes = 0;
        } else if (newOnes < CONFIDENT) {
            newOnes++;
        }
    }

    /** Whether a record that has not been met is new, most likely. */
    boolean othersAreNew() {
        return newOnes >= CONFIDENT;
    }
}
