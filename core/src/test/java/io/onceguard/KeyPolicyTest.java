package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPolicyTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "123e4567-e89b-12d3-a456-426614174000",
                "123E4567-E89B-12D3-A456-426614174000",
                "00000000-0000-0000-0000-000000000000",
                "ffffffff-FFFF-ffff-FFFF-ffffffffffff"
            })
    void A40_uuidAcceptsTheCanonicalFormInEitherCase(String key) {
        assertThat(KeyPolicy.uuid().violatedRule(key)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1-2-3-4-5",
                "123e4567e89b12d3a456426614174000",
                "{123e4567-e89b-12d3-a456-426614174000}",
                "123e4567-e89b-12d3-a456-42661417400",
                "123e4567-e89b-12d3-a456-4266141740000",
                "123e4567-e89b-12d3-a456-426614174000\n",
                " 123e4567-e89b-12d3-a456-426614174000",
                "g23e4567-e89b-12d3-a456-426614174000",
                "\u0661\u06623e4567-e89b-12d3-a456-426614174000",
                "order-42"
            })
    void A40_uuidRefusesEverythingElseWithoutEchoingIt(String key) {
        assertThat(KeyPolicy.uuid().violatedRule(key)).isEqualTo("must be a canonical UUID (8-4-4-4-12 hex digits)");
    }

    @Test
    void A40_maxCodePointsCountsCodePoints() {
        KeyPolicy policy = KeyPolicy.maxCodePoints(3);
        assertThat(policy.violatedRule("\uD83D\uDE00".repeat(3))).isNull();
        assertThat(policy.violatedRule("abcd")).isEqualTo("at most 3 code points, was 4");
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 256})
    void maxCodePointsRefusesALimitOutOfRange(int limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyPolicy.maxCodePoints(limit))
                .withMessage("maxCodePoints: 1..255, was " + limit);
    }
}
