package io.onceguard;

import org.jspecify.annotations.Nullable;

/**
 * The work ran and returned a value, but another attempt had taken over meanwhile, so that the value is not the one
 * that other callers see. The exception carries the value.
 */
public final class LeaseLostException extends IdempotencyException {

    private static final long serialVersionUID = 1L;

    /** What the work returned; not serialized. */
    private final transient @Nullable Object value;

    LeaseLostException(String originId, @Nullable Object value) {
        super("request " + originId + " lost its lease while its work ran; its value was not recorded", null);
        this.value = value;
    }

    /**
     * Returns what the work returned.
     *
     * @return the value, which may be null; always null after serialization
     */
    public @Nullable Object value() {
        return value;
    }
}
