package io.onceguard.jmh;

import io.onceguard.Attempt;
import io.onceguard.BatchCall;
import io.onceguard.BatchExecutor;
import io.onceguard.BatchResult;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** BATCH: 500 fresh keys together, beside the same 500 by hand, or beside one after the other. All counts are per key. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BatchBenchmark {

    private static final int KEYS = 500;

    @Param({"memory", "h2-file", "postgresql", "redis"})
    public String store;

    private Backend backend;
    private RawLimit limit;
    private IdempotencyExecutor<byte[]> executor;
    private Interleaving besideLimit;
    private Interleaving besideSingly;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = Backend.open(store);
        besideLimit = new Interleaving(this::limit, KEYS, this::library, KEYS);
        besideSingly = new Interleaving(this::singly, 1, this::library, KEYS);
    }

    @Setup(Level.Iteration)
    public void clear() throws Exception {
        backend.clear();
        limit = backend.limit();
        executor = Keys.executor(backend.store());
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        backend.close();
    }

    @Benchmark
    public void interleaved(Costs costs, Blackhole hole) throws Exception {
        besideLimit.pair(costs, hole);
    }

    @Benchmark
    public void besideSingly(Costs costs, Blackhole hole) throws Exception {
        besideSingly.pair(costs, hole);
    }

    @Benchmark
    public Object limit() throws Exception {
        List<String> keys = Keys.fresh(KEYS);
        limit.claimAndKeepAll(keys, Keys.RESULT);
        return keys;
    }

    @Benchmark
    public Outcome<byte[]> singly() {
        return executor.execute(Keys.of(Keys.fresh()), Keys.INPUT, () -> Keys.RESULT);
    }

    @Benchmark
    public List<BatchResult<byte[]>> library() {
        List<BatchCall<byte[], Attempt>> calls = Keys.fresh(KEYS).stream()
                .map(key -> BatchCall.<byte[], Attempt>of(Keys.of(key), Keys.INPUT, () -> Keys.RESULT))
                .toList();
        return BatchExecutor.of(executor).runAll(calls);
    }
}
