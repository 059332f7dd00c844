package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IdempotencyKeyTest {

    private static final String GRIN = "\uD83D\uDE00";

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("", "must not be empty"),
                Arguments.of(" ", "must not be blank"),
                Arguments.of("\u00A0\u2007\u202F", "must not be blank"),
                Arguments.of("\u3000\u2003", "must not be blank"),
                Arguments.of("x".repeat(256), "at most 255 code points, was 256"),
                Arguments.of(GRIN.repeat(256), "at most 255 code points, was 256"),
                Arguments.of("secret\n", "must not have control characters"),
                Arguments.of("secret\u0000", "must not have control characters"),
                Arguments.of("secret\u007F", "must not have control characters"),
                Arguments.of("secret\u0085", "must not have control characters"),
                Arguments.of("\t", "must not have control characters"),
                Arguments.of("secret\uD83D", "must not have unpaired surrogates"),
                Arguments.of("\uDE00secret", "must not have unpaired surrogates"),
                Arguments.of("\uDE00\uD83D", "must not have unpaired surrogates"),
                Arguments.of("\uD83Dsecret", "must not have unpaired surrogates"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void A40_aBrokenRuleIsNamedWithItsPartAndWithoutTheText(String text, String rule) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdempotencyKey.of("tenant", text))
                .withMessage("key: " + rule);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdempotencyKey.of(text, "order"))
                .withMessage("scope: " + rule);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IdempotencyKey.unscoped(text))
                .withMessage("key: " + rule);
    }

    @Test
    void A40_nullPartsAreRefused() {
        assertThatNullPointerException()
                .isThrownBy(() -> IdempotencyKey.of("tenant", null))
                .withMessage("key");
        assertThatNullPointerException()
                .isThrownBy(() -> IdempotencyKey.of(null, "order"))
                .withMessage("scope");
        assertThatNullPointerException()
                .isThrownBy(() -> IdempotencyKey.unscoped(null))
                .withMessage("key");
    }

    @Test
    void A40_theLimitCountsCodePoints() {
        String longest = GRIN.repeat(255);
        assertThat(IdempotencyKey.of(longest, longest).value()).isEqualTo(longest);
        assertThat(IdempotencyKey.unscoped("x").value()).isEqualTo("x");
    }

    @Test
    void blanksWithinAndAroundAKeyAreKept() {
        IdempotencyKey key = IdempotencyKey.of(" tenant", "order 42 ");
        assertThat(key.scope()).isEqualTo(" tenant");
        assertThat(key.value()).isEqualTo("order 42 ");
        assertThat(IdempotencyKey.unscoped("order").scope()).isEmpty();
    }

    @Test
    void keysAreComparedExactly() {
        IdempotencyKey key = IdempotencyKey.of("ab", "c");
        assertThat(key).isEqualTo(IdempotencyKey.of("ab", "c")).hasSameHashCodeAs(IdempotencyKey.of("ab", "c"));
        assertThat(key)
                .isNotEqualTo(IdempotencyKey.of("a", "bc"))
                .isNotEqualTo(IdempotencyKey.of("AB", "c"))
                .isNotEqualTo(IdempotencyKey.of("ab", "c "))
                .isNotEqualTo(IdempotencyKey.unscoped("c"));
        assertThat(IdempotencyKey.unscoped("\u00E9")).isNotEqualTo(IdempotencyKey.unscoped("e\u0301"));
    }

    @Test
    void A37_toStringHidesScopeAndValue() {
        assertThat(IdempotencyKey.of("tenant-7", "order-42")).hasToString("key(8 code points, scoped)");
        assertThat(IdempotencyKey.unscoped(GRIN)).hasToString("key(1 code points, unscoped)");
    }
}
