package io.onceguard.examples;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyKey;

/**
 * What a client sends; one line of the file.
 *
 * @param second when, counted from the beginning of the hour
 * @param tenant the shop that sends it
 * @param key names the payment; each shop numbers its own orders, so shops use the same keys
 * @param amountInCents how much is owed
 * @param currency in which currency
 * @param payee who gets the money
 * @param reference what it is for; no two payments have the same
 * @param gatewayFailures how often the gateway is unavailable before it charges this payment
 */
@JsonPropertyOrder({"second", "tenant", "key", "amountInCents", "currency", "payee", "reference", "gatewayFailures"})
record PaymentRequest(
        int second,
        String tenant,
        String key,
        long amountInCents,
        String currency,
        String payee,
        String reference,
        int gatewayFailures) {

    IdempotencyKey idempotencyKey() {
        return IdempotencyKey.of(tenant, key);
    }

    /** Covers what the client asks for, and not when it asks: a retry has the fingerprint of the first request. */
    Fingerprint fingerprint() {
        return Fingerprint.of(Long.toString(amountInCents), currency, payee, reference);
    }

    PaymentRequest at(int otherSecond) {
        return new PaymentRequest(otherSecond, tenant, key, amountInCents, currency, payee, reference, gatewayFailures);
    }

    PaymentRequest withAmount(long otherCents) {
        return new PaymentRequest(second, tenant, key, otherCents, currency, payee, reference, gatewayFailures);
    }
}
