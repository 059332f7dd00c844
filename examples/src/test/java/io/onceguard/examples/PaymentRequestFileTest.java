package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.IdempotencyKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaymentRequestFileTest {

    private final List<PaymentRequest> requests = PaymentRequestGenerator.generate(PaymentRequestGenerator.SEED);

    @Test
    void theCommittedFileIsWhatTheGeneratorWrites(@TempDir Path directory) throws IOException {
        Path written = directory.resolve("written.jsonl");
        PaymentRequestGenerator.main(new String[] {written.toString()});

        assertThat(Files.mismatch(PaymentRequestFile.COMMITTED, written))
                .as("first byte that differs; mvn -q -Pquickstart -pl examples -am compile "
                        + "-Dexample=PaymentRequestGenerator writes the file anew")
                .isEqualTo(-1);
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        assertThat(PaymentRequestFile.read(PaymentRequestFile.COMMITTED)).isEqualTo(requests);
    }

    @Test
    void theHourIsBusy() {
        assertThat(requests)
                .hasSizeGreaterThanOrEqualTo(2_000)
                .allSatisfy(request -> assertThat(request.second()).isBetween(0, 3_599));
        assertThat(firstRequests()).hasSize(PaymentRequestGenerator.PAYMENTS);
        assertThat(firstRequests().values()).anyMatch(request -> request.gatewayFailures() > 0);
        assertThat(requests.size() - Set.copyOf(requests).size())
                .as("requests that are sent again at the same moment")
                .isGreaterThan(300);
        assertThat(requests)
                .extracting(PaymentRequest::key)
                .as("tenants use the same keys")
                .satisfies(keys ->
                        assertThat(new HashSet<>(keys).size()).isLessThan(PaymentRequestGenerator.PAYMENTS / 2));
    }

    /** Else it would be chance which of the two amounts is charged. */
    @Test
    void aKeyIsReusedOnlyAfterItsPaymentIsMade() {
        Map<IdempotencyKey, PaymentRequest> first = firstRequests();
        List<PaymentRequest> reuses = requests.stream()
                .filter(request -> request.amountInCents()
                        != first.get(request.idempotencyKey()).amountInCents())
                .toList();

        assertThat(reuses).hasSizeGreaterThan(30).allSatisfy(reuse -> {
            PaymentRequest payment = first.get(reuse.idempotencyKey());
            long secondsBetween = requests.stream()
                    .mapToInt(PaymentRequest::second)
                    .distinct()
                    .filter(second -> second > payment.second() && second < reuse.second())
                    .count();
            assertThat(secondsBetween).isGreaterThan(payment.gatewayFailures());
        });
    }

    private Map<IdempotencyKey, PaymentRequest> firstRequests() {
        Map<IdempotencyKey, PaymentRequest> first = new HashMap<>();
        requests.forEach(request -> first.putIfAbsent(request.idempotencyKey(), request));
        return first;
    }
}
