package io.onceguard.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Writes the payment requests of one busy hour: many are retries, some of them sent at the same moment, and some use the
 * key of an earlier payment for another amount. The same seed always gives the same file. To write it anew:
 *
 * <pre>{@code mvn -q -Pquickstart -pl examples -am compile -Dexample=PaymentRequestGenerator}</pre>
 */
public final class PaymentRequestGenerator {

    static final long SEED = 20_260_101;
    static final int PAYMENTS = 600;

    private static final int TENANTS = 8;
    /** The shops send in waves, so that many requests are on their way at once. */
    private static final int SECONDS_BETWEEN_WAVES = 15;

    private static final int WAVES = 240;
    private static final int LATEST_FIRST_WAVE = 200;
    private static final int MOST_GATEWAY_FAILURES = 3;
    /** When a key is reused its payment is made: by then the client came back more often than the gateway failed. */
    private static final int WAVES_BEFORE_REUSE = 10;

    private static final String[] CURRENCIES = {"EUR", "GBP", "USD"};

    // Random and its nextInt(bound), because their algorithm is part of the specification of the JDK.
    private final Random random;
    private final List<PaymentRequest> requests = new ArrayList<>();

    private PaymentRequestGenerator(long seed) {
        this.random = new Random(seed);
    }

    static List<PaymentRequest> generate(long seed) {
        PaymentRequestGenerator generator = new PaymentRequestGenerator(seed);
        for (int number = 0; number < PAYMENTS; number++) {
            generator.addPayment(number);
        }
        // Stable: within a wave the requests stay in the order in which they were added.
        generator.requests.sort(Comparator.comparingInt(PaymentRequest::second));
        return List.copyOf(generator.requests);
    }

    /** Adds a first request, double clicks, retries in later waves and, for one payment in ten, a reuse of its key. */
    private void addPayment(int number) {
        int wave = random.nextInt(LATEST_FIRST_WAVE);
        PaymentRequest first = firstRequest(number, wave);
        requests.add(first);
        if (oneIn(3)) {
            addTimes(1 + random.nextInt(5), first);
        }
        for (int retries = random.nextInt(5); retries > 0; retries--) {
            requests.add(first.at(second(wave + 1 + random.nextInt(WAVES - wave - 1))));
        }
        if (oneIn(10)) {
            int later = wave + WAVES_BEFORE_REUSE + random.nextInt(WAVES - wave - WAVES_BEFORE_REUSE);
            requests.add(first.at(second(later)).withAmount(first.amountInCents() + 100));
        }
    }

    private PaymentRequest firstRequest(int number, int wave) {
        return new PaymentRequest(
                second(wave),
                "tenant-" + (1 + number % TENANTS),
                "order-" + (1 + number / TENANTS),
                100 + random.nextInt(50_000),
                CURRENCIES[random.nextInt(CURRENCIES.length)],
                "payee-" + (1 + random.nextInt(90)),
                "invoice " + (70_000 + number),
                oneIn(5) ? 1 + random.nextInt(MOST_GATEWAY_FAILURES) : 0);
    }

    private void addTimes(int times, PaymentRequest request) {
        for (int i = 0; i < times; i++) {
            requests.add(request);
        }
    }

    private boolean oneIn(int bound) {
        return random.nextInt(bound) == 0;
    }

    private static int second(int wave) {
        return wave * SECONDS_BETWEEN_WAVES;
    }

    /**
     * Writes the file.
     *
     * @param args the file; if there is none, the committed one
     * @throws IOException if it cannot be written
     */
    public static void main(String[] args) throws IOException {
        Path file = args.length > 0 ? Path.of(args[0]) : PaymentRequestFile.COMMITTED;
        PaymentRequestFile.write(file, generate(SEED));
    }
}
