package io.onceguard.examples;

import io.onceguard.memory.InMemoryIdempotencyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * One busy hour of a payment service. Shops send requests and retry them, some at the same moment; the gateway is slow
 * and at times unavailable; a few keys are used twice for different payments. In the end every payment must have been
 * charged exactly once.
 *
 * <p>Where to look: {@link PaymentService} is what you would write, {@link BusyHour} plays the clients, {@link Audit}
 * looks for faults. It runs from the root of the repository:
 *
 * <pre>{@code mvn -q -Pquickstart -pl examples -am compile}</pre>
 */
public final class Quickstart {

    private Quickstart() {}

    /**
     * Plays the hour and prints the report. Exits with status 1 if a payment was not charged exactly once.
     *
     * @param args a file of payment requests; if there is none, the committed one
     * @throws Exception if the file cannot be read, or the service fails in an unexpected way
     */
    public static void main(String[] args) throws Exception {
        Path file = args.length > 0 ? Path.of(args[0]) : PaymentRequestFile.COMMITTED;
        Ledger ledger = new Ledger();
        Report report = play(file, new SimulatedGateway(ledger), ledger);
        System.out.println(report);
        System.exit(report.status());
    }

    static Report play(Path file, Gateway gateway, Ledger ledger)
            throws IOException, InterruptedException, ExecutionException {
        List<PaymentRequest> requests = PaymentRequestFile.read(file);
        PaymentService service = new PaymentService(gateway, InMemoryIdempotencyStore.create());
        long start = System.nanoTime();
        List<Answer> answers = BusyHour.play(requests, service::pay);
        Duration wallTime = Duration.ofNanos(System.nanoTime() - start);
        return new Report(requests, answers, new Audit(requests, answers, ledger.charges()), wallTime);
    }
}
