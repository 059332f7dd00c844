package io.onceguard.examples;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.Reconciliation;
import io.onceguard.ResultCodec;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcTransactions;
import io.onceguard.redis.RedisIdempotencyStore;
import io.onceguard.spi.IdempotencyStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

/** The code of the README. */
final class ReadmeSample {

    /** A payment provider that recognises a repetition, and can be asked what became of a charge. */
    interface Provider {
        Receipt charge(String providerKey, PaymentRequest order);

        Optional<Receipt> find(String providerKey);
    }

    /** Accounts in the database of the records. */
    interface Accounts {
        Receipt charge(Connection connection, PaymentRequest order) throws SQLException;
    }

    private final IdempotencyStore store;
    private final ResultCodec<Receipt> receiptCodec = Receipt.CODEC;

    ReadmeSample(IdempotencyStore store) {
        this.store = store;
    }

    Receipt charge(PaymentRequest order, String requestBody, Gateway gateway) throws GatewayUnavailableException {
        IdempotencyExecutor<Receipt> charges =
                IdempotencyExecutor.atMostOnce("charge", receiptCodec, store).build();

        Outcome<Receipt> outcome = charges.execute(
                IdempotencyKey.of("tenant-7", "order-42"), // scope, key
                Fingerprint.of(requestBody),
                () -> gateway.charge(order)); // runs once

        Receipt receipt = outcome.orElseThrow();
        return receipt;
    }

    Outcome<Receipt> chargeOrReconcile(PaymentRequest order, Provider provider) {
        IdempotencyExecutor<Receipt> charges = IdempotencyExecutor.atMostOnce("charge", receiptCodec, store)
                .reconcile(attempt -> provider.find(attempt.deriveKey("charge"))
                        .map(Reconciliation::landed)
                        .orElseGet(Reconciliation::notLanded))
                .build();

        return charges.execute(
                order.idempotencyKey(),
                order.fingerprint(),
                attempt -> provider.charge(attempt.deriveKey("charge"), order));
    }

    static Outcome<Receipt> chargeInOneTransaction(
            JdbcIdempotencyStore store, IdempotencyExecutor<Receipt> charges, PaymentRequest order, Accounts accounts)
            throws SQLException {
        JdbcTransactions<Receipt> payments = store.transactions(charges);

        Outcome<Receipt> outcome = payments.execute(
                order.idempotencyKey(), order.fingerprint(), connection -> accounts.charge(connection, order));

        return outcome;
    }

    static IdempotencyStore redis() {
        UnifiedJedis jedis = RedisClient.create("redis://localhost:6379");
        IdempotencyStore store = RedisIdempotencyStore.builder(jedis)
                .replicaAcknowledgements(1, Duration.ofMillis(500)) // only where there are replicas
                .build();
        return store;
    }
}
