package io.onceguard.examples;

import io.onceguard.examples.Answer.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What became of the payments whose processes were killed, and whether every guarantee was kept.
 *
 * @param kills how often a process was killed under each guarantee
 * @param trials one for each guarantee
 */
record CrashReport(int kills, List<Trial> trials) {

    private static final int PROBLEMS_SHOWN = 10;

    /**
     * The payments of one guarantee, by their numbers.
     *
     * @param interruptions how often a payment was under way when its process was killed
     * @param charges how often it was charged
     * @param answers what the last process, which was not killed, answered
     */
    record Trial(
            Guarantee guarantee,
            Map<Integer, Integer> interruptions,
            Map<Integer, Integer> charges,
            Map<Integer, Kind> answers) {

        int chargesOf(int payment) {
            return charges.getOrDefault(payment, 0);
        }

        boolean isInterrupted(int payment) {
            return interruptions.containsKey(payment);
        }

        boolean isUnresolved(int payment) {
            return answers.get(payment) == Kind.UNRESOLVED;
        }

        long count(IntPredicate which) {
            return IntStream.range(0, PaymentProcess.PAYMENTS).filter(which).count();
        }

        List<String> problems() {
            List<String> problems = new ArrayList<>();
            for (int payment = 0; payment < PaymentProcess.PAYMENTS; payment++) {
                if (!isKept(payment)) {
                    problems.add(guarantee + ": payment " + payment + " was charged " + chargesOf(payment)
                            + " times, was under way at " + interruptions.getOrDefault(payment, 0)
                            + " kills, and in the end the answer was " + answers.get(payment));
                }
            }
            return problems;
        }

        /** Nobody but a kill may be the cause of a second charge, of a missing one, or of an open question. */
        private boolean isKept(int payment) {
            int charged = chargesOf(payment);
            boolean hasValue = answers.get(payment) == Kind.EXECUTED || answers.get(payment) == Kind.REPLAYED;
            return switch (guarantee) {
                case AT_LEAST_ONCE -> hasValue && charged >= 1 && charged <= 1 + interruptions.getOrDefault(payment, 0);
                case AT_MOST_ONCE ->
                    hasValue ? charged == 1 : isUnresolved(payment) && isInterrupted(payment) && charged <= 1;
                case SAME_TRANSACTION -> hasValue && charged == 1;
            };
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%-20s %8d %12d %6d %6d %11d %11d",
                    guarantee,
                    PaymentProcess.PAYMENTS,
                    count(this::isInterrupted),
                    count(payment -> chargesOf(payment) == 1),
                    count(payment -> chargesOf(payment) > 1),
                    count(payment -> chargesOf(payment) == 0),
                    count(this::isUnresolved));
        }
    }

    /** Returns the exit status of the program: 0 if every guarantee was kept. */
    int status() {
        return problems().isEmpty() ? 0 : 1;
    }

    List<String> problems() {
        return trials.stream().flatMap(trial -> trial.problems().stream()).toList();
    }

    @Override
    public String toString() {
        String rows = trials.stream().map(Trial::toString).collect(Collectors.joining("\n"));
        return String.join(
                "\n",
                "Processes of " + PaymentProcess.THREADS + " threads that take payments, killed with SIGKILL " + kills
                        + " times under each guarantee:",
                "                     payments  interrupted   once  twice  not at all  unresolved",
                rows,
                verdict());
    }

    private String verdict() {
        List<String> problems = problems();
        if (problems.isEmpty()) {
            return "OK: every guarantee was kept.";
        }
        String shown = problems.stream().limit(PROBLEMS_SHOWN).collect(Collectors.joining("\n  "));
        return "FAILED with " + problems.size() + " problems, the first of them:\n  " + shown;
    }
}
