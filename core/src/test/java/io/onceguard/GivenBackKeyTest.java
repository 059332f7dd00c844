package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Lease;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GivenBackKeyTest {

    private static final IdempotencyKey KEY = IdempotencyKey.of("tenant-7", "order-42");

    private final CountDownLatch nextIsAsking = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final CompletableFuture<Outcome<String>> next = new CompletableFuture<>();
    private final List<IdempotencyListener.LeaseLost> lost = new CopyOnWriteArrayList<>();

    /** A local store in which the next caller asks early, and is answered as soon as the key is given back. */
    private final class SlowToTellStore extends ModelStore {

        private final Thread first = Thread.currentThread();

        SlowToTellStore() {
            super(System::nanoTime);
        }

        @Override
        public boolean isLocal() {
            return true;
        }

        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized") // waits, and the other caller must not wait for that
        public AcquireResult acquire(AcquireRequest request) {
            if (Thread.currentThread() != first) {
                nextIsAsking.countDown();
                await(released);
            }
            return super.acquire(request);
        }

        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public boolean release(Lease lease) {
            boolean done = super.release(lease);
            released.countDown();
            next.orTimeout(30, TimeUnit.SECONDS).join();
            return done;
        }
    }

    private final SlowToTellStore store = new SlowToTellStore();

    private final IdempotencyExecutor<String> executor = IdempotencyExecutor.atLeastOnce(
                    "charge", ResultCodec.utf8(), store)
            .listener(new IdempotencyListener() {
                @Override
                public void onLeaseLost(LeaseLost event) {
                    lost.add(event);
                }
            })
            .build();

    /** The store has given the key to the next caller before the first one knows that its release is done. */
    @Test
    void aKeyThatIsGivenBackAndTakenAtOnceIsNoLostLease() {
        next.completeAsync(() -> executor.execute(KEY, Fingerprint.none(), () -> "done"));
        await(nextIsAsking);

        assertThatThrownBy(() -> executor.<RuntimeException>execute(KEY, Fingerprint.none(), () -> {
                    throw new IllegalStateException("fails at first");
                }))
                .hasMessage("fails at first");

        assertThat(next.join()).isInstanceOf(Outcome.Executed.class);
        awaitEvents();
        assertThat(lost).isEmpty();
    }

    /** Events of the background are told in order, on one thread. */
    private void awaitEvents() {
        CountDownLatch told = new CountDownLatch(1);
        StoreNode.of(store, SystemPlatform.INSTANCE).later(System.nanoTime(), told::countDown);
        await(told);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
