package io.onceguard.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs all workloads on all stores, on servers that it starts, and prints a table. The short form gives each one JVM and
 * a few seconds; the long one gives each three JVMs and half a minute, and adds {@link RecordsBenchmark}.
 */
public final class BenchmarkRun {

    private static final Length SHORT = new Length(1, 1, 5, 500);
    private static final Length LONG = new Length(3, 3, 10, 1_000);

    private final Length length;

    /** How many JVMs, how many times a benchmark's warm-up, and how many iterations of how many milliseconds. */
    private record Length(int forks, int warmups, int iterations, int millis) {}

    private BenchmarkRun(Length length) {
        this.length = length;
    }

    /**
     * Runs the benchmarks, writes what was measured as JSON, and reports it.
     *
     * @param args the folder for the results, and {@code long} for the long form
     * @throws IOException if the results cannot be written
     * @throws RunnerException if a benchmark fails
     */
    public static void main(String[] args) throws IOException, RunnerException {
        Path folder = Path.of(args[0]);
        boolean all = args.length > 1 && args[1].equals("long");
        long start = System.nanoTime();
        List<Plan> plans = all ? Plan.all() : Plan.workloads();
        List<RunResult> results = new BenchmarkRun(all ? LONG : SHORT).run(plans);
        Path json = Files.createDirectories(folder).resolve("benchmarks.json");
        ResultFormatFactory.getInstance(ResultFormatType.JSON, json.toString()).writeOut(results);
        Report.write(json, folder.resolve("benchmarks.svg"));
        System.out.println("\n" + results.size() + " benchmarks in "
                + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s; " + json.toAbsolutePath());
        System.exit(0);
    }

    private List<RunResult> run(List<Plan> plans) throws RunnerException {
        List<String> servers = Servers.forkArguments();
        List<RunResult> results = new ArrayList<>();
        for (Plan plan : plans) {
            System.out.println((results.size() + 1) + "/" + plans.size() + " " + plan);
            results.addAll(new Runner(options(plan, servers).build()).run());
        }
        return results;
    }

    private ChainedOptionsBuilder options(Plan plan, List<String> servers) {
        List<String> arguments = new ArrayList<>(servers);
        arguments.addAll(List.of("-Xms" + plan.heap() + "g", "-Xmx" + plan.heap() + "g", "-XX:+AlwaysPreTouch"));
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(plan.pattern())
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .forks(length.forks)
                .warmupIterations(length.warmups * plan.warmupSeconds())
                .measurementIterations(length.iterations)
                .warmupTime(TimeValue.seconds(1))
                .measurementTime(TimeValue.milliseconds(length.millis))
                .jvmArgsAppend(arguments.toArray(String[]::new));
        plan.parameters().forEach(options::param);
        return options;
    }
}
