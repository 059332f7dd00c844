package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.FingerprintMismatchException;
import io.onceguard.Outcome;
import io.onceguard.memory.InMemoryIdempotencyStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadmeSampleTest {

    private static final PaymentRequest ORDER =
            new PaymentRequest(0, "tenant-7", "order-42", 1_000, "EUR", "payee-1", "invoice 42", 0);

    private final ReadmeSample sample = new ReadmeSample(InMemoryIdempotencyStore.create());

    @Test
    void runsOnceAndReplays() throws Exception {
        List<PaymentRequest> charged = new ArrayList<>();
        Gateway gateway = request -> {
            charged.add(request);
            return new Receipt("charge-" + charged.size(), request.amountInCents(), request.currency());
        };

        Receipt first = sample.charge(ORDER, "body", gateway);
        Receipt again = sample.charge(ORDER, "body", gateway);

        assertThat(again).isEqualTo(first);
        assertThat(charged).containsExactly(ORDER);
        assertThatThrownBy(() -> sample.charge(ORDER, "another body", gateway))
                .isInstanceOf(FingerprintMismatchException.class);
    }

    @Test
    void aChargeWhoseReplyWasLostIsFoundAndNotMadeAgain() {
        ProviderThatLosesAReply provider = new ProviderThatLosesAReply();
        assertThatThrownBy(() -> sample.chargeOrReconcile(ORDER, provider)).isSameAs(provider.lost);

        Outcome<Receipt> outcome = sample.chargeOrReconcile(ORDER, provider);

        assertThat(outcome.isReplay()).isTrue();
        assertThat(provider.charges).containsValue(outcome.orElseThrow()).hasSize(1);
    }

    @Test
    void aChargeThatDidNotLandIsMade() {
        ProviderThatLosesAReply provider = new ProviderThatLosesAReply();
        assertThatThrownBy(() -> sample.chargeOrReconcile(ORDER, provider)).isSameAs(provider.lost);
        provider.charges.clear();

        Outcome<Receipt> outcome = sample.chargeOrReconcile(ORDER, provider);

        assertThat(outcome).isInstanceOf(Outcome.Executed.class);
        assertThat(provider.charges).hasSize(1);
    }

    /** Charges, and fails to say so the first time. */
    private static final class ProviderThatLosesAReply implements ReadmeSample.Provider {

        final IllegalStateException lost = new IllegalStateException("no reply");
        final Map<String, Receipt> charges = new HashMap<>();
        private boolean failed;

        @Override
        public Receipt charge(String providerKey, PaymentRequest order) {
            Receipt receipt = new Receipt("charge-1", order.amountInCents(), order.currency());
            charges.put(providerKey, receipt);
            if (!failed) {
                failed = true;
                throw lost;
            }
            return receipt;
        }

        @Override
        public Optional<Receipt> find(String providerKey) {
            return Optional.ofNullable(charges.get(providerKey));
        }
    }
}
