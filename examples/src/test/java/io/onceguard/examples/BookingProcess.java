package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.IdempotencyListener;
import io.onceguard.examples.WitnessedBookings.Guarantee;
import io.onceguard.examples.WitnessedBookings.Surroundings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A process with three consumers, one for each guarantee, and what it said until it ended or was killed. */
final class BookingProcess implements AutoCloseable {

    /** A batch is told in one write to the pipe, which a kill must not tear: at most 4,096 bytes. */
    static final int BATCH = 100;

    /** What a process does when each of its consumers has handled so many messages. */
    enum Fate {
        /** Nothing: it goes on until its input ends. */
        GO_ON,
        /** It goes on, but says so. */
        SAY,
        /** It says so and hangs before the next effect. */
        HANG_BEFORE,
        /** It says so and hangs behind the next effect, which in the same transaction is not committed. */
        HANG_BEHIND
    }

    /**
     * What the process is told.
     *
     * @param name prefix of topics, tables and groups
     * @param session how long Kafka waits for a consumer that says nothing
     */
    record Order(String bootstrap, String url, String name, Duration session, Fate fate, int after) {

        private List<String> words() {
            return List.of(bootstrap, url, name, session.toString(), fate.name(), Integer.toString(after));
        }

        private static Order of(String[] words) {
            return new Order(
                    words[0],
                    words[1],
                    words[2],
                    Duration.parse(words[3]),
                    Fate.valueOf(words[4]),
                    Integer.parseInt(words[5]));
        }

        /** Longer: a consumer that Kafka takes for dead too early keeps what it has in hand. */
        private Duration lease() {
            return session.multipliedBy(2);
        }

        String topic(Guarantee guarantee) {
            return topic(name, guarantee);
        }

        static String topic(String name, Guarantee guarantee) {
            return name + "." + guarantee.name().toLowerCase(Locale.ROOT);
        }
    }

    private enum Said {
        /** It got messages: the guarantee and their ids. */
        POLLED,
        /** It has committed what it got. */
        COMMITTED,
        /** It has handled as many as it was told: the guarantee. */
        REACHED,
        /** It was too slow for its lease: the guarantee and the id. */
        LOST
    }

    /** In one write, so that a kill cannot tear the line. */
    private static void say(Said what, Object... words) {
        byte[] line = (what + " "
                        + String.join(
                                " ", Arrays.stream(words).map(String::valueOf).toList()) + "\n")
                .getBytes(US_ASCII);
        synchronized (System.out) {
            System.out.write(line, 0, line.length);
            System.out.flush();
        }
    }

    /** Tells what a consumer gets and commits. Made by Kafka. */
    public static final class Witness implements ConsumerInterceptor<String, byte[]> {

        private String guarantee = "";

        @Override
        public void configure(Map<String, ?> settings) {
            guarantee = String.valueOf(settings.get("client.id"));
        }

        @Override
        public ConsumerRecords<String, byte[]> onConsume(ConsumerRecords<String, byte[]> records) {
            List<Object> words = new ArrayList<>(List.of(guarantee));
            records.forEach(message -> words.add(message.key()));
            say(Said.POLLED, words.toArray());
            return records;
        }

        @Override
        public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
            if (!offsets.isEmpty()) {
                say(Said.COMMITTED, guarantee);
            }
        }

