package io.onceguard.jmh;

import io.onceguard.Attempt;
import io.onceguard.BatchCall;
import io.onceguard.BatchExecutor;
import io.onceguard.BatchResult;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * RECORDS: what a call costs where a million records are kept, beside what it costs where a thousand are: in the place of
 * the limit stands the library itself. First executions add to both; an iteration begins with a thousand again.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RecordsBenchmark {

    private static final int BATCH = 500;

    /** Has no divisor in common with the numbers of records: its multiples visit all of them, in no useful order. */
    private static final int STRIDE = 7_919;

    @Param({"memory", "h2-file", "postgresql", "redis"})
    public String store;

    @Param("1000")
    public int few;

    @Param("1000000")
    public int many;

    private Backend small;
    private Backend large;
    private IdempotencyExecutor<byte[]> toSmall;
    private IdempotencyExecutor<byte[]> toLarge;
    private Interleaving firsts;
    private Interleaving replays;
    private int next;

    @Setup(Level.Trial)
    public void open() throws Exception {
        small = Backend.open(store);
        large = Backend.open(store);
        toLarge = filled(large, many);
        firsts = new Interleaving(() -> first(toSmall), () -> first(toLarge));
        replays = new Interleaving(() -> replay(toSmall, few), () -> replay(toLarge, many));
    }

    @Setup(Level.Iteration)
    public void shrink() throws Exception {
        small.clear();
        toSmall = filled(small, few);
    }

    private static IdempotencyExecutor<byte[]> filled(Backend backend, int count) {
        IdempotencyExecutor<byte[]> executor = Keys.executor(backend.store());
        BatchExecutor<byte[]> batches = BatchExecutor.of(executor);
        for (int from = 0; from < count; from += BATCH) {
            List<BatchCall<byte[], Attempt>> calls = IntStream.range(from, Math.min(count, from + BATCH))
                    .mapToObj(i ->
                            BatchCall.<byte[], Attempt>of(Keys.of(Keys.COMPLETED + i), Keys.INPUT, () -> Keys.RESULT))
                    .toList();
            for (BatchResult<byte[]> result : batches.runAll(calls)) {
                if (!(result instanceof BatchResult.Answered)) {
                    throw new IllegalStateException("not recorded: " + result);
                }
            }
        }
        return executor;
    }

    @TearDown(Level.Trial)
    public void close() {
        small.close();
        large.close();
    }

    @Benchmark
    public void first(Costs costs, Blackhole hole) throws Exception {
        firsts.pair(costs, hole);
    }

    @Benchmark
    public void replay(Costs costs, Blackhole hole) throws Exception {
        replays.pair(costs, hole);
    }

    private static Outcome<byte[]> first(IdempotencyExecutor<byte[]> executor) {
        return executor.execute(Keys.of(Keys.fresh()), Keys.INPUT, () -> Keys.RESULT);
    }

    private Outcome<byte[]> replay(IdempotencyExecutor<byte[]> executor, int count) {
        next = Math.floorMod(next + STRIDE, many);
        return executor.execute(Keys.of(Keys.COMPLETED + next % count), Keys.INPUT, () -> {
            throw new IllegalStateException("not a replay");
        });
    }
}
