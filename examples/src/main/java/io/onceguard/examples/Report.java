package io.onceguard.examples;

import io.onceguard.examples.Answer.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The hour in numbers, and whether all is well.
 *
 * @param requests what the clients sent
 * @param answers what they were told
 * @param audit what was charged, in this run and before
 * @param chargedBefore how many charges the ledger had when the run began
 * @param wallTime how long it took
 */
record Report(List<PaymentRequest> requests, List<Answer> answers, Audit audit, int chargedBefore, Duration wallTime) {

    private static final int PROBLEMS_SHOWN = 10;

    /** Returns the exit status of the program: 0 if all is well. */
    int status() {
        return audit.problems().isEmpty() ? 0 : 1;
    }

    @Override
    public String toString() {
        LongSummaryStatistics perPayment = audit.chargesPerPayment();
        return String.join(
                "\n",
                line("requests", count(requests.size())),
                line("  executed", count(Kind.EXECUTED)),
                line("  replayed", count(Kind.REPLAYED)),
                line("  fingerprint mismatch", count(Kind.MISMATCH)),
                line("  unresolved", count(Kind.UNRESOLVED)),
                line("told to come back", count(answers.size() - finalAnswers())),
                line("  in progress", count(Kind.IN_PROGRESS)),
                line("  gateway unavailable", count(Kind.UNAVAILABLE)),
                line("payments", count(perPayment.getCount())),
                line("  charged before this run", count(chargedBefore)),
                line("  charged in this run", count(audit.chargeCount() - chargedBefore)),
                line("  charges of each payment", perPayment.getMin() + " to " + perPayment.getMax()),
                line("  amount owed", money(audit.owed())),
                line("  amount charged", money(audit.charged())),
                line("wall time", String.format(Locale.ROOT, "%.1f s", wallTime.toMillis() / 1000.0)),
                verdict());
    }

    private String verdict() {
        List<String> problems = audit.problems();
        if (problems.isEmpty()) {
            return "OK: every payment was charged exactly once.";
        }
        String shown = problems.stream().limit(PROBLEMS_SHOWN).collect(Collectors.joining("\n  "));
        return "FAILED with " + problems.size() + " problems, the first of them:\n  " + shown;
    }

    private long finalAnswers() {
        return answers.stream().filter(Answer::isFinal).count();
    }

    private String count(Kind kind) {
        return count(answers.stream().filter(answer -> answer.kind() == kind).count());
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String money(Map<String, Long> centsByCurrency) {
        return centsByCurrency.entrySet().stream()
                .map(sum -> String.format(Locale.ROOT, "%,.2f %s", BigDecimal.valueOf(sum.getValue(), 2), sum.getKey()))
                .collect(Collectors.joining(", "));
    }

    private static String line(String name, String value) {
        return String.format(Locale.ROOT, "%-30s %s", name, value);
    }
}
