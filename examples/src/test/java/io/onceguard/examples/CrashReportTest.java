package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.examples.Answer.Kind;
import io.onceguard.examples.CrashReport.Trial;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What counts as a broken promise. Payment 7 is the one with which something happened. */
class CrashReportTest {

    private static final int PAYMENT = 7;

    /** A report in which all is well. */
    static CrashReport kept() {
        return new CrashReport(
                3,
                List.of(
                        trial(Guarantee.AT_LEAST_ONCE, 1, 2, Kind.REPLAYED),
                        trial(Guarantee.AT_MOST_ONCE, 1, 0, Kind.UNRESOLVED),
                        trial(Guarantee.SAME_TRANSACTION, 1, 1, Kind.EXECUTED)));
    }

    private static Trial trial(Guarantee guarantee, int interruptions, int charges, Kind answer) {
        Map<Integer, Integer> charged = new HashMap<>();
        Map<Integer, Kind> answers = new HashMap<>();
        for (int payment = 0; payment < PaymentProcess.PAYMENTS; payment++) {
            charged.put(payment, payment == PAYMENT ? charges : 1);
            answers.put(payment, payment == PAYMENT ? answer : Kind.REPLAYED);
        }
        return new Trial(guarantee, interruptions == 0 ? Map.of() : Map.of(PAYMENT, interruptions), charged, answers);
    }

    @Test
    void aReportInWhichEveryGuaranteeWasKeptSaysSo() {
        assertThat(kept().problems()).isEmpty();
        assertThat(kept().status()).isZero();
        assertThat(kept().toString())
                .contains("at least once             200            1    199      1           0           0\n")
                .contains("at most once              200            1    199      0           1           1\n")
                .contains("same transaction          200            1    200      0           0           0\n")
                .endsWith("OK: every guarantee was kept.");
    }

    @ParameterizedTest
    @CsvSource({
        "AT_LEAST_ONCE, 0, 2, REPLAYED",
        "AT_LEAST_ONCE, 1, 3, REPLAYED",
        "AT_LEAST_ONCE, 1, 0, REPLAYED",
        "AT_LEAST_ONCE, 1, 1, UNRESOLVED",
        "AT_MOST_ONCE, 1, 2, UNRESOLVED",
        "AT_MOST_ONCE, 1, 2, REPLAYED",
        "AT_MOST_ONCE, 1, 0, REPLAYED",
        "AT_MOST_ONCE, 0, 1, UNRESOLVED",
        "AT_MOST_ONCE, 1, 1, IN_PROGRESS",
        "SAME_TRANSACTION, 1, 2, REPLAYED",
        "SAME_TRANSACTION, 1, 0, REPLAYED",
        "SAME_TRANSACTION, 1, 1, UNRESOLVED"
    })
    void aBrokenPromiseIsFound(Guarantee guarantee, int interruptions, int charges, Kind answer) {
        CrashReport report = new CrashReport(3, List.of(trial(guarantee, interruptions, charges, answer)));

        assertThat(report.status()).isEqualTo(1);
        assertThat(report.toString())
                .contains("FAILED with 1 problems", guarantee + ": payment 7 was charged " + charges + " times");
    }

    @Test
    void aPaymentThatTheLastProcessDidNotAnswerIsFound() {
        Trial silent = new Trial(Guarantee.SAME_TRANSACTION, Map.of(), Map.of(), Map.of());

        assertThat(new CrashReport(3, List.of(silent)).problems()).hasSize(PaymentProcess.PAYMENTS);
    }
}
