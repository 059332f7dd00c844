package io.onceguard.http;

import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.payment;
import static io.onceguard.http.HttpScene.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.WaitPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fifty requests with one key at the same time. */
class HttpConcurrencyTest {

    private static final int OTHERS = 49;

    private final HttpScene scene = new HttpScene();
    private final List<Thread> started = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(OTHERS + 1, this::thread);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    @AfterEach
    void stop() {
        mayEnd.countDown();
        threads.shutdownNow();
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task);
        started.add(thread);
        return thread;
    }

    private Future<HttpResponseData> first(HttpIdempotency payments) throws InterruptedException {
        Future<HttpResponseData> first = threads.submit(() -> payments.handle(payment(), () -> {
            int run = scene.runs.incrementAndGet();
            begun.countDown();
            mayEnd.await();
            return response(201, "run " + run);
        }));
        begun.await();
        return first;
    }

    private List<Future<HttpResponseData>> others(HttpIdempotency payments) {
        List<Future<HttpResponseData>> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            others.add(threads.submit(() -> payments.handle(payment(), scene.handler())));
        }
        return others;
    }

    /** The first in its work, the others for it. */
    private void awaitAllBlocked() {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!started.stream().allMatch(HttpConcurrencyTest::isBlockedInTheLibrary)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static boolean isBlockedInTheLibrary(Thread thread) {
        boolean blocked = thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
        return blocked
                && Stream.of(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(HttpIdempotency.class.getName()));
    }

    private static HttpResponseData of(Future<HttpResponseData> response)
            throws InterruptedException, ExecutionException, TimeoutException {
        return response.get(60, TimeUnit.SECONDS);
    }

    @Test
    void F07_H16_oneRunsAndTheOthersAreToldToComeBack() throws Exception {
        HttpIdempotency payments = scene.endpoint().build();
        Future<HttpResponseData> first = first(payments);
        for (Future<HttpResponseData> other : others(payments)) {
            HttpResponseData response = of(other);
            assertThat(response.status()).isEqualTo(409);
            assertThat(Integer.parseInt(response.headers().first("Retry-After")))
                    .isGreaterThanOrEqualTo(1);
        }
        mayEnd.countDown();

        assertThat(body(of(first))).isEqualTo("run 1");
        assertThat(body(of(others(payments).get(0)))).isEqualTo("run 1");
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F07_oneRunsAndTheOthersWaitForItsResponse() throws Exception {
        HttpIdempotency payments = HttpIdempotency.of(scene.atMostOnce()
                        .waiting(WaitPolicy.upTo(Duration.ofMinutes(1)))
                        .build())
                .withoutDocumentation()
                .build();
        Future<HttpResponseData> first = first(payments);
        List<Future<HttpResponseData>> others = others(payments);
        awaitAllBlocked();
        assertThat(others).noneMatch(Future::isDone);
        mayEnd.countDown();

        HttpResponseData answer = of(first);
        for (Future<HttpResponseData> other : others) {
            assertThat(of(other).headers().values("Idempotent-Replayed")).containsExactly("true");
            assertThat(of(other).body()).isEqualTo(answer.body());
            assertThat(of(other).status()).isEqualTo(201);
        }
        assertThat(scene.runs).hasValue(1);
    }
}
