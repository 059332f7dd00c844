package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.onceguard.IdempotencyKey;
import io.onceguard.examples.Guarantee.Till;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * The process that is killed: it takes the payments of a tenant from eight threads, those that were taken before as
 * well, and says on its output what it does. When it has taken all, it waits until its input ends.
 */
final class PaymentProcess {

    static final int THREADS = 8;
    static final int PAYMENTS = 200;

    /** Before the charge and again after it, so that a kill meets some payments here and some there. */
    private static final long LATENCY_NANOS = 2_000_000;

    /** What it says about a payment. */
    enum Step {
        ASKED,
        CHARGING,
        ANSWERED
    }

    private final Till till;
    private final CrashLedger ledger;
    private final String tenant;

    private PaymentProcess(Till till, CrashLedger ledger, String tenant) {
        this.till = till;
        this.ledger = ledger;
        this.tenant = tenant;
    }

    /**
     * Takes the payments.
     *
     * @param args the folder of the database, the guarantee and the tenant
     * @throws Exception if a payment fails
     */
    public static void main(String[] args) throws Exception {
        try (PaymentDatabase database = PaymentDatabase.open(Path.of(args[0]))) {
            Till till = Guarantee.valueOf(args[1]).open(database);
            new PaymentProcess(till, new CrashLedger(database.connections()), args[2]).takeAll();
        }
        while (System.in.read() >= 0) {
            // whoever started this process may still want to kill it
        }
    }

    private void takeAll() throws Exception {
        List<Callable<Void>> payments = new ArrayList<>();
        for (int i = 0; i < PAYMENTS; i++) {
            int number = i;
            payments.add(() -> {
                take(number);
                return null;
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (Future<Void> payment : threads.invokeAll(payments)) {
                payment.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private void take(int number) throws SQLException, IOException {
        IdempotencyKey payment = IdempotencyKey.of(tenant, Integer.toString(number));
        say(Step.ASKED, number, "");
        Answer.Kind kind = Answer.kindOf(till.pay(payment, connection -> charge(connection, payment, number)));
        say(Step.ANSWERED, number, kind.name());
    }

    private String charge(Connection connection, IdempotencyKey payment, int number) throws SQLException {
        say(Step.CHARGING, number, "");
        LockSupport.parkNanos(LATENCY_NANOS);
        ledger.charge(connection, payment);
        LockSupport.parkNanos(LATENCY_NANOS);
        return "charge of " + number;
    }

    /** In one write, so that a kill cannot tear the line. */
    private static void say(Step step, int number, String more) {
        byte[] line = (step + " " + number + " " + more + "\n").getBytes(US_ASCII);
        synchronized (System.out) {
            System.out.write(line, 0, line.length);
            System.out.flush();
        }
    }
}
