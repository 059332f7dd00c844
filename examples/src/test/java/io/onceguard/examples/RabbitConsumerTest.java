package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotencyListener;
import io.onceguard.ResultCodec;
import io.onceguard.examples.WitnessedBookings.Guarantee;
import io.onceguard.examples.WitnessedBookings.Surroundings;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcSchema;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.testservers.AmqpServer;
import io.onceguard.testservers.PostgresServer;
import io.onceguard.testservers.TcpProxy;
import io.onceguard.testservers.TcpProxy.Cut;
import io.onceguard.testservers.Waiting;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The loop with a real broker: connections that break, and a message that cannot be handled. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RabbitConsumerTest {

    private static final boolean SOAK = Boolean.getBoolean("onceguard.soak");

    /** How many messages are handled between two cuts, at most. */
    private static final int MOST_BETWEEN_CUTS = 300;

    private static final int CONSUMERS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final String queue = "test-" + UUID.randomUUID();
    private Connection direct;
    private Channel channel;

    @BeforeEach
    void open() throws Exception {
        ConnectionFactory broker = new ConnectionFactory();
        broker.setUri(AmqpServer.sharedUrl());
        direct = broker.newConnection();
        channel = direct.createChannel();
        channel.confirmSelect();
        channel.queueDeclare(queue, true, false, false, null);
    }

    @AfterEach
    void close() throws IOException {
        channel.queueDelete(queue);
        channel.queueDelete(DeadLetterQueue.nameFor(queue));
        direct.close();
    }

    private void publish(List<String> ids) throws Exception {
        for (String id : ids) {
            channel.basicPublish(
                    "", queue, new BasicProperties.Builder().messageId(id).build(), new byte[] {1});
        }
        channel.waitForConfirmsOrDie();
    }

    private static String id(Delivery delivery) {
        return delivery.getProperties().getMessageId();
    }

    /** Cuts all connections amid the work on a message, each time after another number of them. */
    private final class Cutter {

        private final Random random = new Random(seed);
        private final TcpProxy proxy;
        private final AtomicInteger cuts = new AtomicInteger();
        private final Set<String> interrupted = ConcurrentHashMap.newKeySet();
        private int left = 1 + random.nextInt(MOST_BETWEEN_CUTS);

        Cutter(TcpProxy proxy) {
            this.proxy = proxy;
        }

        synchronized void count(String id) {
            left--;
            if (left == 0) {
                left = 1 + random.nextInt(MOST_BETWEEN_CUTS);
                cuts.incrementAndGet();
                interrupted.add(id);
                proxy.cutAll();
            }
        }
    }

    /** Nobody crashes: the work in hand ends, its acknowledgement is lost, and its message comes again. */
    @ParameterizedTest
    @EnumSource(Guarantee.class)
    void G06_G07_connectionsThatBreakAmidTheWorkDoubleNothingAndLoseNothing(Guarantee guarantee) throws Exception {
        int messages = SOAK ? 20_000 : guarantee == Guarantee.SAME_TRANSACTION ? 2_000 : 500;
        String table = "rabbit_" + Long.toUnsignedString(seed, Character.MAX_RADIX);
        URI broker = URI.create(AmqpServer.sharedUrl());
        try (HikariDataSource pool = WitnessedBookings.pool(PostgresServer.sharedUrl());
                TcpProxy proxy = new TcpProxy(broker.getPort(), request -> Cut.NONE)) {
            WitnessedBookings.create(pool, table);
            Cutter cutter = new Cutter(proxy);
            Set<String> repeated = ConcurrentHashMap.newKeySet();
            IdempotencyListener listener = new IdempotencyListener() {
                @Override
                public void onCallEnded(CallEnded event) {
                    if (event.outcome().isReplay()) {
                        repeated.add(event.record().key());
                    }
                }
            };
            Surroundings cuts = new Surroundings(id -> {}, cutter::count);
            IdempotentConsumer<Delivery> bookings = new WitnessedBookings(
                            pool, table, guarantee, Duration.ofSeconds(30), listener)
                    .consumer(RabbitConsumerTest::id, cuts);
            ConnectionFactory throughProxy = new ConnectionFactory();
            throughProxy.setUri(AmqpServer.sharedUrl());
            throughProxy.setHost("127.0.0.1");
            throughProxy.setPort(proxy.port());
            throughProxy.setNetworkRecoveryInterval(20);

            publish(stream(messages));
            do {
                consume(throughProxy, bookings, cutter);
            } while (!isEmpty(queue)); // what a consumer had not begun when it ended is there again

            Map<String, Integer> effects = WitnessedBookings.effects(pool, table, guarantee);
            assertThat(effects).as("seed %d", seed).hasSize(messages);
            assertThat(effects.values()).as("seed %d", seed).containsOnly(1);
            assertThat(deadLetters()).isEmpty();
            assertThat(cutter.cuts).hasValueGreaterThanOrEqualTo(messages / MOST_BETWEEN_CUTS);
            assertThat(repeated).as("came again after a cut").containsAll(cutter.interrupted);
        }
    }

    private void consume(ConnectionFactory broker, IdempotentConsumer<Delivery> bookings, Cutter cutter)
            throws Exception {
        List<Connection> connections = new ArrayList<>();
        List<RabbitConsumer> consumers = new ArrayList<>();
        synchronized (cutter) { // the work on the first messages waits: a cut now would be one amid the start
            for (int i = 0; i < CONSUMERS; i++) {
                connections.add(broker.newConnection());
                consumers.add(RabbitConsumer.start(connections.get(i), queue, bookings));
            }
        }
        Waiting.until("the queue is empty", PATIENCE, () -> isEmpty(queue));
        for (RabbitConsumer consumer : consumers) {
            consumer.end();
        }
        connections.forEach(Connection::abort);
    }

    /** Each fifth message twice. */
    private static List<String> stream(int messages) {
        List<String> stream = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            stream.add(Integer.toString(i));
            if (i % 5 == 0) {
                stream.add(Integer.toString(i / 2));
            }
        }
        return stream;
    }

    private boolean isEmpty(String name) {
        try {
            return channel.queueDeclarePassive(name).getMessageCount() == 0;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private Map<String, String> deadLetters() throws IOException {
        Map<String, String> letters = new HashMap<>();
        String name = DeadLetterQueue.nameFor(queue);
        for (GetResponse letter = channel.basicGet(name, true); letter != null; letter = channel.basicGet(name, true)) {
            Object reason = letter.getProps().getHeaders().get(DeadLetterQueue.REASON);
            letters.merge(letter.getProps().getMessageId(), reason.toString(), (one, other) -> one + ", " + other);
        }
        return letters;
    }

    /** One life of a consumer, with its database: what it knows afterwards is in the file. */
    private final class Life implements AutoCloseable {

        private final JdbcConnectionPool pool;
        private final AtomicInteger runs;
        private final Set<String> handled;
        private final RabbitConsumer consumer;

        Life(Path folder, AtomicInteger runs, Set<String> handled, Duration retryDelay) throws Exception {
            this.pool = JdbcConnectionPool.create("jdbc:h2:file:" + folder + "/db;WRITE_DELAY=0", "sa", "");
            this.runs = runs;
            this.handled = handled;
            JdbcSchema.createIfAbsent(pool);
            JdbcIdempotencyStore store = JdbcIdempotencyStore.builder(pool).build();
            IdempotencyExecutor<Void> operation = IdempotencyExecutor.atLeastOnce(
                            "book", ResultCodec.<Void>none(), store)
                    .build();
            IdempotentConsumer<Delivery> bookings = IdempotentConsumer.of(
                            operation, (Delivery delivery) -> IdempotencyKey.of("bookings", id(delivery)))
                    .fingerprint(delivery -> Fingerprint.of(delivery.getBody()))
                    .action(this::book)
                    .attemptLimit(5)
                    .retryDelay(retryDelay, retryDelay)
                    .build();
            this.consumer = RabbitConsumer.start(direct, queue, bookings);
        }

        private void book(Delivery delivery) {
            if (id(delivery).equals("poison")) {
                runs.incrementAndGet();
                throw new IllegalArgumentException("cannot be booked");
            }
            handled.add(id(delivery));
        }

        @Override
        public void close() throws IOException {
            try {
                consumer.end();
            } catch (TimeoutException | InterruptedException failure) {
                throw new AssertionError(failure);
            }
            pool.dispose();
        }
    }

    @Test
    void G07_aPoisonMessageStopsAtTheAttemptLimitOverRestartsAndLandsInTheDeadLetterQueue(@TempDir Path folder)
            throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Set<String> handled = ConcurrentHashMap.newKeySet();
        publish(List.of("1", "poison", "2"));

        // in each of these lives it is tried once, and then waits for longer than the life lasts
        for (int life = 1; life <= 2; life++) {
            int tried = life;
            try (Life one = new Life(folder, runs, handled, Duration.ofHours(1))) {
                Waiting.until("it was tried once more", () -> runs.get() == tried);
                Waiting.until("the others are handled beside it", () -> handled.size() == 2);
                assertThat(one.runs).hasValue(tried);
            }
        }
        try (Life last = new Life(folder, runs, handled, Duration.ofMillis(1))) {
            Waiting.until("the queue is empty", () -> isEmpty(queue));
            assertThat(last.handled).containsExactlyInAnyOrder("1", "2");
        }

        assertThat(runs).hasValue(5);
        assertThat(deadLetters()).isEqualTo(Map.of("poison", "ATTEMPTS_EXHAUSTED"));
        assertThat(isEmpty(queue)).isTrue();
    }
}
