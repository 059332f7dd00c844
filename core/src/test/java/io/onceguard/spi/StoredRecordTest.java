package io.onceguard.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredRecordTest {

    private static final StoredResult RESULT = StoredResult.of(new byte[] {1, 2});

    private static StoredRecord record(RecordState state, StoredResult result) {
        return new StoredRecord(
                state, StoredFingerprint.NONE, 1, 7, Duration.ZERO, Duration.ZERO, Retention.forever(), result);
    }

    @ParameterizedTest
    @EnumSource
    void aResultGoesWithCompletedAndNothingElse(RecordState state) {
        boolean completed = state == RecordState.COMPLETED;
        assertThat(record(state, completed ? RESULT : null).result()).isEqualTo(completed ? RESULT : null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> record(state, completed ? null : RESULT))
                .withMessageContaining(state.name());
    }

    @Test
    void nullPartsAreRefused() {
        assertThatNullPointerException().isThrownBy(() -> record(null, null));
        assertThatNullPointerException()
                .isThrownBy(() -> new StoredRecord(
                        RecordState.HELD,
                        StoredFingerprint.NONE,
                        1,
                        7,
                        null,
                        Duration.ZERO,
                        Retention.forever(),
                        null));
    }

    @Test
    void anEvictedResultHasNoBytes() {
        assertThat(StoredResult.EVICTED.isEvicted()).isTrue();
        assertThatIllegalStateException().isThrownBy(StoredResult.EVICTED::bytes);
        assertThat(StoredResult.EVICTED)
                .isNotEqualTo(StoredResult.of(new byte[0]))
                .hasToString("evicted");
        assertThat(record(RecordState.COMPLETED, StoredResult.EVICTED).result()).isSameAs(StoredResult.EVICTED);
    }

    @Test
    void A37_resultsAreEqualByTheirBytesAndShowOnlyTheirNumber() {
        assertThat(RESULT)
                .isEqualTo(StoredResult.of(new byte[] {1, 2}))
                .hasSameHashCodeAs(StoredResult.of(new byte[] {1, 2}))
                .isNotEqualTo(StoredResult.of(new byte[] {1, 3}))
                .hasToString("2 bytes");
        assertThat(RESULT.isEvicted()).isFalse();
        assertThat(record(RecordState.COMPLETED, RESULT).toString())
                .contains("2 bytes")
                .doesNotContain("[1, 2]");
    }
}
