package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.http.IdempotencyKeyHeader;
import io.onceguard.http.RetryAdvice;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Clients that retry by themselves, through a network that cuts: each payment is made once, each client has its receipt. */
class RetryingClientTest {

    private static final long SEED = 2026;
    private static final int PAYMENTS = Boolean.getBoolean("onceguard.soak") ? 2_000 : 200;
    private static final int CLIENTS = 8;
    private static final int TRIES = 1_000;
    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    @Test
    void H8_H22_everyPaymentIsMadeOnceAndHasItsReceipt(@TempDir Path folder) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (PaymentsServer server = PaymentsServer.start(folder, order -> {}, 0);
                CuttingProxy proxy = new CuttingProxy(server.port(), SEED)) {
            List<Future<String>> receipts = new ArrayList<>();
            for (int i = 0; i < PAYMENTS; i++) {
                int payment = i;
                receipts.add(clients.submit(() -> pay(proxy.port(), payment)));
            }
            List<String> locations = new ArrayList<>();
            for (Future<String> receipt : receipts) {
                locations.add(receipt.get(5, TimeUnit.MINUTES));
            }

            List<Payments.Payment> made = server.payments().all();
            assertThat(made).as("seed %d", SEED).hasSize(PAYMENTS);
            for (Payments.Payment payment : made) {
                int number = Integer.parseInt(payment.order().account());
                assertThat(locations.get(number)).isEqualTo("/payments/" + payment.id());
            }
            assertThat(locations).doesNotHaveDuplicates();
            assertThat(proxy.cutRequests).hasPositiveValue();
            assertThat(proxy.cutResponses).hasPositiveValue();
        } finally {
            clients.shutdownNow();
        }
    }

    /**
     * Sends one request with one key until the answer is final; returns where the payment is. It is less patient than
     * Retry-After asks for, so as to meet requests that are still being worked on.
     */
    private String pay(int port, int number) throws InterruptedException {
        Random jitter = new Random(SEED + number);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/payments"))
                .header("Authorization", "Bearer alice")
                .header(IdempotencyKeyHeader.NAME, IdempotencyKeyHeader.random())
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"account\":\"" + number + "\",\"amountInCents\":100,\"currency\":\"EUR\"}"))
                .timeout(Duration.ofMinutes(1))
                .build();
        for (int i = 0; i < TRIES; i++) {
            try {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                RetryAdvice advice = RetryAdvice.of(response.statusCode(), code(response));
                if (advice == RetryAdvice.FINAL) {
                    return response.headers().firstValue("Location").orElseThrow();
                }
                assertThat(advice).as(response.body()).isEqualTo(RetryAdvice.SEND_AGAIN);
            } catch (IOException cut) {
                // nobody knows what became of the request: it is sent again
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + jitter.nextInt(50)));
        }
        throw new AssertionError("payment " + number + " has no receipt, seed " + SEED);
    }

    private static String code(HttpResponse<String> response) {
        return JSON.readTree(response.body()).path("code").asString(null);
    }
}
