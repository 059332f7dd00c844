package io.onceguard.examples;

import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.RetryLater;
import io.onceguard.messaging.IdempotentConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;

/** Gives the messages of a topic, batch by batch, to a consumer and commits the offsets of those that are done with. */
final class KafkaConsumerLoop implements ConsumerRebalanceListener {

    private final Consumer<String, byte[]> kafka;
    private final IdempotentConsumer<ConsumerRecord<String, byte[]>> consumer;
    private final DeadLetterTopic deadLetters;
    private final PausedPartitions paused;
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    private volatile boolean ending;

    KafkaConsumerLoop(
            Consumer<String, byte[]> kafka,
            IdempotentConsumer<ConsumerRecord<String, byte[]>> consumer,
            DeadLetterTopic deadLetters) {
        this.kafka = kafka;
        this.consumer = consumer;
        this.deadLetters = deadLetters;
        this.paused = new PausedPartitions(kafka);
    }

    void run(String topic) {
        try (kafka) {
            kafka.subscribe(List.of(topic), this);
            while (!ending) {
                paused.resumeDue();
                List<ConsumerRecord<String, byte[]>> batch = new ArrayList<>();
                kafka.poll(Duration.ofMillis(100)).forEach(batch::add);
                settle(batch, consumer.acceptAll(batch));
                commit();
            }
        }
    }

    void end() {
        ending = true; // the batch in hand is handled and committed, and then the partitions go to others
    }

    private void settle(List<ConsumerRecord<String, byte[]>> batch, List<Disposition> dispositions) {
        for (int i = 0; i < batch.size(); i++) {
            ConsumerRecord<String, byte[]> message = batch.get(i);
            TopicPartition partition = new TopicPartition(message.topic(), message.partition());
            if (paused.contains(partition)) {
                continue; // it comes again, behind the message that the partition waits for
            }
            if (dispositions.get(i) instanceof RetryLater later) {
                paused.stopBefore(message, later.delay());
                continue;
            }
            if (dispositions.get(i) instanceof Rejected rejected) {
                deadLetters.add(message, rejected.reason());
            }
            done.put(partition, new OffsetAndMetadata(message.offset() + 1));
        }
    }

    private void commit() {
        try {
            kafka.commitSync(done);
            done.clear();
        } catch (RebalanceInProgressException | CommitFailedException notNow) {
            // the next poll rebalances; whoever gets these messages then finds that they are done
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        commit();
        onPartitionsLost(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        done.keySet().removeAll(partitions);
        paused.forget(partitions);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
}