        @Override
        public void close() {}
    }

    /** The other side: runs in the process that is killed. */
    static final class Worker {

        private final Order order;
        private final HikariDataSource pool;
        private final List<KafkaConsumerLoop> loops = new ArrayList<>();
        private final List<Thread> threads = new ArrayList<>();

        private Worker(Order order) {
            this.order = order;
            this.pool = WitnessedBookings.pool(order.url);
        }

        public static void main(String[] words) throws Exception {
            Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1); // whoever waits for more has to see it
            });
            Worker worker = new Worker(Order.of(words));
            for (Guarantee guarantee : Guarantee.values()) {
                worker.start(guarantee);
            }
            while (System.in.read() >= 0) {
                // goes on until there is no more input
            }
            worker.loops.forEach(KafkaConsumerLoop::end);
            for (Thread thread : worker.threads) {
                thread.join();
            }
            System.exit(0);
        }

        private void start(Guarantee guarantee) throws Exception {
            IdempotencyListener tellsLosses = new IdempotencyListener() {
                @Override
                public void onLeaseLost(LeaseLost event) {
                    say(Said.LOST, guarantee, event.record().key());
                }
            };
            WitnessedBookings bookings = new WitnessedBookings(pool, order.name, guarantee, order.lease(), tellsLosses);
            DeadLetterTopic deadLetters = new DeadLetterTopic(KafkaBookings.producer(order.bootstrap));
            KafkaConsumerLoop loop = new KafkaConsumerLoop(
                    join(guarantee), bookings.consumer(ConsumerRecord::key, surroundings(guarantee)), deadLetters);
            loops.add(loop);
            Thread thread = new Thread(() -> loop.run(order.topic(guarantee)), guarantee.name());
            threads.add(thread);
            thread.start();
        }

        private KafkaConsumer<String, byte[]> join(Guarantee guarantee) {
            Map<String, Object> settings = new HashMap<>(Map.of(
                    "bootstrap.servers",
                    order.bootstrap,
                    "group.id",
                    order.topic(guarantee),
                    "client.id",
                    guarantee.name(),
                    "enable.auto.commit",
                    false,
                    "auto.offset.reset",
                    "earliest",
                    "max.poll.records",
                    BATCH,
                    "interceptor.classes",
                    Witness.class.getName(),
                    "session.timeout.ms",
                    (int) order.session.toMillis(),
                    "heartbeat.interval.ms",
                    (int) order.session.toMillis() / 3));
            return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        }

        private Surroundings surroundings(Guarantee guarantee) {
            AtomicInteger handled = new AtomicInteger();
            return new Surroundings(
                    id -> {
                        if (handled.incrementAndGet() == order.after && order.fate == Fate.HANG_BEFORE) {
                            hang(guarantee);
                        }
                    },
                    id -> {
                        if (handled.get() == order.after && order.fate == Fate.HANG_BEHIND) {
                            hang(guarantee);
                        } else if (handled.get() == order.after && order.fate == Fate.SAY) {
                            say(Said.REACHED, guarantee);
                        }
                    });
        }

        private static void hang(Guarantee guarantee) {
            say(Said.REACHED, guarantee);
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException failure) {
                throw new AssertionError(failure);
            }
        }
    }

    private final Process process;
    private final Thread listener = new Thread(this::listen, "booking-process");
    private final Map<Guarantee, Set<String>> inHand = new EnumMap<>(Guarantee.class);
    private final Map<Guarantee, Set<String>> lost = new EnumMap<>(Guarantee.class);
    private final Set<Guarantee> reached = ConcurrentHashMap.newKeySet();

    private BookingProcess(Process process) {
        this.process = process;
        for (Guarantee guarantee : Guarantee.values()) {
            inHand.put(guarantee, Set.of());
            lost.put(guarantee, new HashSet<>());
        }
        listener.start();
    }

    static BookingProcess start(Order order) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.util.logging.config.file=" + System.getProperty("java.util.logging.config.file"),
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName()));
        command.addAll(order.words());
        return new BookingProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Hears all that the process says, also what it said before it was killed. */
    private void listen() {
        try (BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                hear(line.split(" ", -1));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void hear(String[] words) {
        Guarantee guarantee = Guarantee.valueOf(words[1]);
        List<String> ids = Arrays.asList(words).subList(2, words.length);
        switch (Said.valueOf(words[0])) {
            case POLLED -> inHand.put(guarantee, Set.copyOf(ids));
            case COMMITTED -> inHand.put(guarantee, Set.of());
            case REACHED -> reached.add(guarantee);
            case LOST -> lost.get(guarantee).addAll(ids);
        }
    }

    /** Returns whether a consumer has handled as many as it was told. */
    boolean hasReached(Guarantee guarantee) {
        return reached.contains(guarantee);
    }

    /** Kills the process with SIGKILL. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly(); // the process's own method would close what it has said
        process.waitFor();
        listener.join();
    }

    /** Has the process end after the batches in hand. */
    void end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("the process did not end in order");
        }
        listener.join();
    }

    /** The messages that a consumer had got and was not done with. */
    Set<String> inHand(Guarantee guarantee) {
        return inHand.get(guarantee);
    }

    /** The messages whose handler was too slow for its lease. */
    Set<String> lost(Guarantee guarantee) {
        return lost.get(guarantee);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
