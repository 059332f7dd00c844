package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyListener;
import io.onceguard.ResultCodec;
import io.onceguard.examples.BookingReport.Message;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcSchema;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.testservers.KafkaServer;
import io.onceguard.testservers.PostgresServer;
import io.onceguard.testservers.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Books messages of a topic of Kafka in batches, each message exactly once: {@link KafkaConsumerLoop} is the loop,
 * {@link #consumer} what it does. Some messages come twice, one cannot be booked, and a consumer of the group leaves
 * halfway.
 *
 * <pre>{@code mvn -q -Pquickstart -pl examples -am compile -Dexample=KafkaBookings}</pre>
 *
 * <p>It starts a broker in this process and a PostgreSQL, or uses those that {@code -Dexample.arguments="host:port
 * jdbc:postgresql://..."} names: in a topic and in tables of its own.
 */
public final class KafkaBookings {

    private static final int PARTITIONS = 4;

    private KafkaBookings() {}

    /**
     * Books and prints the report. Exits with status 1 if a message was not booked exactly once.
     *
     * @param args the bootstrap servers of Kafka and the URL of a PostgreSQL; without them, both are started
     * @throws Exception if Kafka or the database fails
     */
    public static void main(String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.WARNING); // what servers and pools have to say is of no interest here
        int status;
        if (args.length > 1) {
            status = run(args[0], args[1]);
        } else {
            try (KafkaServer kafka = KafkaServer.start();
                    PostgresServer database = PostgresServer.start()) {
                status = run(kafka.bootstrap(), database.url());
            }
        }
        System.exit(status);
    }

    static IdempotentConsumer<ConsumerRecord<String, byte[]>> consumer(
            JdbcIdempotencyStore store, Bookings books, IdempotencyListener listener) {
        IdempotencyExecutor<Void> bookings = IdempotencyExecutor.atLeastOnce("book", ResultCodec.<Void>none(), store)
                .listener(listener)
                .build();
        return IdempotentConsumer.of(
                        store.transactions(bookings),
                        (ConsumerRecord<String, byte[]> message) -> IdempotencyKey.of(message.topic(), message.key()))
                .fingerprint(message -> Fingerprint.of(message.value()))
                .action((message, connection) ->
                        books.book(connection, message.key(), Long.parseLong(new String(message.value(), UTF_8))))
                .attemptLimit(BookingReport.ATTEMPT_LIMIT)
                .retryDelay(Duration.ofMillis(50), Duration.ofSeconds(10))
                .build();
    }

    /** A consumer of a group that is told by its loop what to commit. */
    static KafkaConsumer<String, byte[]> join(String bootstrap, String group) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                bootstrap,
                "group.id",
                group,
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "earliest",
                "max.poll.records",
                500); // a batch; all of it within max.poll.interval.ms
        return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** A producer that neither loses nor doubles what it sends, as far as Kafka goes. */
    static Producer<String, byte[]> producer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "acks", "all", "enable.idempotence", true),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    static int run(String bootstrap, String url) throws Exception {
        String topic = "bookings-" + UUID.randomUUID();
        String table = topic.replace('-', '_');
        BookingReport report = new BookingReport();
        try (HikariDataSource pool = new HikariDataSource();
                Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                Producer<String, byte[]> producer = producer(bootstrap)) {
            pool.setJdbcUrl(url);
            JdbcSchema.createIfAbsent(pool, table);
            Bookings books = new Bookings(pool, table + "_books");
            JdbcIdempotencyStore store =
                    JdbcIdempotencyStore.builder(pool).table(table).build();
            createTopics(admin, topic);

            Worker leaving = Worker.start(bootstrap, topic, consumer(store, books, report), producer);
            Worker staying = Worker.start(bootstrap, topic, consumer(store, books, report), producer);
            publish(producer, topic);
            Waiting.until("half of the messages are booked", BookingReport.PATIENCE, report::isHalfBooked);
            leaving.end(); // the other gets its partitions
            Waiting.until("all messages are handled", BookingReport.PATIENCE, report::isComplete);
            staying.end();
            return report.print(books.timesBooked(), deadLetters(bootstrap, DeadLetterTopic.nameFor(topic)));
        }
    }

    private static void createTopics(Admin admin, String topic) throws Exception {
        NewTopic messages = new NewTopic(topic, PARTITIONS, (short) 1);
        NewTopic deadLetters = new NewTopic(DeadLetterTopic.nameFor(topic), 1, (short) 1);
        admin.createTopics(List.of(messages, deadLetters)).all().get();
    }

    private static void publish(Producer<String, byte[]> producer, String topic) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Message message : BookingReport.messages()) {
            byte[] amount = message.amountInCents().getBytes(UTF_8);
            sent.add(producer.send(new ProducerRecord<>(topic, message.id(), amount)));
        }
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
    }

    private static Map<String, Integer> deadLetters(String bootstrap, String topic) {
        Map<String, Integer> reasons = new TreeMap<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, byte[]> reader = join(bootstrap, topic)) {
            reader.assign(List.of(partition));
            long end = reader.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (reader.position(partition) < end) {
                for (ConsumerRecord<String, byte[]> letter : reader.poll(Duration.ofSeconds(1))) {
                    byte[] reason =
                            letter.headers().lastHeader(DeadLetterTopic.REASON).value();
                    reasons.merge(new String(reason, UTF_8), 1, Integer::sum);
                }
            }
        }
        return reasons;
    }

    /** A loop on a thread of its own. */
    private record Worker(KafkaConsumerLoop loop, Thread thread) {

        static Worker start(
                String bootstrap,
                String topic,
                IdempotentConsumer<ConsumerRecord<String, byte[]>> consumer,
                Producer<String, byte[]> producer) {
            KafkaConsumerLoop loop =
                    new KafkaConsumerLoop(join(bootstrap, topic), consumer, new DeadLetterTopic(producer));
            Thread thread = new Thread(() -> loop.run(topic), "bookings");
            thread.start();
            return new Worker(loop, thread);
        }

        void end() throws InterruptedException {
            loop.end();
            thread.join();
        }
    }
}
