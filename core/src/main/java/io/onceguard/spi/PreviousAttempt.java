package io.onceguard.spi;

/** How the attempt before this one ended. */
public enum PreviousAttempt {
    /** There was none: this is the first attempt of the record. */
    NONE,
    /** It gave the key back: its work failed, or its value was not to be recorded. */
    RELEASED,
    /** Its lease ended without a word: its process died, was paused or lost the store. Its effect is unknown. */
    ABANDONED,
    /** It was put on hold because its effect is unknown. */
    HELD
}
