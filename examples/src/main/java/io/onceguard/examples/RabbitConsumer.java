package io.onceguard.examples;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.RetryLater;
import io.onceguard.messaging.IdempotentConsumer;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;

/** Gives the messages of a queue, one by one, to a consumer and tells the broker what became of them. */
final class RabbitConsumer extends DefaultConsumer {

    /** How many messages the broker hands out before it waits for answers; those that wait for a retry count. */
    private static final int WINDOW = 50;

    private static final int PATIENCE_MILLIS = 10_000;

    private final IdempotentConsumer<Delivery> consumer;
    private final DeadLetterQueue deadLetters;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean ending;

    private RabbitConsumer(Channel channel, IdempotentConsumer<Delivery> consumer, DeadLetterQueue deadLetters) {
        super(channel);
        this.consumer = consumer;
        this.deadLetters = deadLetters;
    }

    static RabbitConsumer start(Connection connection, String queue, IdempotentConsumer<Delivery> consumer)
            throws IOException {
        Channel channel = connection.createChannel();
        channel.queueDeclare(queue, true, false, false, null);
        channel.basicQos(WINDOW);
        RabbitConsumer started = new RabbitConsumer(channel, consumer, DeadLetterQueue.of(queue, channel));
        channel.basicConsume(queue, false, started);
        return started;
    }

    @Override
    public void handleDelivery(String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
        if (ending) {
            return; // goes back to the queue when the channel is closed
        }
        long tag = envelope.getDeliveryTag();
        Delivery delivery = new Delivery(envelope, properties, body);
        Disposition disposition = consumer.accept(delivery);
        try {
            if (disposition instanceof RetryLater later) {
                CompletableFuture.delayedExecutor(later.delay().toNanos(), NANOSECONDS)
                        .execute(() -> giveBack(tag));
                return;
            }
            if (disposition instanceof Rejected rejected) {
                deadLetters.add(delivery, rejected.reason());
            }
            getChannel().basicAck(tag, false);
        } catch (IOException | AlreadyClosedException unanswered) {
            // the broker delivers it again, and then it is a duplicate
        }
    }

    private void giveBack(long tag) {
        try {
            getChannel().basicNack(tag, false, true);
        } catch (IOException | AlreadyClosedException gone) {
            // the broker has it back already
        }
    }

    @Override
    public void handleCancelOk(String consumerTag) {
        ended.countDown();
    }

    /** Ends the message in hand and answers it; all others, also those that wait for a retry, go back to the queue. */
    void end() throws IOException, TimeoutException, InterruptedException {
        ending = true;
        try {
            getChannel().basicCancel(getConsumerTag());
            ended.await(PATIENCE_MILLIS, MILLISECONDS);
            getChannel().close();
        } catch (AlreadyClosedException gone) {
            // then they are back already
        }
    }
}
