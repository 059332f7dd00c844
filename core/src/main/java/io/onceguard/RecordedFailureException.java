package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.RecordId;
import org.jspecify.annotations.Nullable;

/**
 * The replay of a failure that was recorded without a failure codec: the work failed before, with an exception of this
 * type, and is not run again.
 */
public final class RecordedFailureException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    /** The class name of the exception of the work. */
    private final String typeName;

    /** The code that the operation gave the failure. */
    private final @Nullable String code;

    /** The message of the exception of the work, where it was stored. */
    private final @Nullable String recordedMessage;

    RecordedFailureException(RecordId id, String typeName, @Nullable String code, @Nullable String recordedMessage) {
        super(
                id + " failed before with " + requireNonNull(typeName, "typeName")
                        + (code == null ? "" : " (code " + code + ")")
                        + (recordedMessage == null ? "" : ": " + recordedMessage),
                null);
        this.typeName = typeName;
        this.code = code;
        this.recordedMessage = recordedMessage;
    }

    /** Returns the class name of the exception that the work threw. */
    public String typeName() {
        return typeName;
    }

    /** Returns the code that the operation gave the failure, or null if it gave none. */
    public @Nullable String code() {
        return code;
    }

    /** Returns the message of the exception that the work threw, or null unless it was stored on request. */
    public @Nullable String recordedMessage() {
        return recordedMessage;
    }
}
