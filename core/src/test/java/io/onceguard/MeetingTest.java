package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Meeting.Phase;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is woken by what the leader does. */
class MeetingTest {

    private static final StoredRecord HOLDER = new StoredRecord(
            RecordState.IN_PROGRESS,
            StoredFingerprint.NONE,
            1,
            1,
            Duration.ZERO,
            Duration.ofSeconds(30),
            Retention.of(Duration.ofHours(24)),
            null);

    private final Meeting meeting = new Meeting(new RecordId("charge", "tenant-7", "order-42"), StoredFingerprint.NONE);

    /** While a follower is parked, the leader gets on. */
    private static final class Steps implements Platform {
        private final List<Thread> woken = new ArrayList<>();
        private final Runnable step;

        Steps(Runnable step) {
            this.step = step;
        }

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void park(Object blocker, long nanos) {
            step.run();
        }

        @Override
        public void unpark(Thread thread) {
            woken.add(thread);
        }

        @Override
        public Thread start(String name, Runnable body) {
            throw new AssertionError("a meeting starts no thread");
        }

        @Override
        public double random() {
            return 0;
        }
    }

    @ParameterizedTest
    @CsvSource({"false, true", "true, false"})
    void aPatientFollowerSleepsOnWhileTheLeaderGetsOn(boolean patient, boolean isWoken) {
        List<Thread> woken = new ArrayList<>();
        Steps platform = new Steps(() -> {
            Steps leader = new Steps(() -> {});
            meeting.polling(leader, HOLDER);
            woken.addAll(leader.woken);
        });

        meeting.await(platform, Phase.ASKING, patient, Long.MAX_VALUE);

        assertThat(woken.contains(Thread.currentThread())).isEqualTo(isWoken);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void everyFollowerIsWokenByTheEnd(boolean patient) {
        List<Thread> woken = new ArrayList<>();
        Steps platform = new Steps(() -> {
            Steps leader = new Steps(() -> {});
            meeting.polling(leader, HOLDER);
            meeting.end(leader, Meeting.ASK_STORE);
            woken.addAll(leader.woken);
        });

        meeting.await(platform, Phase.ASKING, patient, Long.MAX_VALUE);

        assertThat(woken).containsExactly(Thread.currentThread());
    }
}
