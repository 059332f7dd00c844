package io.onceguard.examples;

import io.onceguard.FailurePolicy;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
import io.onceguard.spi.IdempotencyStore;

/** What the shops call. All that makes it safe to retry is in this file. */
final class PaymentService {

    private final IdempotencyExecutor<Receipt> charges;
    private final Gateway gateway;

    /*
     * At most once, because the gateway cannot recognise a repetition: if a charge may have gone through, charging again
     * is worse than asking somebody. So an unknown failure puts the payment on hold. "Unavailable" is not such a
     * failure: nothing was charged, and the key is given back so that the client can come again.
     */
    PaymentService(Gateway gateway, IdempotencyStore store) {
        this.gateway = gateway;
        this.charges = IdempotencyExecutor.atMostOnce("charge", Receipt.CODEC, store)
                .onFailure(GatewayUnavailableException.class, FailurePolicy.RELEASE)
                .build();
    }

    Outcome<Receipt> pay(PaymentRequest request) throws GatewayUnavailableException {
        return charges.execute(request.idempotencyKey(), request.fingerprint(), () -> gateway.charge(request));
    }
}
