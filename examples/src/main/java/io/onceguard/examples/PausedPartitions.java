package io.onceguard.examples;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Partitions that stand still before a message whose time has not come; the consumer goes on with the others. */
final class PausedPartitions {

    private final Consumer<?, ?> kafka;
    private final Map<TopicPartition, Long> deadlines = new HashMap<>();

    PausedPartitions(Consumer<?, ?> kafka) {
        this.kafka = kafka;
    }

    boolean contains(TopicPartition partition) {
        return deadlines.containsKey(partition);
    }

    /** Stops before a message, which is delivered again after the delay. */
    void stopBefore(ConsumerRecord<?, ?> message, Duration delay) {
        TopicPartition partition = new TopicPartition(message.topic(), message.partition());
        kafka.pause(Set.of(partition));
        kafka.seek(partition, message.offset());
        deadlines.put(partition, System.nanoTime() + delay.toNanos());
    }

    /** Lets those go on whose time has come. */
    void resumeDue() {
        long now = System.nanoTime();
        deadlines.entrySet().removeIf(stop -> {
            boolean due = stop.getValue() - now <= 0;
            if (due) {
                kafka.resume(Set.of(stop.getKey()));
            }
            return due;
        });
    }

    /** They are no longer this consumer's. */
    void forget(Collection<TopicPartition> partitions) {
        deadlines.keySet().removeAll(partitions);
    }
}
