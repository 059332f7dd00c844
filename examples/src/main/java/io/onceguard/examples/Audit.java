package io.onceguard.examples;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;

import io.onceguard.IdempotencyKey;
import io.onceguard.examples.Ledger.Charge;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares what the clients asked for with what the ledger says. A payment is a key of a tenant; how much is owed for it
 * says the first request with that key.
 */
final class Audit {

    private final Map<IdempotencyKey, PaymentRequest> payments = new LinkedHashMap<>();
    private final Map<IdempotencyKey, List<Charge>> charges;
    private final Map<String, Long> owed;
    private final Map<String, Long> charged;
    private final List<String> problems = new ArrayList<>();

    Audit(List<PaymentRequest> requests, List<Answer> answers, List<Charge> ledger) {
        requests.forEach(request -> payments.putIfAbsent(request.idempotencyKey(), request));
        charges = ledger.stream().collect(groupingBy(Charge::payment));
        owed = payments.values().stream()
                .collect(
                        groupingBy(PaymentRequest::currency, TreeMap::new, summingLong(PaymentRequest::amountInCents)));
        charged = ledger.stream()
                .map(Charge::receipt)
                .collect(groupingBy(Receipt::currency, TreeMap::new, summingLong(Receipt::amountInCents)));
        payments.values().forEach(this::checkCharges);
        if (!charged.equals(owed)) {
            problems.add("the amount charged is not the amount owed");
        }
        checkAnswers(requests, answers);
    }

    private void checkCharges(PaymentRequest payment) {
        int times = chargesOf(payment).size();
        if (times != 1) {
            problems.add(payment.reference() + " was charged " + times + " times");
        }
    }

    private void checkAnswers(List<PaymentRequest> requests, List<Answer> answers) {
        for (Answer answer : answers) {
            Receipt receipt = answer.receipt();
            if (receipt != null && !isFor(answer.request(), receipt)) {
                problems.add(answer.request().reference() + " was answered with the receipt of something else");
            }
        }
        long answered = answers.stream().filter(Answer::isFinal).count();
        if (answered < requests.size()) {
            problems.add((requests.size() - answered) + " requests were turned away until their clients gave up");
        }
    }

    private boolean isFor(PaymentRequest request, Receipt receipt) {
        return receipt.amountInCents() == request.amountInCents()
                && chargesOf(request).stream().map(Charge::receipt).anyMatch(receipt::equals);
    }

    private List<Charge> chargesOf(PaymentRequest request) {
        return charges.getOrDefault(request.idempotencyKey(), List.of());
    }

    /** Returns how many payments there are, and the fewest and the most charges of one. */
    LongSummaryStatistics chargesPerPayment() {
        return payments.values().stream()
                .mapToLong(payment -> chargesOf(payment).size())
                .summaryStatistics();
    }

    /** Returns how many charges there are. */
    long chargeCount() {
        return charges.values().stream().mapToLong(List::size).sum();
    }

    /** Returns what all payments together owe: cents by currency. */
    Map<String, Long> owed() {
        return owed;
    }

    /** Returns what was taken: cents by currency. */
    Map<String, Long> charged() {
        return charged;
    }

    /** Returns what is wrong; nothing if every payment was charged exactly once. */
    List<String> problems() {
        return problems;
    }
}
