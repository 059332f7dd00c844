package io.onceguard.jmh;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.util.ListStatistics;

/**
 * What a benchmark found: means over its iterations, per call.
 *
 * @param workload the name of the workload
 * @param store the name of the store
 * @param limitNanos what the raw limit took
 * @param nanos what the library took
 * @param ratio the mean of the iterations' ratios of both
 * @param error half the width of the 95 % confidence interval of the ratio; NaN if there are fewer than three iterations
 * @param limitBytes what the raw limit allocated on the calling threads; null if that was not counted
 * @param bytes what the library allocated there
 */
record Measurement(
        String workload,
        String store,
        double limitNanos,
        double nanos,
        double ratio,
        double error,
        @Nullable Double limitBytes,
        @Nullable Double bytes) {

    private static final double CONFIDENCE = 0.95;

    /** Takes the counters of {@link Costs} by name, each with its value in each iteration. */
    static Measurement of(String workload, String store, Function<String, double[]> counters) {
        double[] limit = quotients(counters.apply("limitNanos"), counters.apply("limitCalls"));
        double[] library = quotients(counters.apply("nanos"), counters.apply("calls"));
        ListStatistics ratios = new ListStatistics(quotients(library, limit));
        double bytes = mean(quotients(counters.apply("bytes"), counters.apply("calls")));
        double limitBytes = mean(quotients(counters.apply("limitBytes"), counters.apply("limitCalls")));
        return new Measurement(
                workload,
                store,
                mean(limit),
                mean(library),
                ratios.getMean(),
                ratios.getMeanErrorAt(CONFIDENCE),
                bytes == 0 ? null : limitBytes,
                bytes == 0 ? null : bytes);
    }

    private static double[] quotients(double[] dividends, double[] divisors) {
        double[] quotients = new double[dividends.length];
        for (int i = 0; i < quotients.length; i++) {
            quotients[i] = dividends[i] / divisors[i];
        }
        return quotients;
    }

    private static double mean(double[] values) {
        return new ListStatistics(values).getMean();
    }
}
