package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultCodecTest {

    private record Receipt(String number) {}

    /** Has the shape of the mapper that most users will bring: checked exceptions, and a class to read. */
    private static final class Mapper {
        byte[] writeValueAsBytes(Object value) throws IOException {
            return ((Receipt) value).number().getBytes(StandardCharsets.UTF_8);
        }

        <T> T readValue(byte[] bytes, Class<T> type) throws IOException {
            return type.cast(new Receipt(new String(bytes, StandardCharsets.UTF_8)));
        }
    }

    private static <T> T firstOf(String operation, ResultCodec<T> codec, byte[] bytes) throws Exception {
        assertThat(operation).isEqualTo("charge");
        return codec.decode(bytes);
    }

    @Test
    void aMapperIsACodecInOneLine() throws Exception {
        Mapper mapper = new Mapper();
        ResultCodec<Receipt> codec =
                ResultCodec.of("receipt-1", mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, Receipt.class));
        assertThat(codec.id()).isEqualTo("receipt-1");
        assertThat(codec.decode(codec.encode(new Receipt("r-1")))).isEqualTo(new Receipt("r-1"));
        // And as an argument, where the type of the values is inferred.
        Receipt receipt = firstOf(
                "charge",
                ResultCodec.of("receipt-1", mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, Receipt.class)),
                new byte[] {'r'});
        assertThat(receipt.number()).isEqualTo("r");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with blank", "caf\u00E9", "line\n", "onceguard-failure", "onceguard-x"})
    void anIdThatBreaksARuleIsRefused(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResultCodec.of(id, String::getBytes, String::new))
                .withMessageStartingWith("codec id: ");
    }

    @Test
    void anIdHasAtMost64Characters() {
        assertThat(ResultCodec.of("x".repeat(64), value -> new byte[0], bytes -> "")
                        .id())
                .hasSize(64);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResultCodec.of("x".repeat(65), value -> new byte[0], bytes -> ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "Gr\u00FC\u00DFe \uD83D\uDE00", "\uFFFD", "a\u0000b"})
    void utf8KeepsEveryText(String text) throws Exception {
        ResultCodec<String> codec = ResultCodec.utf8();
        assertThat(codec.encode(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(codec.decode(codec.encode(text))).isEqualTo(text);
    }

    @Test
    void utf8RefusesWhatWouldComeBackChanged() {
        ResultCodec<String> codec = ResultCodec.utf8();
        assertThatIllegalArgumentException().isThrownBy(() -> codec.encode("\uD83D"));
        assertThatExceptionOfType(CharacterCodingException.class)
                .isThrownBy(() -> codec.decode(new byte[] {'a', (byte) 0xFF}));
        assertThatExceptionOfType(CharacterCodingException.class)
                .isThrownBy(() -> codec.decode(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}));
    }

    @Test
    void bytesArePassedThroughBecauseTheEnvelopeCopiesThem() throws Exception {
        byte[] value = {1, 2, 3};
        assertThat(ResultCodec.bytes().encode(value)).isSameAs(value);
        assertThat(ResultCodec.bytes().decode(value)).isSameAs(value);
    }

    @Test
    void noneKeepsNoValue() {
        ResultCodec<String> codec = ResultCodec.none();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.encode("secret"))
                .withMessage("this operation keeps no values");
        assertThatIllegalArgumentException().isThrownBy(() -> codec.decode(new byte[0]));
    }
}
