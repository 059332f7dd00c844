package io.onceguard.examples;

import io.onceguard.examples.CrashReport.Trial;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What becomes of payments whose process is killed. Under each guarantee a {@link PaymentProcess} takes the same payments
 * again and again: it is killed in the middle several times, and the last one takes all that is left. Then the books
 * are compared with what the guarantee promises.
 */
final class CrashDemonstration {

    /** How many payments a process begins to charge before it is killed: about as many as all threads do three times. */
    private static final int PAYMENTS_BEFORE_KILL = 25;

    private CrashDemonstration() {}

    /**
     * Kills processes that take payments on the database of a folder. No process may have it open.
     *
     * @param folder the folder of the database
     * @param kills how often a process is killed under each guarantee
     */
    static CrashReport run(Path folder, int kills) throws IOException, InterruptedException, SQLException {
        List<Trial> trials = new ArrayList<>();
        for (Guarantee guarantee : Guarantee.values()) {
            trials.add(trial(folder, guarantee, kills));
        }
        return new CrashReport(kills, trials);
    }

    private static Trial trial(Path folder, Guarantee guarantee, int kills)
            throws IOException, InterruptedException, SQLException {
        String tenant = guarantee + " " + System.currentTimeMillis(); // of its own, also where an earlier run has been
        Map<Integer, Integer> interruptions = new HashMap<>();
        for (int i = 0; i < kills; i++) {
            try (DoomedProcess process = DoomedProcess.start(folder, guarantee, tenant)) {
                process.killWhileCharging(PAYMENTS_BEFORE_KILL)
                        .forEach(payment -> interruptions.merge(payment, 1, Integer::sum));
            }
        }
        Map<Integer, Answer.Kind> answers;
        try (DoomedProcess process = DoomedProcess.start(folder, guarantee, tenant)) {
            answers = process.finish();
        }
        try (PaymentDatabase database = PaymentDatabase.open(folder)) {
            Map<Integer, Integer> charges = new CrashLedger(database.connections()).chargesOf(tenant);
            return new Trial(guarantee, interruptions, charges, answers);
        }
    }
}
