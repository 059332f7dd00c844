package io.onceguard;

/**
 * What the work of one call does.
 *
 * @param ending how it ends
 * @param policy what becomes of the record if it fails
 * @param nanos how long it takes after its effect
 */
record SimWork(Ending ending, FailurePolicy policy, long nanos) {

    enum Ending {
        RETURNS,
        FAILS_BEFORE_ITS_EFFECT,
        FAILS_AFTER_ITS_EFFECT
    }

    /** A planned failure; its class decides the policy. */
    abstract static class Failure extends RuntimeException {
        Failure() {
            super("planned", null, false, false);
        }
    }

    static final class Released extends Failure {}

    static final class Held extends Failure {}

    static final class Recorded extends Failure {}

    static SimWork returns() {
        return new SimWork(Ending.RETURNS, FailurePolicy.HOLD, 0);
    }

    static SimWork failsBefore(FailurePolicy policy) {
        return new SimWork(Ending.FAILS_BEFORE_ITS_EFFECT, policy, 0);
    }

    static SimWork failsAfter(FailurePolicy policy) {
        return new SimWork(Ending.FAILS_AFTER_ITS_EFFECT, policy, 0);
    }

    SimWork taking(long time) {
        return new SimWork(ending, policy, time);
    }

    Failure failure() {
        return switch (policy) {
            case RELEASE -> new Released();
            case HOLD -> new Held();
            case RECORD -> new Recorded();
        };
    }

    @Override
    public String toString() {
        String time = nanos == 0 ? "" : " in " + nanos / 1_000_000 + " ms";
        return ending == Ending.RETURNS ? "returns" + time : ending + " (" + policy + ")" + time;
    }
}
