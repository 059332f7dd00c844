package io.onceguard.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Attempt;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.Recording;
import io.onceguard.ResultCodec;
import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Duplicate;
import io.onceguard.messaging.Disposition.Processed;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.Rejected.Reason;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.messaging.IdempotentConsumerBuilder;
import io.onceguard.testservers.RedisBinary;
import io.onceguard.testservers.RedisServer;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.providers.PooledConnectionProvider;

/** Batches of messages over a real server: how often the client waits for it. */
class RedisBatchTest {

    private static final Disposition RECORDED = new Processed(Recording.RECORDED, null);

    private final AtomicInteger roundTrips = new AtomicInteger();
    private final RedisServer server = RedisServer.start(RedisBinary.V7_0);
    private final RedisClient jedis = RedisClient.builder()
            .connectionProvider(new PooledConnectionProvider(new ConnectionFactory(
                    this::connected, DefaultJedisClientConfig.builder().build())))
            .build();
    private final List<Integer> handled = new ArrayList<>();

    @AfterEach
    void stop() {
        jedis.close();
        server.close();
    }

    private Socket connected() {
        try {
            Socket socket = new CountingSocket(roundTrips);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            return socket;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A round trip is a read after a write: the client has sent what it had to say and waits for the answer. */
    private static final class CountingSocket extends Socket {
        private final AtomicInteger roundTrips;
        private final AtomicBoolean wrote = new AtomicBoolean();

        CountingSocket(AtomicInteger roundTrips) {
            this.roundTrips = roundTrips;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (wrote.getAndSet(false)) {
                        roundTrips.incrementAndGet();
                    }
                    return super.read(bytes, offset, length);
                }
            };
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    wrote.set(true);
                    out.write(bytes, offset, length);
                }
            };
        }
    }

    private IdempotentConsumer<Integer> consumer(String content) {
        IdempotencyExecutor<Void> bookings = IdempotencyExecutor.atLeastOnce(
                        "book",
                        ResultCodec.<Void>none(),
                        RedisIdempotencyStore.builder(jedis).build())
                .build();
        IdempotentConsumerBuilder<Integer, Attempt, Void> builder =
                IdempotentConsumer.of(bookings, message -> IdempotencyKey.of("orders", "message-" + message));
        return builder.fingerprint(message -> Fingerprint.of(content + message))
                .action(message -> handled.add(message))
                .build();
    }

    private static List<Integer> messages(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    @Test
    void G05_fiveHundredMessagesAreTwoRoundTrips() {
        IdempotentConsumer<Integer> consumer = consumer("content of ");
        assertThat(consumer.accept(0)).isEqualTo(RECORDED); // brings the connection and the scripts
        roundTrips.set(0);

        assertThat(consumer.acceptAll(messages(1, 501))).isEqualTo(Collections.nCopies(500, RECORDED));
        assertThat(roundTrips).hasValue(2);

        assertThat(consumer.acceptAll(messages(1, 501))).isEqualTo(Collections.nCopies(500, new Duplicate()));
        assertThat(roundTrips).hasValue(3);

        assertThat(consumer("other content of ").acceptAll(messages(1, 501)))
                .isEqualTo(Collections.nCopies(500, new Rejected(Reason.KEY_REUSED, null)));
        assertThat(handled).isEqualTo(messages(0, 501));
    }
}
