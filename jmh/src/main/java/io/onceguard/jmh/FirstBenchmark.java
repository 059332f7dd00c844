package io.onceguard.jmh;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
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

/** FIRST: a fresh key each call, work that takes no time, a result of 200 bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FirstBenchmark {

    @Param({"nothing", "nothing-local", "memory", "h2", "h2-file", "postgresql", "redis"})
    public String store;

    private Backend backend;
    private RawLimit limit;
    private IdempotencyExecutor<byte[]> executor;
    private Interleaving interleaving;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = Backend.open(store);
        interleaving = new Interleaving(this::limit, this::library);
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
        interleaving.pair(costs, hole);
    }

    @Benchmark
    public byte[] limit() throws Exception {
        return limit.first(Keys.fresh(), Keys.RESULT);
    }

    @Benchmark
    public Outcome<byte[]> library() {
        return executor.execute(Keys.of(Keys.fresh()), Keys.INPUT, () -> Keys.RESULT);
    }
}
