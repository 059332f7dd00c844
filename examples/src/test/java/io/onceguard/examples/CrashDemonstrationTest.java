package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.examples.CrashReport.Trial;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes and real kills. */
class CrashDemonstrationTest {

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void killsMeetPaymentsThatAreUnderWayAndEveryGuaranteeIsKept() throws Exception {
        CrashReport report = CrashDemonstration.run(folder, 1);

        assertThat(report.problems()).isEmpty();
        assertThat(report.trials()).extracting(Trial::guarantee).containsExactly(Guarantee.values());
        assertThat(report.trials())
                .allSatisfy(trial -> assertThat(trial.interruptions().size())
                        .as("payments under way when the process was killed")
                        .isBetween(1, PaymentProcess.THREADS));
        assertThat(report.status()).isZero();
    }
}
