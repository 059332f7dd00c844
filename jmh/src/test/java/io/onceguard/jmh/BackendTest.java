package io.onceguard.jmh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.Outcome;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both sides of every benchmark do what they are measured for. */
class BackendTest {

    static Stream<String> stores() {
        return Backend.BY_NAME.keySet().stream().filter(name -> !name.startsWith("nothing"));
    }

    @ParameterizedTest
    @MethodSource("stores")
    void theLimitClaimsKeepsAndFinds(String store) throws Exception {
        try (Backend backend = Backend.open(store)) {
            RawLimit limit = backend.limit();
            String key = Keys.fresh();
            assertThat(limit.claim(key)).isTrue();
            assertThat(limit.claim(key)).isFalse();
            limit.keep(key, Keys.RESULT);
            assertThat(limit.claim(key)).isFalse();
            assertThat(limit.result(key)).isEqualTo(Keys.RESULT);
            assertThat(limit.result(Keys.fresh())).isNull();

            List<String> keys = Keys.fresh(3);
            limit.claimAndKeepAll(keys, Keys.RESULT);
            for (String each : keys) {
                assertThat(limit.result(each)).isEqualTo(Keys.RESULT);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("stores")
    void theLibraryExecutesAndReplaysOnBothNodes(String store) throws Exception {
        try (Backend backend = Backend.open(store)) {
            String key = Keys.completed(1, backend)[0];
            for (IdempotencyExecutor<byte[]> node :
                    List.of(Keys.executor(backend.store()), Keys.executor(backend.otherNode()))) {
                Outcome<byte[]> outcome = node.execute(Keys.of(key), Keys.INPUT, () -> new byte[0]);
                assertThat(outcome).isInstanceOf(Outcome.Replayed.class);
                assertThat(outcome.orElseThrow()).isEqualTo(Keys.RESULT);
            }
            assertThat(backend.limit().result(key)).isEqualTo(Keys.RESULT);

            backend.clear();
            Outcome<byte[]> again = Keys.executor(backend.store()).execute(Keys.of(key), Keys.INPUT, () -> new byte[0]);
            assertThat(again).isInstanceOf(Outcome.Executed.class);
            assertThat(backend.limit().result(key)).isNull();
        }
    }

    @Test
    void aStoreThatIsNotThereIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Backend.open("paper"))
                .withMessageContaining("redis")
                .withMessageContaining("paper");
    }
}
