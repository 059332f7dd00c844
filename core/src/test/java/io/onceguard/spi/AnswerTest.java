package io.onceguard.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;

class AnswerTest {

    private final StoreException failure = new StoreException("no connection", false, null);

    @Test
    void aValueIsReturned() {
        assertThat(Answer.of(false).orElseThrow()).isFalse();
        assertThat(Answer.of("x").failure()).isNull();
    }

    @Test
    void aFailureIsThrownAsItself() {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(Answer.failed(failure)::orElseThrow)
                .isSameAs(failure);
        assertThat(Answer.failed(failure).value()).isNull();
    }

    @Test
    void exactlyOneOfBothIsGiven() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Answer<>(null, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new Answer<>("x", failure));
        assertThatNullPointerException().isThrownBy(() -> Answer.of(null));
        assertThatNullPointerException().isThrownBy(() -> Answer.failed(null));
    }
}
