package io.onceguard.examples;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import io.onceguard.messaging.Disposition.Rejected;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * Where rejected messages of a queue wait for somebody who looks after them: the queue of its name with {@code .dead}
 * behind it. They are published there rather than left to the broker's own dead-lettering, which cannot say why.
 */
final class DeadLetterQueue {

    /** Header: why the message was rejected. */
    static final String REASON = "x-rejected-because";

    private static final int PATIENCE_MILLIS = 10_000;

    private final String name;
    private final Channel channel;

    private DeadLetterQueue(String name, Channel channel) {
        this.name = name;
        this.channel = channel;
    }

    /** Declares the queue, and has the broker confirm what is published on the channel. */
    static DeadLetterQueue of(String queue, Channel channel) throws IOException {
        channel.queueDeclare(nameFor(queue), true, false, false, null);
        channel.confirmSelect();
        return new DeadLetterQueue(nameFor(queue), channel);
    }

    static String nameFor(String queue) {
        return queue + ".dead";
    }

    /** Returns when the broker has the letter. A second copy of it is possible, a lost one is not. */
    void add(Delivery message, Rejected.Reason reason) throws IOException {
        Map<String, Object> headers = new HashMap<>();
        if (message.getProperties().getHeaders() != null) {
            headers.putAll(message.getProperties().getHeaders());
        }
        headers.put(REASON, reason.name());
        BasicProperties properties =
                message.getProperties().builder().headers(headers).build();
        channel.basicPublish("", name, properties, message.getBody());
        try {
            channel.waitForConfirmsOrDie(PATIENCE_MILLIS);
        } catch (TimeoutException unknown) {
            throw new IOException("the broker does not confirm a dead letter", unknown);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted before the broker confirmed a dead letter", stop);
        }
    }
}
