package io.onceguard.examples;

import io.onceguard.messaging.Disposition.Rejected;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Where rejected messages of a topic wait for somebody who looks after them: the topic of its name with {@code .dead}
 * behind it.
 *
 * @param producer writes it
 */
record DeadLetterTopic(Producer<String, byte[]> producer) {

    /** Header: why the message was rejected. */
    static final String REASON = "rejected-because";

    static String nameFor(String topic) {
        return topic + ".dead";
    }

    /** Returns when Kafka has the letter. A second copy of it is possible, a lost one is not. */
    void add(ConsumerRecord<String, byte[]> message, Rejected.Reason reason) {
        ProducerRecord<String, byte[]> letter =
                new ProducerRecord<>(nameFor(message.topic()), null, message.key(), message.value(), message.headers());
        letter.headers().add(REASON, reason.name().getBytes(StandardCharsets.UTF_8));
        try {
            producer.send(letter).get();
        } catch (ExecutionException failure) {
            throw new KafkaException("a dead letter could not be written", failure.getCause());
        } catch (InterruptedException stop) {
            throw new InterruptException(stop);
        }
    }
}
