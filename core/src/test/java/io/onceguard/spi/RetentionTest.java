package io.onceguard.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RetentionTest {

    static Stream<Duration> refused() {
        return Stream.of(
                Duration.ZERO,
                Duration.ofNanos(1),
                Duration.ofNanos(999_999),
                Duration.ofMillis(-1),
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofDays(36_500).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void A19_aDurationOutsideTheLimitsIsRefusedWhenGiven(Duration duration) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Retention.of(duration))
                .withMessage("retention: 1 ms to 36500 days, was " + duration);
    }

    @Test
    void A19_theLimitsThemselvesAreAccepted() {
        assertThat(Retention.of(Duration.ofMillis(1)).duration()).contains(Duration.ofMillis(1));
        assertThat(Retention.of(Retention.MAX).duration()).contains(Duration.ofDays(36_500));
        assertThatNullPointerException().isThrownBy(() -> Retention.of(null));
    }

    @Test
    void foreverHasNoDuration() {
        assertThat(Retention.forever().isForever()).isTrue();
        assertThat(Retention.forever().duration()).isEmpty();
        assertThat(Retention.forever()).hasToString("forever").isNotEqualTo(Retention.of(Retention.MAX));
        assertThat(Retention.of(Duration.ofHours(1)).isForever()).isFalse();
    }

    @Test
    void equalLengthsAreEqual() {
        assertThat(Retention.of(Duration.ofHours(1)))
                .isEqualTo(Retention.of(Duration.ofMinutes(60)))
                .hasSameHashCodeAs(Retention.of(Duration.ofMinutes(60)))
                .isNotEqualTo(Retention.of(Duration.ofMinutes(61)))
                .hasToString("PT1H");
    }

    @Test
    void fractionsOfAMicrosecondAreDropped() {
        assertThat(Retention.of(Duration.ofMillis(2).plusNanos(1_999)).duration())
                .contains(Duration.ofNanos(2_001_000));
    }
}
