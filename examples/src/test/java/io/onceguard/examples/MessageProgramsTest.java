package io.onceguard.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.testservers.AmqpServer;
import io.onceguard.testservers.KafkaServer;
import io.onceguard.testservers.PostgresServer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The programs about messages, from their first line to their exit status. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MessageProgramsTest {

    @Test
    void G07_rabbitBookingsBooksEachMessageOnce() throws Exception {
        assertThat(RabbitBookings.run(AmqpServer.sharedUrl())).isZero();
    }

    @Test
    void G07_kafkaBookingsBooksEachMessageOnce() throws Exception {
        assertThat(KafkaBookings.run(KafkaServer.sharedBootstrap(), PostgresServer.sharedUrl()))
                .isZero();
    }
}
