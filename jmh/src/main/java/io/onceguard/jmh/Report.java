package io.onceguard.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints measurements as a table, and draws their ratios. */
public final class Report {

    private static final String ROW = "%-28s %-22s %12s %12s  %-15s %8s %8s  %s%n";

    private Report() {}

    /**
     * Reports results that were written before.
     *
     * @param args the JSON file of the results, and the SVG file that is to be written
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]), Path.of(args[1]));
    }

    static void write(Path json, Path svg) throws IOException {
        List<Measurement> measurements = Results.read(json);
        System.out.println("\n" + table(measurements));
        Files.writeString(svg, Chart.of(measurements));
    }

    /** The ratio is that to the raw limit, with its 95 % confidence interval: 1.00 is the limit, and less is better. */
    static String table(List<Measurement> measurements) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT, ROW, "workload", "store", "limit", "onceguard", "ratio", "limit", "onceguard", "aim"));
        for (Measurement each : measurements) {
            Aim aim = Aim.of(each);
            table.append(String.format(
                    Locale.ROOT,
                    ROW,
                    each.workload(),
                    each.store(),
                    time(each.limitNanos()),
                    time(each.nanos()),
                    String.format(Locale.ROOT, "%.2f ± %.2f", each.ratio(), each.error()),
                    bytes(each.limitBytes()),
                    bytes(each.bytes()),
                    aim == null ? "" : aim + (aim.isReachedBy(each) ? "" : "  MISSED")));
        }
        return table.toString();
    }

    private static String time(double nanos) {
        return nanos < 10_000
                ? String.format(Locale.ROOT, "%.0f ns", nanos)
                : String.format(Locale.ROOT, "%.1f us", nanos / 1_000);
    }

    private static String bytes(@Nullable Double bytes) {
        return bytes == null ? "-" : String.format(Locale.ROOT, "%.0f B", bytes);
    }
}
