package io.onceguard;

/** Why work that was begun before has no value to replay and is not run again. */
public enum UnresolvedReason {
    /** An attempt died, or lost its lease, before it recorded an answer; whether the effect happened is unknown. */
    INTERRUPTED,
    /** An attempt ended without a known answer and was put on hold until recovery or an operator resolves it. */
    HELD,
    /** The work was done, but its result was too large, could not be encoded, or was dropped by the store. */
    RESULT_NOT_KEPT
}
