package io.onceguard.jmh;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what JMH wrote. */
final class Results {

    private Results() {}

    /** The measurements of the benchmarks that compare two sides, in the order of the file. */
    static List<Measurement> read(Path json) {
        List<Measurement> measurements = new ArrayList<>();
        for (JsonNode benchmark : JsonMapper.builder().build().readTree(json.toFile())) {
            JsonNode counters = benchmark.get("secondaryMetrics");
            if (counters.has("limitCalls")) {
                measurements.add(Measurement.of(
                        workload(benchmark),
                        benchmark.get("params").get("store").asString(),
                        name -> iterations(counters, name)));
            }
        }
        return measurements;
    }

    private static String workload(JsonNode benchmark) {
        String name = benchmark.get("benchmark").asString();
        String method = name.substring(name.lastIndexOf('.') + 1);
        String type = name.substring(name.lastIndexOf('.', name.length() - method.length() - 2) + 1);
        String workload = type.substring(0, type.indexOf("Benchmark")).toUpperCase(Locale.ROOT);
        JsonNode nodes = benchmark.get("params").get("nodes");
        String suffix = nodes == null ? "" : nodes.asString().equals("1") ? ", one node" : ", two nodes";
        return switch (method) {
            case "interleaved" -> workload;
            case "besideSingly" -> workload + " beside singly";
            default -> workload + ", " + method + suffix;
        };
    }

    private static double[] iterations(JsonNode counters, String name) {
        List<Double> values = new ArrayList<>();
        for (JsonNode fork : counters.get(name).get("rawData")) {
            for (JsonNode iteration : fork) {
                values.add(iteration.asDouble());
            }
        }
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
