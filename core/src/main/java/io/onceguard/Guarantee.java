package io.onceguard;

/** What an operation promises when an attempt dies after its effect and before its record. */
enum Guarantee {
    /** The work runs again. */
    AT_LEAST_ONCE,
    /** The work never runs again; the record is unresolved. */
    AT_MOST_ONCE
}
