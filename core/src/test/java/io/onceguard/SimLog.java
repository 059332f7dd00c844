package io.onceguard;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Silences the library's log while stores fail a million times on purpose. */
final class SimLog {

    private static final Logger LOG = Logger.getLogger("io.onceguard");

    private static Level before;

    private SimLog() {}

    static synchronized void off() {
        before = LOG.getLevel();
        LOG.setLevel(Level.OFF);
    }

    static synchronized void on() {
        LOG.setLevel(before);
    }
}
