package io.onceguard;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.Takeover;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What one test of the executor plays in: a clock, a store and this node's view of it, a listener. */
final class Scene {

    /** How this node reaches the store. */
    enum Kind {
        REMOTE,
        LOCAL
    }

    /** The library's logger; held, so that it stays as it is. Warnings about planted faults are nobody's news. */
    static final Logger LOGGER = Logger.getLogger("io.onceguard");

    static {
        LOGGER.setUseParentHandlers(false);
    }

    static final String OPERATION = "charge";
    static final Duration LEASE = Duration.ofSeconds(30);
    static final IdempotencyKey KEY = IdempotencyKey.of("tenant-7", "order-42");
    static final Fingerprint INPUT = Fingerprint.of("input");
    static final Fingerprint OTHER_INPUT = Fingerprint.of("other input");

    final ManualPlatform platform = new ManualPlatform();
    final ModelStore model = new ModelStore(platform::elapsed);
    final RecordingListener listener = new RecordingListener();
    final FaultyStore store;
    final Kind kind;

    private final AtomicLong strangers = new AtomicLong();

    Scene(Kind kind) {
        this.kind = kind;
        this.store = new FaultyStore(model, kind == Kind.LOCAL);
    }

    /** Another process over the same records. */
    FaultyStore anotherNode() {
        return new FaultyStore(model, kind == Kind.LOCAL);
    }

    IdempotencyExecutorBuilder<String> atLeastOnce() {
        return with(Guarantee.AT_LEAST_ONCE, store);
    }

    IdempotencyExecutorBuilder<String> atMostOnce() {
        return with(Guarantee.AT_MOST_ONCE, store);
    }

    IdempotencyExecutorBuilder<String> with(Guarantee guarantee) {
        return with(guarantee, store);
    }

    IdempotencyExecutorBuilder<String> with(Guarantee guarantee, IdempotencyStore over) {
        return with(guarantee, over, ResultCodec.utf8());
    }

    <T extends @Nullable Object> IdempotencyExecutorBuilder<T> with(
            Guarantee guarantee, IdempotencyStore over, ResultCodec<T> codec) {
        IdempotencyExecutorBuilder<T> builder = guarantee == Guarantee.AT_LEAST_ONCE
                ? IdempotencyExecutor.atLeastOnce(OPERATION, codec, over)
                : IdempotencyExecutor.atMostOnce(OPERATION, codec, over);
        return builder.platform(platform).listener(listener);
    }

    /** Starts a call on a thread of its own and waits until it blocks or ends. */
    <T extends @Nullable Object> ManualPlatform.Caller<T> start(Callable<T> call) {
        ManualPlatform.Caller<T> caller = platform.call(call);
        platform.settle();
        return caller;
    }

    static RecordId id(IdempotencyKey key) {
        return new RecordId(OPERATION, key.scope(), key.value());
    }

    ModelStore.@Nullable Row row() {
        return model.row(id(KEY));
    }

    /** Lets an attempt of another process acquire the key, and never be heard of again. */
    Lease held(IdempotencyKey key, Fingerprint input) {
        AttemptId attempt = new AttemptId(-1, strangers.incrementAndGet());
        AcquireRequest request = new AcquireRequest(
                id(key), input.stored(), attempt, LEASE, Retention.of(Duration.ofHours(24)), Takeover.NEVER);
        return ((AcquireResult.Acquired) model.acquire(request)).lease();
    }

    /** Lets an attempt of another process acquire the key and die, and the lease be over. */
    ModelStore.Row abandoned(IdempotencyKey key, Fingerprint input) {
        Lease unused = held(key, input);
        platform.advance(LEASE);
        return model.row(id(key));
    }

    /** A call that waits up to this long. */
    static IdempotentCall waiting(Duration budget) {
        return IdempotentCall.of(KEY, INPUT).waiting(WaitPolicy.upTo(budget));
    }

    static IdempotentCall rejecting() {
        return IdempotentCall.of(KEY, INPUT).waiting(WaitPolicy.reject());
    }

    /** Work that counts its runs and returns {@code value-<run>}. */
    static final class Counted implements Work<String, RuntimeException> {

        private final AtomicInteger runs = new AtomicInteger();

        @Override
        public String run() {
            return "value-" + runs.incrementAndGet();
        }

        int runs() {
            return runs.get();
        }
    }

    /** Work that waits at a gate, counts its runs and returns {@code value-<run>}. */
    static final class Gated implements Work<String, InterruptedException> {

        final ManualPlatform.Gate gate;
        private final AtomicInteger runs = new AtomicInteger();

        Gated(ManualPlatform.Gate gate) {
            this.gate = gate;
        }

        @Override
        public String run() throws InterruptedException {
            int run = runs.incrementAndGet();
            gate.await();
            return "value-" + run;
        }

        int runs() {
            return runs.get();
        }
    }
}
