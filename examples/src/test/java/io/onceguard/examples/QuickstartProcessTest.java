package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own, with its exit status. */
class QuickstartProcessTest {

    private static final PaymentRequest PAYMENT =
            new PaymentRequest(0, "tenant-1", "order-1", 1_000, "EUR", "payee-1", "invoice 1", 1);

    @TempDir
    private Path directory;

    @Test
    void exitsWithZeroIfEveryPaymentWasChargedOnce() throws Exception {
        Run run = run(PAYMENT, PAYMENT, PAYMENT.at(1));

        assertThat(run.output()).contains("OK: every payment was charged exactly once.");
        assertThat(run.status()).isZero();
    }

    @Test
    void aSecondProcessOnTheSameDatabaseChargesNothing() throws Exception {
        run(PAYMENT, PAYMENT.at(1));

        Run second = run(PAYMENT, PAYMENT.at(1));

        assertThat(second.output())
                .containsPattern("replayed +2\n")
                .containsPattern("charged before this run +1\n")
                .containsPattern("charged in this run +0\n")
                .contains("OK: every payment was charged exactly once.");
        assertThat(second.status()).isZero();
    }

    @Test
    void exitsWithOneAndSaysWhyIfAPaymentWasNotCharged() throws Exception {
        PaymentRequest hopeless = new PaymentRequest(0, "tenant-1", "order-2", 1, "EUR", "payee-1", "invoice 2", 1_000);

        Run run = run(PAYMENT, hopeless);

        assertThat(run.output()).contains("FAILED", "invoice 2 was charged 0 times");
        assertThat(run.status()).isEqualTo(1);
    }

    private record Run(int status, String output) {}

    private Run run(PaymentRequest... requests) throws IOException, InterruptedException {
        Path file = directory.resolve("requests.jsonl");
        PaymentRequestFile.write(file, List.of(requests));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Quickstart.class.getName(),
                        directory.resolve("database").toString(),
                        file.toString(),
                        "0")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Run(process.waitFor(), output);
    }
}
