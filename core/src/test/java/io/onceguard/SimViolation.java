package io.onceguard;

/** A rule was broken in a simulated run. */
final class SimViolation extends AssertionError {

    SimViolation(String what, Throwable cause) {
        super(what, cause);
    }
}
