package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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

/** REJECT: a key that another node is working on. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RejectBenchmark {

    @Param({"memory", "h2", "h2-file", "postgresql", "redis"})
    public String store;

    private final CompletableFuture<byte[]> result = new CompletableFuture<>();
    private Backend backend;
    private RawLimit limit;
    private IdempotencyExecutor<byte[]> executor;
    private Interleaving interleaving;
    private String key;
    private Thread holder;

    @Setup(Level.Trial)
    public void open() throws Exception {
        backend = Backend.open(store);
        backend.clear();
        key = Keys.fresh();
        limit = backend.limit();
        limit.claim(key);
        CountDownLatch held = new CountDownLatch(1);
        IdempotencyExecutor<byte[]> otherNode = Keys.executor(backend.otherNode());
        holder = new Thread(() -> requireNonNull(otherNode
                .execute(Keys.of(key), Keys.INPUT, () -> {
                    held.countDown();
                    return result.join();
                })
                .orElseThrow()));
        holder.start();
        held.await();
        executor = Keys.executor(backend.store());
        interleaving = new Interleaving(this::limit, this::library);
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        result.complete(Keys.RESULT);
        holder.join();
        backend.close();
    }

    @Benchmark
    public void interleaved(Costs costs, Blackhole hole) throws Exception {
        interleaving.pair(costs, hole);
    }

    @Benchmark
    public boolean limit() throws Exception {
        return limit.claim(key);
    }

    @Benchmark
    public Outcome<byte[]> library() {
        return executor.execute(Keys.of(key), Keys.INPUT, () -> {
            throw new IllegalStateException("not rejected");
        });
    }
}
