package io.onceguard.examples;

import io.onceguard.ResultCodec;
import tools.jackson.databind.json.JsonMapper;

/** What the gateway answers once it has charged; the value that every retry gets again. */
record Receipt(String chargeId, long amountInCents, String currency) {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** The id changes when a change of this record makes stored receipts unreadable. */
    static final ResultCodec<Receipt> CODEC =
            ResultCodec.of("receipt-1", JSON::writeValueAsBytes, bytes -> JSON.readValue(bytes, Receipt.class));
}
