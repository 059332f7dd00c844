package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.examples.BookingProcess.Fate;
import io.onceguard.examples.BookingProcess.Order;
import io.onceguard.examples.WitnessedBookings.Guarantee;
import io.onceguard.testservers.KafkaServer;
import io.onceguard.testservers.PostgresServer;
import io.onceguard.testservers.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two processes consume the same topics; one of them is killed amid its batches, again and again, and the other gets
 * its partitions. A fifth of the messages comes twice.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KafkaKillTest {

    private static final boolean SOAK = Boolean.getBoolean("onceguard.soak");
    private static final int MESSAGES = SOAK ? 100_000 : 5_000;
    private static final int KILLS = SOAK ? 10 : 2;
    private static final int PARTITIONS = 4;

    /** How far behind its first copy the second one comes, at most. */
    private static final int DISTANCE = 300;

    /** Its end is what the partitions of a killed consumer wait for. */
    private static final Duration SESSION = System.getenv(KafkaServer.BOOTSTRAP_VARIABLE) == null
            ? KafkaServer.SHORTEST_SESSION.multipliedBy(3)
            : Duration.ofSeconds(6);

    private static final Duration PATIENCE = Duration.ofMinutes(SOAK ? 20 : 5);

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final Random random = new Random(seed);
    private final String name = "kill_" + Long.toUnsignedString(seed, Character.MAX_RADIX);
    private final Map<Guarantee, Map<String, Integer>> interruptions = new EnumMap<>(Guarantee.class);
    private int messages = MESSAGES;
    private String bootstrap = "";
    private HikariDataSource pool;
    private Admin admin;
    private Producer<String, byte[]> producer;

    @BeforeEach
    void open() throws Exception {
        bootstrap = KafkaServer.sharedBootstrap();
        pool = WitnessedBookings.pool(PostgresServer.sharedUrl());
        WitnessedBookings.create(pool, name);
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
        producer = KafkaBookings.producer(bootstrap);
        List<NewTopic> topics = new ArrayList<>();
        for (String topic : topics()) {
            topics.add(new NewTopic(topic, PARTITIONS, (short) 1));
            topics.add(new NewTopic(DeadLetterTopic.nameFor(topic), 1, (short) 1));
        }
        admin.createTopics(topics).all().get();
    }

    @AfterEach
    void close() {
        producer.close();
        admin.close();
        pool.close();
    }

    private List<String> topics() {
        return Stream.of(Guarantee.values())
                .map(guarantee -> Order.topic(name, guarantee))
                .toList();
    }

    @Test
    void G06_consumersKilledAmidTheirBatchesLeaveWhatTheGuaranteeSays() throws Exception {
        List<String> stream = stream();
        int portion = stream.size() / (KILLS + 1);
        try (BookingProcess survivor = start(Fate.GO_ON, 0)) {
            for (int kill = 0; kill < KILLS; kill++) {
                // the other partitions and the messages of its own that come behind are the survivor's
                int after = 1 + random.nextInt(portion / 4);
                try (BookingProcess victim = start(fate(kill), after)) {
                    waitFor("both have half of the partitions", () -> isAlive(survivor, victim) && isShared());
                    send(stream.subList(kill * portion, (kill + 1) * portion));
                    waitFor("the consumers are where they are killed", () -> isAlive(survivor, victim) && isAt(victim));
                    victim.kill();
                    note(victim, fate(kill));
                }
            }
            send(stream.subList(KILLS * portion, stream.size()));
            waitFor("all messages are done with", () -> isAlive(survivor) && isDone(topics()));
            survivor.end();
            for (Guarantee guarantee : Guarantee.values()) {
                count(guarantee, survivor.lost(guarantee));
            }
        }
        for (Guarantee guarantee : Guarantee.values()) {
            check(guarantee);
        }
    }

    private void check(Guarantee guarantee) throws Exception {
        Map<String, Integer> effects = WitnessedBookings.effects(pool, name, guarantee);
        Map<String, String> letters = deadLetters(Order.topic(name, guarantee));
        Map<Integer, String> broken = new TreeMap<>();
        for (int i = 0; i < messages; i++) {
            String message = Integer.toString(i);
            int times = effects.getOrDefault(message, 0);
            int kills = interruptions.get(guarantee).getOrDefault(message, 0);
            if (!isKept(guarantee, times, kills, letters.get(message))) {
                broken.put(i, times + " effects, " + kills + " kills, " + letters.get(message));
            }
        }
        assertThat(broken).as("%s, seed %d", guarantee, seed).isEmpty();
        assertThat(effects.size()).as("messages with an effect").isLessThanOrEqualTo(messages);
        // the first kill hung behind an effect
        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            assertThat(effects).as("seed %d", seed).containsValue(2);
        } else if (guarantee == Guarantee.AT_MOST_ONCE) {
            assertThat(letters).as("seed %d", seed).isNotEmpty();
        }
    }

    /** Every other kill meets work that hangs, so that it is certain to be amid a batch of each guarantee. */
    private static Fate fate(int kill) {
        return kill % 2 != 0 ? Fate.SAY : kill % 4 == 0 ? Fate.HANG_BEHIND : Fate.HANG_BEFORE;
    }

    private BookingProcess start(Fate fate, int after) throws Exception {
        return BookingProcess.start(new Order(bootstrap, PostgresServer.sharedUrl(), name, SESSION, fate, after));
    }

    /** The messages in the order in which they are sent: each fifth of them once more, some time later. */
    private List<String> stream() {
        Map<Long, String> placed = new TreeMap<>();
        for (int i = 0; i < MESSAGES; i++) {
            placed.put(2L * MESSAGES * i, Integer.toString(i));
            if (i % 5 == 0) {
                int behind = i + random.nextInt(DISTANCE);
                placed.put(2L * MESSAGES * behind + 1 + i, Integer.toString(i));
            }
        }
        return List.copyOf(placed.values());
    }

    private void send(List<String> messages) throws ExecutionException, InterruptedException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (String topic : topics()) {
            for (String message : messages) {
                sent.add(producer.send(new ProducerRecord<>(topic, message, "1".getBytes(UTF_8))));
            }
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
    }

    private interface Question {
        boolean ask() throws ExecutionException, InterruptedException;
    }

    private static void waitFor(String what, Question question) {
        Waiting.until(what, PATIENCE, () -> {
            try {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                return question.ask();
            } catch (ExecutionException | InterruptedException failure) {
                throw new AssertionError(failure);
            }
        });
    }

    private static boolean isAlive(BookingProcess... processes) {
        assertThat(processes).as("none ends by itself").allMatch(BookingProcess::isAlive);
        return true;
    }

    /** Whether each consumer is where it is to be killed; those that have too little to do get more. */
    private boolean isAt(BookingProcess victim) throws ExecutionException, InterruptedException {
        List<Guarantee> underway = Stream.of(Guarantee.values())
                .filter(guarantee -> !victim.hasReached(guarantee))
                .toList();
        for (Guarantee guarantee : underway) {
            if (isDone(List.of(Order.topic(name, guarantee)))) {
                List<String> more = new ArrayList<>();
                while (more.size() < DISTANCE) {
                    more.add(Integer.toString(messages++));
                }
                send(more);
            }
        }
        return underway.isEmpty();
    }

    private boolean isShared() throws ExecutionException, InterruptedException {
        Map<String, ConsumerGroupDescription> groups;
        try {
            groups = admin.describeConsumerGroups(topics()).all().get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof GroupIdNotFoundException) {
                return false; // nobody has joined yet
            }
            throw failure;
        }
        return groups.values().stream()
                .allMatch(group -> group.groupState() == GroupState.STABLE
                        && group.members().size() == 2
                        && group.members().stream()
                                .allMatch(member ->
                                        member.assignment().topicPartitions().size() == PARTITIONS / 2));
    }

    private boolean isDone(List<String> topics) throws ExecutionException, InterruptedException {
        for (String topic : topics) {
            Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
            for (int i = 0; i < PARTITIONS; i++) {
                ends.put(new TopicPartition(topic, i), OffsetSpec.latest());
            }
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(topic)
                    .partitionsToOffsetAndMetadata()
                    .get();
            for (var end : admin.listOffsets(ends).all().get().entrySet()) {
                OffsetAndMetadata offset = committed.get(end.getKey());
                if (end.getValue().offset() > (offset == null ? 0 : offset.offset())) {
                    return false;
                }
            }
        }
        return true;
    }

    private void note(BookingProcess victim, Fate fate) {
        for (Guarantee guarantee : Guarantee.values()) {
            count(guarantee, victim.inHand(guarantee));
            count(guarantee, victim.lost(guarantee));
            if (fate != Fate.SAY) {
                assertThat(victim.inHand(guarantee))
                        .as("%s is killed amid a batch", guarantee)
                        .isNotEmpty();
            }
        }
    }

    private void count(Guarantee guarantee, Set<String> messages) {
        Map<String, Integer> counts = interruptions.computeIfAbsent(guarantee, key -> new HashMap<>());
        messages.forEach(message -> counts.merge(message, 1, Integer::sum));
    }

    private Map<String, String> deadLetters(String topic) {
        Map<String, String> reasons = new HashMap<>();
        TopicPartition partition = new TopicPartition(DeadLetterTopic.nameFor(topic), 0);
        try (KafkaConsumer<String, byte[]> reader = KafkaBookings.join(bootstrap, topic + ".reader")) {
            reader.assign(List.of(partition));
            long end = reader.endOffsets(List.of(partition)).get(partition);
            while (reader.position(partition) < end) {
                for (ConsumerRecord<String, byte[]> letter : reader.poll(Duration.ofSeconds(1))) {
                    byte[] reason =
                            letter.headers().lastHeader(DeadLetterTopic.REASON).value();
                    reasons.put(letter.key(), new String(reason, UTF_8));
                }
            }
        }
        return reasons;
    }

    /** A message that no kill met has its effect once and no dead letter. */
    private static boolean isKept(Guarantee guarantee, int effects, int kills, String letter) {
        return switch (guarantee) {
            case AT_LEAST_ONCE -> effects >= 1 && effects <= 1 + kills && letter == null;
            case AT_MOST_ONCE ->
                letter == null ? effects == 1 : effects <= 1 && kills > 0 && letter.equals("INTERRUPTED");
            case SAME_TRANSACTION -> effects == 1 && letter == null;
        };
    }
}
