package io.onceguard.examples;

import io.onceguard.IdempotencyKey;
import java.util.ArrayList;
import java.util.List;

/** The gateway's books: every charge that took place, whether it should have or not. */
final class Ledger {

    /** Money that was taken. */
    record Charge(IdempotencyKey payment, Receipt receipt) {}

    private final List<Charge> charges = new ArrayList<>();

    synchronized Receipt charge(PaymentRequest request) {
        String chargeId = "charge-" + (charges.size() + 1);
        Receipt receipt = new Receipt(chargeId, request.amountInCents(), request.currency());
        charges.add(new Charge(request.idempotencyKey(), receipt));
        return receipt;
    }

    synchronized List<Charge> charges() {
        return List.copyOf(charges);
    }
}
