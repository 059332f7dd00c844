package io.onceguard;

/** What becomes of the record when the work throws. The exception reaches the caller in every case. */
public enum FailurePolicy {
    /** The key is given back; the next call runs the work again. Default of at-least-once operations. */
    RELEASE,
    /** The failure is the result; later calls throw it again and do not run the work. */
    RECORD,
    /**
     * The effect is unknown: the record is put on hold. At least once: the next call runs the work again, unless a
     * reconciliation decides. At most once: later calls are unresolved. Default of at-most-once operations.
     */
    HOLD
}
