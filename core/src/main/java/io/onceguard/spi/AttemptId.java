package io.onceguard.spi;

import java.util.HexFormat;

/**
 * Names one attempt, for ever and everywhere: 64 random bits of the process and a counter within it.
 *
 * <p>Every write of an attempt carries its id, and a store refuses the write when the record belongs to another. An id
 * is used for one attempt only; asking again with the same id asks for the same answer.
 *
 * @param process random bits chosen once per process
 * @param sequence a number that the process uses once
 */
public record AttemptId(long process, long sequence) {

    /** Returns 32 lower-case hex digits. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(process) + hex.toHexDigits(sequence);
    }
}
