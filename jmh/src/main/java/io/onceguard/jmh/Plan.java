package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One benchmark with one value for each of its parameters. */
record Plan(Class<?> benchmark, String method, Map<String, String> parameters) {

    private static final List<String> STORES = List.of("memory", "h2-file", "postgresql", "redis");

    /** The six workloads, each on the stores where it says something. */
    static List<Plan> workloads() {
        List<Plan> plans = new ArrayList<>();
        for (String store : List.of("nothing", "nothing-local", "memory", "h2-file", "postgresql", "redis")) {
            plans.add(of(FirstBenchmark.class, "interleaved", store));
        }
        for (String store : List.of(
                "nothing",
                "nothing-local",
                "memory",
                "h2-file",
                "postgresql",
                "postgresql-read-first",
                "redis",
                "redis-near-cache")) {
            plans.add(of(ReplayBenchmark.class, "interleaved", store));
        }
        STORES.forEach(store -> plans.add(of(RejectBenchmark.class, "interleaved", store)));
        for (String method : List.of("rejecting", "waiting")) {
            STORES.forEach(store -> plans.add(storm(method, store, 1)));
        }
        List.of("postgresql", "redis").forEach(store -> plans.add(storm("rejecting", store, 2)));
        List.of("postgresql", "redis", "redis-push").forEach(store -> plans.add(storm("waiting", store, 2)));
        STORES.forEach(store -> plans.add(of(BatchBenchmark.class, "interleaved", store)));
        List.of("postgresql", "redis").forEach(store -> plans.add(of(BatchBenchmark.class, "besideSingly", store)));
        List.of("h2-file", "postgresql")
                .forEach(store -> plans.add(of(TransactionBenchmark.class, "interleaved", store)));
        plans.add(of(TransactionBenchmark.class, "storm", "postgresql"));
        plans.add(of(RenewalBenchmark.class, "renewal", "memory"));
        plans.add(of(ShortCallsBenchmark.class, "renewal", "nothing"));
        return plans;
    }

    /** The workloads, H2 in memory, more storms, and what more records cost. */
    static List<Plan> all() {
        List<Plan> plans = new ArrayList<>(workloads());
        plans.add(of(FirstBenchmark.class, "interleaved", "h2"));
        plans.add(of(ReplayBenchmark.class, "interleaved", "h2"));
        for (String method : List.of("rejecting", "waiting")) {
            List.of("memory", "h2-file").forEach(store -> plans.add(storm(method, store, 2)));
        }
        for (String method : List.of("first", "replay")) {
            STORES.forEach(store -> plans.add(of(RecordsBenchmark.class, method, store)));
        }
        return plans;
    }

    private static Plan of(Class<?> benchmark, String method, String store) {
        return new Plan(benchmark, method, Map.of("store", store));
    }

    private static Plan storm(String method, String store, int nodes) {
        return new Plan(StormBenchmark.class, method, Map.of("store", store, "nodes", "" + nodes));
    }

    /**
     * How long the compiler needs at least: the longer, the more code a call runs through and the fewer calls a second has.
     */
    int warmupSeconds() {
        boolean h2 = parameters.containsValue("h2-file");
        if (benchmark == StormBenchmark.class) {
            return h2 ? 12 : 6;
        }
        if (isInProcess()) {
            return 2;
        }
        if (benchmark == FirstBenchmark.class) {
            return h2 ? 12 : 8;
        }
        if (benchmark == TransactionBenchmark.class) {
            return 8;
        }
        return h2 && benchmark == ReplayBenchmark.class ? 6 : 3;
    }

    /** The heap in GiB: only what is kept in this process needs much. */
    int heap() {
        return isInProcess() ? 3 : 1;
    }

    private boolean isInProcess() {
        return requireNonNull(parameters.get("store")).matches("nothing.*|memory");
    }

    /** What JMH knows it by. */
    String pattern() {
        return benchmark.getName().replace(".", "\\.") + "\\." + method + "$";
    }

    @Override
    public String toString() {
        return benchmark.getSimpleName() + "." + method + " " + parameters;
    }
}
