package io.onceguard.jmh;

import io.onceguard.IdempotencyExecutor;
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

/**
 * RENEWAL of calls that are over long before a third of their lease: one thread makes as many first executions as it can,
 * on a store that does nothing, and the ratio is that of the processor time of the renewing thread to the time.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ShortCallsBenchmark {

    private static final long SLICE_NANOS = 100_000_000;

    @Param("nothing")
    public String store;

    private Backend backend;
    private IdempotencyExecutor<byte[]> executor;
    private KeeperThread keeper;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = Backend.open(store);
        executor = Keys.executor(backend.store());
        call();
        keeper = KeeperThread.find();
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        backend.close();
    }

    @Benchmark
    public void renewal(Costs costs, Blackhole hole) {
        long cpu = keeper.cpuNanos();
        long start = System.nanoTime();
        long nanos = 0;
        while (nanos < SLICE_NANOS) {
            hole.consume(call());
            nanos = System.nanoTime() - start;
        }
        costs.addLimit(1, nanos, 0);
        costs.addLibrary(1, keeper.cpuNanos() - cpu, 0);
    }

    private byte[] call() {
        return executor.execute(Keys.of(Keys.fresh()), Keys.INPUT, () -> Keys.RESULT)
                .orElseThrow();
    }
}
