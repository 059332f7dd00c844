package io.onceguard.jmh;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotentCall;
import io.onceguard.Outcome;
import io.onceguard.WaitPolicy;
import java.time.Duration;
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

/**
 * STORM: 8 threads call with one fresh key at once, whose work takes a millisecond; all in one node, or half of them in
 * each of two. What counts is the time from the first start to the last answer.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StormBenchmark {

    static final int THREADS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Param({"memory", "h2-file", "postgresql", "redis", "redis-push"})
    public String store;

    @Param({"1", "2"})
    public int nodes;

    private Backend backend;
    private Storm storm;
    private List<IdempotencyExecutor<byte[]>> executors;
    private HandWrittenStorm byHand;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = Backend.open(store);
        storm = new Storm(THREADS);
    }

    @Setup(Level.Iteration)
    public void clear() throws Exception {
        backend.clear();
        IdempotencyExecutor<byte[]> one = Keys.executor(backend.store());
        executors = nodes == 1 ? List.of(one) : List.of(one, Keys.executor(backend.otherNode()));
        byHand = new HandWrittenStorm(backend.limit(), HandWrittenStorm.claiming(backend.limit()));
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        storm.close();
        backend.close();
    }

    @Benchmark
    public void rejecting(Costs costs) throws Exception {
        storm.pair(costs, (number, key) -> byHand.reject(key), (number, key) -> call(number, key, WaitPolicy.reject()));
    }

    @Benchmark
    public void waiting(Costs costs) throws Exception {
        WaitPolicy patient = WaitPolicy.upTo(PATIENCE);
        storm.pair(
                costs,
                (number, key) -> byHand.await(key),
                (number, key) -> call(number, key, patient).orElseThrow());
    }

    private Outcome<byte[]> call(int number, String key, WaitPolicy waiting) {
        IdempotentCall call = IdempotentCall.of(Keys.of(key), Keys.INPUT).waiting(waiting);
        return executors.get(number % nodes).execute(call, Storm::work);
    }
}
