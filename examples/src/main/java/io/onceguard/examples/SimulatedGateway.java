package io.onceguard.examples;

import io.onceguard.IdempotencyKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** A gateway that takes its time, and that is at first unavailable for the payments whose line says so. */
final class SimulatedGateway implements Gateway {

    /** Long enough for the retries of the same moment to arrive while the charge is on its way. */
    private static final long LATENCY_NANOS = 2_000_000;

    private final Ledger ledger;
    private final Map<IdempotencyKey, Integer> calls = new ConcurrentHashMap<>();

    SimulatedGateway(Ledger ledger) {
        this.ledger = ledger;
    }

    @Override
    public Receipt charge(PaymentRequest request) throws GatewayUnavailableException {
        LockSupport.parkNanos(LATENCY_NANOS);
        if (calls.merge(request.idempotencyKey(), 1, Integer::sum) <= request.gatewayFailures()) {
            throw new GatewayUnavailableException();
        }
        return ledger.charge(request);
    }
}
