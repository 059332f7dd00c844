package io.onceguard.examples;

/** Takes the money. It knows nothing of keys: each call that returns has charged once more. */
interface Gateway {

    /**
     * Charges a payment.
     *
     * @throws GatewayUnavailableException if nothing was charged
     */
    Receipt charge(PaymentRequest request) throws GatewayUnavailableException;
}
