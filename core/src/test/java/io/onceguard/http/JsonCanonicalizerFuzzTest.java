package io.onceguard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Whatever the bytes are: read is what another reader takes for JSON, and the form keeps what it says and nothing else. */
class JsonCanonicalizerFuzzTest {

    private static final int DEPTH = 8;

    @FuzzTest(maxDuration = "60s")
    void F14_theFormIsThatOfWhatTheTextSays(byte[] bytes) throws Exception {
        Object tree = tree(bytes);
        byte[] form;
        try {
            form = JsonCanonicalizer.canonical(bytes, DEPTH);
        } catch (UnusableBodyException refused) {
            assertThat(refused.refusal()).isEqualTo(HttpRefusal.UNREADABLE_BODY);
            assertThat(tree).isNull();
            return;
        }

        assertThat(tree).isNotNull();
        assertThat(tree(form)).isEqualTo(tree);
        assertThat(JsonCanonicalizer.canonical(form, DEPTH)).isEqualTo(form);
        String otherwise = JsonTree.write(tree, new Random(Arrays.hashCode(bytes)));
        assertThat(JsonCanonicalizer.canonical(otherwise.getBytes(UTF_8), DEPTH))
                .isEqualTo(form);
    }

    private static @Nullable Object tree(byte[] bytes) {
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return JsonTree.read(text, DEPTH);
        } catch (CharacterCodingException | JacksonException notJson) {
            return null;
        }
    }
}
