package io.onceguard;

/** The codes of what can be picked at a point of a run. */
final class SimOption {

    /** The running thread goes on. */
    static final int GO_ON = 0;
    /** Nobody can run: time moves to the next wake-up. */
    static final int ADVANCE = 1;
    /** Time moves to the next wake-up although somebody can run. */
    static final int TICK = 2;
    /** Time moves past every lease although somebody can run. */
    static final int EXPIRE = 3;
    /** The process of the running thread dies. */
    static final int CRASH = 4;
    /** The store call works. */
    static final int NO_FAULT = 5;
    /** The request is lost: not applied, and the caller cannot know. */
    static final int REQUEST_LOST = 6;
    /** The reply is lost: applied, and the caller cannot know. */
    static final int REPLY_LOST = 7;
    /** The caller gives the request up as lost, and it is applied later. */
    static final int LATE = 8;
    /** The store refuses the connection: not applied, and the caller knows. */
    static final int UNAVAILABLE = 9;
    /** A late request arrives; its place in the queue is added. */
    static final int DELIVER = 20_000;
    /** A thread gets the baton; its number is added. */
    static final int THREAD = 30_000;

    private SimOption() {}

    static boolean isFault(int option) {
        return option > NO_FAULT && option <= UNAVAILABLE;
    }

    static String describe(int option) {
        return switch (option) {
            case GO_ON -> "go on";
            case ADVANCE -> "advance";
            case TICK -> "tick";
            case EXPIRE -> "leases run out";
            case CRASH -> "crash";
            case NO_FAULT -> "delivered";
            case REQUEST_LOST -> "request lost";
            case REPLY_LOST -> "reply lost";
            case LATE -> "request late";
            case UNAVAILABLE -> "unavailable";
            default -> option >= THREAD ? "switch to thread " + (option - THREAD) : "late request arrives";
        };
    }
}
