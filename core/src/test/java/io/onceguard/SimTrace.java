package io.onceguard;

import io.onceguard.spi.AttemptId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What happened in a run, line by line. Silent unless asked for: a run is repeated with a trace when something was
 * found. Holds nothing that differs between two runs of the same picks.
 */
final class SimTrace {

    private final boolean on;
    private final List<String> lines = new ArrayList<>();
    private final Map<AttemptId, String> attempts = new HashMap<>();
    private LongSupplier clock = () -> 0;
    private String thread = "-";

    private SimTrace(boolean on) {
        this.on = on;
    }

    static SimTrace silent() {
        return new SimTrace(false);
    }

    static SimTrace recording() {
        return new SimTrace(true);
    }

    void clock(LongSupplier nanos) {
        clock = nanos;
    }

    void running(SimThread next) {
        if (on) {
            thread = next.name;
        }
    }

    void picked(int option) {
        if (on) {
            say("* " + SimOption.describe(option));
        }
    }

    void say(String what) {
        if (on) {
            lines.add(String.format("%9.3f ms  %-14s %s", clock.getAsLong() / 1e6, thread, what));
        }
    }

    void say(Supplier<String> what) {
        if (on) {
            say(what.get());
        }
    }

    /** A name for an attempt that is the same in every repetition of the run. */
    String name(AttemptId id) {
        return attempts.computeIfAbsent(id, fresh -> "a" + (attempts.size() + 1));
    }

    boolean on() {
        return on;
    }

    int length() {
        return lines.size();
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
