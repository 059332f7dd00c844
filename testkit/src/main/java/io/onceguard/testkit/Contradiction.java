package io.onceguard.testkit;

/** An answer that the protocol does not allow in a given state. The message begins with the number of the rule. */
final class Contradiction extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Contradiction(String rule) {
        super(rule, null, false, false);
    }

    /** Fails with the rule unless the condition holds. */
    static void unless(boolean condition, String rule) {
        if (!condition) {
            throw new Contradiction(rule);
        }
    }
}
