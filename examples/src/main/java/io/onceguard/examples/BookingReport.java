package io.onceguard.examples;

import io.onceguard.IdempotencyListener;
import io.onceguard.Outcome.Executed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts what becomes of messages, and compares it in the end with the books. */
final class BookingReport implements IdempotencyListener {

    /** A message of the examples: the amount is what its body says. */
    record Message(String id, String amountInCents) {}

    /** How many messages there are that can be booked; there is one more that cannot. */
    static final int BOOKABLE = 1_000;

    /** How often the one that cannot be booked is tried. */
    static final int ATTEMPT_LIMIT = 5;

    /** How long it may take. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    static final Message POISON = new Message("message-x", "a lot");

    private final LongAdder booked = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** Every fifth message is sent twice. */
    static List<Message> messages() {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < BOOKABLE; i++) {
            Message message = new Message("message-" + i, Integer.toString(100 + i));
            messages.add(message);
            if (i % 5 == 0) {
                messages.add(message);
            }
            if (i == BOOKABLE / 2) {
                messages.add(POISON);
            }
        }
        return messages;
    }

    @Override
    public void onCallEnded(CallEnded event) {
        (event.outcome() instanceof Executed ? booked : skipped).increment();
    }

    @Override
    public void onWorkFailed(WorkFailed event) {
        failed.increment();
    }

    boolean isHalfBooked() {
        return booked.sum() >= BOOKABLE / 2;
    }

    /** Returns whether there is no message left that was never handled; repetitions may still be on their way. */
    boolean isComplete() {
        return booked.sum() >= BOOKABLE && failed.sum() >= ATTEMPT_LIMIT;
    }

    /**
     * Prints all numbers.
     *
     * @param timesBooked how often each message was booked
     * @param deadLetters how many dead letters there are, by the reason that they carry
     * @return the exit status of the program: 0 if all is well
     */
    int print(Map<String, Integer> timesBooked, Map<String, Integer> deadLetters) {
        IntSummaryStatistics times =
                timesBooked.values().stream().mapToInt(Integer::intValue).summaryStatistics();
        boolean fine = times.getCount() == BOOKABLE && times.getMin() == 1 && times.getMax() == 1;
        boolean parked = deadLetters.equals(Map.of("ATTEMPTS_EXHAUSTED", 1));
        System.out.printf(
                Locale.ROOT,
                """
                messages                       %,d
                  booked                       %,d
                  bookings of each             %d to %d
                  dead letters                 %s
                deliveries that were handled   %,d
                  that were skipped            %,d
                  that failed                  %,d
                %s
                """,
                BOOKABLE + 1,
                times.getCount(),
                times.getMin(),
                times.getMax(),
                deadLetters,
                booked.sum(),
                skipped.sum(),
                failed.sum(),
                fine && parked
                        ? "OK: every message was booked exactly once, and the one that cannot be is put aside."
                        : "FAILED");
        return fine && parked ? 0 : 1;
    }
}
