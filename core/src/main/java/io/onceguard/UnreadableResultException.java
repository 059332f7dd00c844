package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.RecordId;
import org.jspecify.annotations.Nullable;

/**
 * The work was done, but this program cannot read the stored result: it is corrupt, was written in an unknown format
 * version or by an unknown codec, or is sealed with an unknown key. The work was not run, and the record is unchanged;
 * a program that knows the format can still replay it.
 */
public final class UnreadableResultException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    /** What is stored. */
    private final String found;

    /** What this program can read. */
    private final String expected;

    UnreadableResultException(RecordId id, String found, String expected, @Nullable Throwable cause) {
        super("the result of " + id + " cannot be read: found " + found + ", expected " + expected, cause);
        this.found = requireNonNull(found, "found");
        this.expected = requireNonNull(expected, "expected");
    }

    /** Returns what is stored, for example {@code codec "receipt-2"}; never a part of the result. */
    public String found() {
        return found;
    }

    /** Returns what this program can read, for example {@code codec "receipt-1"}. */
    public String expected() {
        return expected;
    }
}
