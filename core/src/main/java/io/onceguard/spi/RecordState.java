package io.onceguard.spi;

/** The state of a record that exists. */
public enum RecordState {
    /** An attempt holds a live lease. */
    IN_PROGRESS,
    /** The lease of the last attempt ended and nobody took over. Derived from the lease, never written. */
    ABANDONED,
    /** The last attempt gave the key back; anybody may acquire it. */
    RELEASED,
    /** The last attempt was put on hold; the record leaves this state by takeover or by an operator. */
    HELD,
    /** There is a result, or the knowledge that none was kept. Final until expiry or an operator. */
    COMPLETED
}
