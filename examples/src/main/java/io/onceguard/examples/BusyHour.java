package io.onceguard.examples;

import io.onceguard.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * The clients of the hour. Requests of the same second are sent at the same moment, from 16 threads; the next second
 * begins when all are answered. A client that was told to come back sends its request again in the next second.
 */
final class BusyHour {

    static final int THREADS = 16;

    /** How often clients come back after the last second of the file before they give up. */
    static final int PATIENCE = 20;

    /** Who answers the clients. */
    interface Service {
        Outcome<Receipt> pay(PaymentRequest request) throws GatewayUnavailableException;
    }

    private final Service service;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final List<Answer> answers = new ArrayList<>();
    private List<PaymentRequest> comingBack = List.of();

    private BusyHour(Service service) {
        this.service = service;
    }

    /**
     * Plays the hour, without its pauses.
     *
     * @return every answer that was given
     * @throws ExecutionException if the service threw anything but a {@link GatewayUnavailableException}
     */
    static List<Answer> play(List<PaymentRequest> requests, Service service)
            throws InterruptedException, ExecutionException {
        BusyHour hour = new BusyHour(service);
        try {
            for (List<PaymentRequest> moment : bySecond(requests)) {
                hour.send(moment);
            }
            for (int i = 0; i < PATIENCE && !hour.comingBack.isEmpty(); i++) {
                hour.send(List.of());
            }
            return hour.answers;
        } finally {
            hour.threads.shutdown();
        }
    }

    private static Collection<List<PaymentRequest>> bySecond(List<PaymentRequest> requests) {
        return requests.stream()
                .collect(Collectors.groupingBy(PaymentRequest::second, TreeMap::new, Collectors.toList()))
                .values();
    }

    private void send(List<PaymentRequest> moment) throws InterruptedException, ExecutionException {
        List<Callable<Answer>> calls = new ArrayList<>();
        comingBack.forEach(request -> calls.add(() -> answerTo(request)));
        moment.forEach(request -> calls.add(() -> answerTo(request)));
        comingBack = new ArrayList<>();
        for (Future<Answer> call : threads.invokeAll(calls)) {
            Answer answer = call.get();
            answers.add(answer);
            if (!answer.isFinal()) {
                comingBack.add(answer.request());
            }
        }
    }

    private Answer answerTo(PaymentRequest request) {
        try {
            return Answer.of(request, service.pay(request));
        } catch (GatewayUnavailableException unavailable) {
            return Answer.unavailable(request);
        }
    }
}
