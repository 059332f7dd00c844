package io.onceguard.examples;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyListener;
import io.onceguard.ResultCodec;
import io.onceguard.examples.BookingReport.Message;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcSchema;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.testservers.AmqpServer;
import io.onceguard.testservers.Waiting;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.h2.jdbcx.JdbcConnectionPool;

/**
 * Books messages of a queue of RabbitMQ, each exactly once: {@link RabbitConsumer} is the loop, {@link #consumer} what it
 * does. Some messages come twice, one cannot be booked, and a connection breaks halfway.
 *
 * <pre>{@code mvn -q -Pquickstart -pl examples -am compile -Dexample=RabbitBookings}</pre>
 *
 * <p>It starts a broker for the protocol in this process, or uses the one that {@code -Dexample.arguments=amqp://...}
 * names, in a queue of its own. The books are in memory, beside the records.
 */
public final class RabbitBookings {

    private RabbitBookings() {}

    /**
     * Books and prints the report. Exits with status 1 if a message was not booked exactly once.
     *
     * @param args the address of a broker; if there is none, one is started
     * @throws Exception if the broker or the database fails
     */
    public static void main(String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.WARNING); // what servers and pools have to say is of no interest here
        int status;
        if (args.length > 0) {
            status = run(args[0]);
        } else {
            try (AmqpServer broker = AmqpServer.start()) {
                status = run(broker.url());
            }
        }
        System.exit(status);
    }

    static IdempotentConsumer<Delivery> consumer(
            JdbcIdempotencyStore store, Bookings books, IdempotencyListener listener) {
        IdempotencyExecutor<Void> bookings = IdempotencyExecutor.atLeastOnce("book", ResultCodec.<Void>none(), store)
                .listener(listener)
                .build();
        return IdempotentConsumer.of(
                        store.transactions(bookings),
                        (Delivery delivery) -> IdempotencyKey.of(
                                "bookings", delivery.getProperties().getMessageId()))
                .fingerprint(delivery -> Fingerprint.of(delivery.getBody()))
                .action((delivery, connection) -> books.book(
                        connection,
                        delivery.getProperties().getMessageId(),
                        Long.parseLong(new String(delivery.getBody(), StandardCharsets.UTF_8))))
                .attemptLimit(BookingReport.ATTEMPT_LIMIT)
                .retryDelay(Duration.ofMillis(50), Duration.ofSeconds(10))
                .build();
    }

    static int run(String url) throws Exception {
        ConnectionFactory broker = new ConnectionFactory();
        broker.setUri(url);
        String queue = "bookings-" + UUID.randomUUID();
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:mem:" + queue + ";DB_CLOSE_DELAY=-1", "sa", "");
        JdbcSchema.createIfAbsent(pool);
        Bookings books = new Bookings(pool, "booking");
        BookingReport report = new BookingReport();
        IdempotentConsumer<Delivery> consumer =
                consumer(JdbcIdempotencyStore.builder(pool).build(), books, report);

        Connection first = broker.newConnection();
        try (Connection second = broker.newConnection();
                Channel channel = second.createChannel()) {
            RabbitConsumer.start(first, queue, consumer);
            RabbitConsumer staying = RabbitConsumer.start(second, queue, consumer);
            publish(channel, queue);
            Waiting.until("half of the messages are booked", BookingReport.PATIENCE, report::isHalfBooked);
            first.abort(); // what it has not acknowledged is delivered again
            Waiting.until("all messages are handled", BookingReport.PATIENCE, report::isComplete);
            staying.end();
            Map<String, Integer> deadLetters = deadLetters(channel, DeadLetterQueue.nameFor(queue));
            channel.queueDelete(queue);
            channel.queueDelete(DeadLetterQueue.nameFor(queue));
            return report.print(books.timesBooked(), deadLetters);
        } finally {
            first.abort();
            pool.dispose();
        }
    }

    private static void publish(Channel channel, String queue) throws Exception {
        channel.confirmSelect();
        for (Message message : BookingReport.messages()) {
            BasicProperties properties = new BasicProperties.Builder()
                    .messageId(message.id())
                    .deliveryMode(2) // persistent
                    .build();
            channel.basicPublish("", queue, properties, message.amountInCents().getBytes(StandardCharsets.UTF_8));
        }
        channel.waitForConfirmsOrDie();
    }

    private static Map<String, Integer> deadLetters(Channel channel, String queue) throws Exception {
        Map<String, Integer> reasons = new TreeMap<>();
        for (GetResponse letter = channel.basicGet(queue, true);
                letter != null;
                letter = channel.basicGet(queue, true)) {
            Object reason = letter.getProps().getHeaders().get(DeadLetterQueue.REASON);
            reasons.merge(String.valueOf(reason), 1, Integer::sum);
        }
        return reasons;
    }
}
