package io.onceguard.jmh;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/** REPLAY: keys that are completed, with results of 200 bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReplayBenchmark {

    private static final int KEYS = 1_000;

    @Param({
        "nothing",
        "nothing-local",
        "memory",
        "h2",
        "h2-file",
        "postgresql",
        "postgresql-read-first",
        "redis",
        "redis-near-cache"
    })
    public String store;

    private Backend backend;
    private RawLimit limit;
    private IdempotencyExecutor<byte[]> executor;
    private Interleaving interleaving;
    private String[] keys;
    private int next;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = Backend.open(store);
        backend.clear();
        keys = Keys.completed(KEYS, backend);
        limit = backend.limit();
        executor = Keys.executor(backend.store());
        interleaving = new Interleaving(this::limit, this::library);
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        backend.close();
    }

    private String key() {
        next = next + 1 == KEYS ? 0 : next + 1;
        return keys[next];
    }

    @Benchmark
    public void interleaved(Costs costs, Blackhole hole) throws Exception {
        interleaving.pair(costs, hole);
    }

    @Benchmark
    public byte @Nullable [] limit() throws Exception {
        return limit.result(key());
    }

    @Benchmark
    public Outcome<byte[]> library() {
        return executor.execute(Keys.of(key()), Keys.INPUT, () -> {
            throw new IllegalStateException("not a replay");
        });
    }
}
