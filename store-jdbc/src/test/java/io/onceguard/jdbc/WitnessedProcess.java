package io.onceguard.jdbc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.onceguard.jdbc.WitnessedCharges.Guarantee;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A process that takes payments from eight threads until it is killed, and what it said. */
final class WitnessedProcess implements AutoCloseable {

    /**
     * What the process does.
     *
     * @param hangs whether each work hangs: that of payments with even numbers before the effect, the others behind it
     * @param first the number of the first payment of its own; others follow
     * @param again payments that are taken before
     */
    record Order(String url, String table, Guarantee guarantee, boolean hangs, int first, Set<Integer> again) {

        private Stream<String> arguments() {
            Stream<String> words =
                    Stream.of(url, table, guarantee.name(), Boolean.toString(hangs), Integer.toString(first));
            return Stream.concat(words, again.stream().map(String::valueOf));
        }

        private static Order of(String[] words) {
            Set<Integer> again = new HashSet<>();
            Stream.of(words).skip(5).map(Integer::valueOf).forEach(again::add);
            return new Order(
                    words[0],
                    words[1],
                    Guarantee.valueOf(words[2]),
                    Boolean.parseBoolean(words[3]),
                    Integer.parseInt(words[4]),
                    again);
        }
    }

    /** What it says of a payment. */
    enum Said {
        ASKED,
        CHARGING,
        HANGING,
        ANSWERED
    }

    /** The other side: runs in the process that is killed. */
    static final class Worker {

        private static final long LATENCY_NANOS = 2_000_000;

        private final WitnessedCharges charges;
        private final Order order;
        private final AtomicInteger next;

        private Worker(WitnessedCharges charges, Order order) {
            this.charges = charges;
            this.order = order;
            this.next = new AtomicInteger(order.first);
        }

        public static void main(String[] arguments) throws Exception {
            Order order = Order.of(arguments);
            WitnessedCharges charges = new WitnessedCharges(order.url, order.table, order.guarantee);
            Worker worker = new Worker(charges, order);
            ExecutorService threads = Executors.newFixedThreadPool(WitnessedCharges.THREADS);
            List<Future<?>> ends = new ArrayList<>();
            for (int payment : order.again) {
                ends.add(threads.submit(() -> worker.take(payment)));
            }
            for (int i = 0; i < WitnessedCharges.THREADS; i++) {
                ends.add(threads.submit(worker::takeForEver));
            }
            try {
                for (Future<?> end : ends) {
                    end.get();
                }
            } catch (ExecutionException failure) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1); // whoever waits for more has to see it
            }
        }

        private Void takeForEver() throws Exception {
            while (true) {
                take(next.getAndIncrement());
            }
        }

        private Void take(int payment) throws Exception {
            say(Said.ASKED, payment);
            String receipt = charges.charge(Integer.toString(payment), connection -> charge(connection, payment))
                    .orElseThrow();
            if (!receipt.equals("receipt of " + payment)) {
                throw new AssertionError("the receipt of another payment");
            }
            say(Said.ANSWERED, payment);
            return null;
        }

        private String charge(Connection connection, int payment) throws SQLException {
            say(Said.CHARGING, payment);
            LockSupport.parkNanos(LATENCY_NANOS);
            hang(payment, 0);
            String receipt = charges.takeMoney(connection, Integer.toString(payment));
            LockSupport.parkNanos(LATENCY_NANOS);
            hang(payment, 1);
            return receipt;
        }

        private void hang(int payment, int half) {
            if (order.hangs && payment % 2 == half) {
                say(Said.HANGING, payment);
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException failure) {
                    throw new AssertionError(failure);
                }
            }
        }

        /** In one write, so that a kill cannot tear the line. */
        private static void say(Said what, int payment) {
            byte[] line = (what + " " + payment + "\n").getBytes(US_ASCII);
            synchronized (System.out) {
                System.out.write(line, 0, line.length);
                System.out.flush();
            }
        }
    }

    private final Process process;
    private final BufferedReader output;
    private final Set<Integer> asked = new HashSet<>();
    private final Set<Integer> answered = new HashSet<>();

    private WitnessedProcess(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
    }

    static WitnessedProcess start(Order order) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName()));
        order.arguments().forEach(command::add);
        return new WitnessedProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Kills the process with SIGKILL when it has said something so often, and waits until it is gone. */
    void killAfter(Said what, int times) throws IOException, InterruptedException {
        for (int count = 0; count < times; ) {
            Said said = read();
            if (said == null) {
                throw new AssertionError("the process ended by itself");
            }
            count += said == what ? 1 : 0;
        }
        process.toHandle().destroyForcibly(); // the process's own method would close what it has said
        while (read() != null) {
            // what it said before it was killed
        }
        process.waitFor();
    }

    private Said read() throws IOException {
        String line = output.readLine();
        if (line == null) {
            return null;
        }
        String[] words = line.split(" ", -1);
        Said said = Said.valueOf(words[0]);
        if (said == Said.ASKED) {
            asked.add(Integer.valueOf(words[1]));
        } else if (said == Said.ANSWERED) {
            answered.add(Integer.valueOf(words[1]));
        }
        return said;
    }

    /** The payments that were begun. */
    Set<Integer> asked() {
        return asked;
    }

    /** The payments that were begun and not answered. */
    Set<Integer> interrupted() {
        Set<Integer> interrupted = new HashSet<>(asked);
        interrupted.removeAll(answered);
        return interrupted;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
