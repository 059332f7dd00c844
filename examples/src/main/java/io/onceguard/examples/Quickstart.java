package io.onceguard.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * One busy hour of a payment service. Shops send requests and retry them, some at the same moment; the gateway is slow
 * and at times unavailable; a few keys are used twice for different payments. In the end every payment must have been
 * charged exactly once. Played again on the same database, the same hour charges nothing: every request is a replay.
 *
 * <p>After the hour, processes that take payments are killed, to see what each guarantee is worth then.
 *
 * <p>Where to look: {@link PaymentService} is what you would write, {@link PaymentDatabase} is where it keeps what it
 * knows, {@link BusyHour} plays the clients, {@link Audit} looks for faults. {@link Guarantee} and {@link
 * CrashDemonstration} are the part with the kills. It runs from the root of the repository:
 *
 * <pre>{@code mvn -q -Pquickstart -pl examples -am compile}</pre>
 *
 * <p>With {@code -Dexample.arguments=folder} it uses the database in that folder, as an earlier run left it.
 */
public final class Quickstart {

    private static final int KILLS = 3;

    private Quickstart() {}

    /**
     * Plays the hour, kills processes, and prints both reports. Exits with status 1 if a payment was not charged exactly
     * once in the hour, or a guarantee was broken by a kill.
     *
     * @param args the folder of the database (if there is none, a new one for temporary files), a file of payment
     *     requests (if there is none, the committed one), and how often a process is killed under each guarantee (if
     *     there is no number, 3 times; with 0 that part is left out)
     * @throws Exception if a file cannot be read or written, or the service fails in an unexpected way
     */
    public static void main(String[] args) throws Exception {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("onceguard-payments");
        Path requests = args.length > 1 ? Path.of(args[1]) : PaymentRequestFile.COMMITTED;
        int kills = args.length > 2 ? Integer.parseInt(args[2]) : KILLS;
        System.out.println("database in " + folder);
        Report report;
        try (PaymentDatabase database = PaymentDatabase.open(folder)) {
            report = play(requests, database, new SimulatedGateway(database.ledger()));
        }
        System.out.println(report);
        int status = report.status();
        if (kills > 0) {
            CrashReport crashes = CrashDemonstration.run(folder, kills);
            System.out.println("\n" + crashes);
            status = Math.max(status, crashes.status());
        }
        System.exit(status);
    }

    static Report play(Path file, PaymentDatabase database, Gateway gateway)
            throws IOException, InterruptedException, ExecutionException {
        List<PaymentRequest> requests = PaymentRequestFile.read(file);
        int chargedBefore = database.ledger().charges().size();
        PaymentService service = new PaymentService(gateway, database.store());
        long start = System.nanoTime();
        List<Answer> answers = BusyHour.play(requests, service::pay);
        Duration wallTime = Duration.ofNanos(System.nanoTime() - start);
        Audit audit = new Audit(requests, answers, database.ledger().charges());
        return new Report(requests, answers, audit, chargedBefore, wallTime);
    }
}
