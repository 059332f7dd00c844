package io.onceguard.examples;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.Outcome;
import io.onceguard.ResultCodec;
import io.onceguard.WaitPolicy;
import io.onceguard.jdbc.JdbcTransactions;
import io.onceguard.jdbc.TransactionWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** The three guarantees, and how a payment is taken under each. A charge is a row that its work writes. */
enum Guarantee {
    AT_LEAST_ONCE("at least once") {
        @Override
        Till open(PaymentDatabase database) {
            return leased(database, IdempotencyExecutor.atLeastOnce(OPERATION, ResultCodec.utf8(), database.store()));
        }
    },
    AT_MOST_ONCE("at most once") {
        @Override
        Till open(PaymentDatabase database) {
            return leased(database, IdempotencyExecutor.atMostOnce(OPERATION, ResultCodec.utf8(), database.store()));
        }
    },
    SAME_TRANSACTION("same transaction") {
        @Override
        Till open(PaymentDatabase database) {
            JdbcTransactions<String> transactions = database.store()
                    .transactions(IdempotencyExecutor.atMostOnce(OPERATION, ResultCodec.utf8(), database.store())
                            .build());
            return (payment, charge) -> transactions.execute(payment, INPUT, charge);
        }
    };

    private static final String OPERATION = "charge-until-killed";
    private static final Fingerprint INPUT = Fingerprint.of("10.00 EUR");

    /** So short that the next process need not wait long before it may look at what a killed one left behind. */
    private static final Duration LEASE = Duration.ofMillis(500);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String words;

    Guarantee(String words) {
        this.words = words;
    }

    /** Takes payments. */
    interface Till {
        Outcome<String> pay(IdempotencyKey payment, TransactionWork<String, SQLException> charge) throws SQLException;
    }

    abstract Till open(PaymentDatabase database);

    /** The charge is committed on a connection of its own, as it would be in another system. */
    private static Till leased(PaymentDatabase database, IdempotencyExecutorBuilder<String> operation) {
        IdempotencyExecutor<String> executor =
                operation.lease(LEASE).waiting(WaitPolicy.upTo(PATIENCE)).build();
        return (payment, charge) -> executor.execute(payment, INPUT, () -> {
            try (Connection connection = database.connections().getConnection()) {
                return charge.run(connection);
            }
        });
    }

    @Override
    public String toString() {
        return words;
    }
}
