package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import io.onceguard.Attempt;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.ResultCodec;
import io.onceguard.memory.InMemoryIdempotencyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
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

/**
 * RENEWAL: the share of one core that the renewal of 10,000 leases in memory takes. The leases last 3 s, so that each is
 * renewed every second, ten times as often as by default. The ratio is that of processor time to time.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class RenewalBenchmark {

    private static final int OWNERS = 20;
    private static final int LEASES_OF_EACH = 500;
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final long STACK_BYTES = 1L << 26;

    @Param("memory")
    public String store;

    private final CompletableFuture<byte[]> over = new CompletableFuture<>();
    private IdempotencyExecutor<byte[]> executor;
    private final List<Thread> owners = new ArrayList<>();
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private KeeperThread keeper;

    @Setup(Level.Trial)
    public void acquire() throws InterruptedException {
        executor = IdempotencyExecutor.atLeastOnce("charge", ResultCodec.bytes(), InMemoryIdempotencyStore.create())
                .lease(LEASE)
                .build();
        // The work of each call makes the next one, so that few threads hold many leases; one owner begins after the
        // other, so that they leave a core to the keeper.
        for (int i = 0; i < OWNERS; i++) {
            CountDownLatch holds = new CountDownLatch(1);
            Thread owner =
                    new Thread(null, () -> requireNonNull(hold(LEASES_OF_EACH, holds)), "owner-" + i, STACK_BYTES);
            owners.add(owner);
            owner.start();
            holds.await();
        }
        keeper = KeeperThread.find();
    }

    private byte[] hold(int count, CountDownLatch holds) {
        if (count == 0) {
            holds.countDown();
            return over.join();
        }
        return executor.execute(Keys.of(Keys.fresh()), Keys.INPUT, attempt -> {
                    attempts.add(attempt);
                    return hold(count - 1, holds);
                })
                .orElseThrow();
    }

    @TearDown(Level.Trial)
    public void close() throws InterruptedException {
        over.complete(Keys.RESULT);
        for (Thread owner : owners) {
            owner.join();
        }
    }

    @Benchmark
    public void renewal(Costs costs) throws InterruptedException {
        long cpu = keeper.cpuNanos();
        long start = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(LEASE.toNanos() / 3);
        costs.addLimit(1, System.nanoTime() - start, 0);
        costs.addLibrary(1, keeper.cpuNanos() - cpu, 0);
        long lost = attempts.stream().filter(attempt -> !attempt.leaseHeld()).count();
        if (lost > 0) {
            System.err.println(lost + " leases were lost, as when the machine stands still: too little was measured");
        }
    }
}
