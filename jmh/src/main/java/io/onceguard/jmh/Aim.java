package io.onceguard.jmh;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the library wants to cost at most.
 *
 * @param ratio to the raw limit; 0 if only the difference counts
 * @param moreNanos the difference to the raw limit that is as good; 0 if only the ratio counts
 * @param bytes what a call allocates at most beyond the limit; 0 if that does not count
 */
record Aim(double ratio, double moreNanos, double bytes) {

    private static final Map<String, Aim> AIMS = Map.ofEntries(
            Map.entry("FIRST nothing", new Aim(0, 500, 700)),
            Map.entry("FIRST nothing-local", new Aim(0, 500, 700)),
            Map.entry("FIRST memory", new Aim(1.5, 1_200, 0)),
            Map.entry("FIRST h2", of(1.25)),
            Map.entry("FIRST h2-file", of(1.25)),
            Map.entry("FIRST postgresql", of(1.2)),
            Map.entry("FIRST redis", of(1.15)),
            // 200 bytes beyond the decoded value, which takes 216
            Map.entry("REPLAY nothing", new Aim(0, 150, 416)),
            Map.entry("REPLAY nothing-local", new Aim(0, 150, 416)),
            Map.entry("REPLAY memory", new Aim(2.5, 200, 0)),
            Map.entry("REPLAY h2", of(1.5)),
            Map.entry("REPLAY h2-file", of(1.5)),
            Map.entry("REPLAY postgresql", of(1.35)),
            Map.entry("REPLAY postgresql-read-first", of(1.1)),
            Map.entry("REPLAY redis", of(1.1)),
            Map.entry("REPLAY redis-near-cache", new Aim(0, 1_000, 0)),
            Map.entry("STORM, rejecting, one node memory", of(1.05)),
            Map.entry("STORM, rejecting, one node h2-file", of(1.05)),
            Map.entry("STORM, rejecting, one node postgresql", of(1.05)),
            Map.entry("STORM, rejecting, one node redis", of(1.05)),
            Map.entry("STORM, waiting, one node memory", of(1.05)),
            Map.entry("STORM, waiting, one node h2-file", of(1.1)),
            Map.entry("STORM, waiting, one node postgresql", of(1.15)),
            Map.entry("STORM, waiting, one node redis", of(1.15)),
            Map.entry("STORM, waiting, two nodes redis", of(1.9)),
            Map.entry("STORM, waiting, two nodes redis-push", of(1.4)),
            Map.entry("BATCH beside singly postgresql", of(1.0 / 5)),
            Map.entry("BATCH beside singly redis", of(1.0 / 8)),
            Map.entry("TRANSACTION postgresql", of(0.75)),
            Map.entry("TRANSACTION, storm postgresql", of(1.6)),
            // 0.05 with the default lease, which is renewed a tenth as often
            Map.entry("RENEWAL, renewal memory", of(0.5)),
            Map.entry("RECORDS, first memory", of(1.3)),
            Map.entry("RECORDS, first h2-file", of(1.3)),
            Map.entry("RECORDS, first postgresql", of(1.3)),
            Map.entry("RECORDS, first redis", of(1.3)),
            Map.entry("RECORDS, replay memory", of(1.3)),
            Map.entry("RECORDS, replay h2-file", of(1.3)),
            Map.entry("RECORDS, replay postgresql", of(1.3)),
            Map.entry("RECORDS, replay redis", of(1.3)));

    private static Aim of(double ratio) {
        return new Aim(ratio, 0, 0);
    }

    /** The aim of a workload on a store, or null. */
    static @Nullable Aim of(Measurement measurement) {
        return AIMS.get(measurement.workload() + " " + measurement.store());
    }

    /** Whether a measurement reaches it. */
    boolean isReachedBy(Measurement found) {
        boolean fast = (ratio > 0 && found.ratio() <= ratio)
                || (moreNanos > 0 && found.nanos() - found.limitNanos() <= moreNanos);
        boolean lean = bytes == 0
                || (found.bytes() != null && found.limitBytes() != null && found.bytes() - found.limitBytes() <= bytes);
        return fast && lean;
    }

    @Override
    public String toString() {
        String text = ratio == 0 ? "" : String.format(Locale.ROOT, "%.2f", ratio);
        if (moreNanos > 0) {
            text += (text.isEmpty() ? "" : " or ") + String.format(Locale.ROOT, "+%.0f ns", moreNanos);
        }
        return bytes == 0 ? text : text + String.format(Locale.ROOT, ", %.0f B", bytes);
    }
}
