package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Kind;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nonsense is refused where it is given, with the limit in the message, before the store is called or work is run. */
class BadInputTest {

    private static final Duration MAX = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
    private static final Duration MIN = Duration.ofSeconds(Long.MIN_VALUE);
    private static final Duration NANO = Duration.ofNanos(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration YEAR = Duration.ofDays(365);

    private final Scene scene = new Scene(Kind.REMOTE);
    private final Counted work = new Counted();

    @AfterEach
    void nothingWasTouched() {
        assertThat(scene.store.calls()).isEmpty();
        assertThat(work.runs()).isZero();
        assertThat(scene.platform.threads()).isEmpty();
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private static void assertMissing(String name, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(name);
    }

    // ---- factories

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "a b", "-a", ".a", "/a", ":a", "_a", "a\n", "a\u0000", "b\u00e4r", "a,b", "a\"", "a=b"})
    void operationNameThatBreaksItsLimits(String name) {
        List<ThrowingCallable> factories = List.of(
                () -> IdempotencyExecutor.atLeastOnce(name, ResultCodec.utf8(), scene.store),
                () -> IdempotencyExecutor.atMostOnce(name, ResultCodec.utf8(), scene.store));
        factories.forEach(each -> assertRefused(each, "operation: [A-Za-z0-9]"));
    }

    @Test
    void operationNameIsAtMost64Characters() {
        assertRefused(
                () -> IdempotencyExecutor.atMostOnce("a".repeat(65), ResultCodec.utf8(), scene.store),
                "was 65 characters");
        for (String good : List.of("a", "9", "a".repeat(64), "POST:/v1/charges", "a.b_c:d/e-f")) {
            assertThatCode(() -> IdempotencyExecutor.atMostOnce(good, ResultCodec.utf8(), scene.store)
                            .build())
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void missingArgumentsOfTheFactories() {
        ResultCodec<String> codec = ResultCodec.utf8();
        assertMissing("operation", () -> IdempotencyExecutor.atLeastOnce(null, codec, scene.store));
        assertMissing("codec", () -> IdempotencyExecutor.atLeastOnce("a", null, scene.store));
        assertMissing("store", () -> IdempotencyExecutor.atLeastOnce("a", codec, null));
        assertMissing("operation", () -> IdempotencyExecutor.atMostOnce(null, codec, scene.store));
        assertMissing("codec", () -> IdempotencyExecutor.atMostOnce("a", null, scene.store));
        assertMissing("store", () -> IdempotencyExecutor.atMostOnce("a", codec, null));
    }

    // ---- codecs

    private static ResultCodec<String> codecNamed(String id) {
        return new ResultCodec<>() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public byte[] encode(String value) {
                return new byte[0];
            }

            @Override
            public String decode(byte[] bytes) {
                return "";
            }
        };
    }

    @Test
    void codecIdThatBreaksItsLimits() {
        for (String id : List.of("", " ", "a b", "a\n", "\u00e4", "onceguard-x", "a".repeat(65))) {
            List<ThrowingCallable> calls = List.of(
                    () -> ResultCodec.of(id, value -> new byte[0], bytes -> ""),
                    () -> IdempotencyExecutor.atLeastOnce("a", codecNamed(id), scene.store),
                    () -> IdempotencyExecutor.atMostOnce("a", codecNamed(id), scene.store),
                    () -> scene.atLeastOnce().alsoDecodes(codecNamed(id)),
                    () -> scene.atLeastOnce()
                            .failureCodec(ResultCodec.of(id, value -> new byte[0], bytes -> new Exception())));
            calls.forEach(each -> assertThatThrownBy(each).isInstanceOf(IllegalArgumentException.class));
        }
        assertThatCode(() -> IdempotencyExecutor.atLeastOnce("a", codecNamed("a".repeat(64)), scene.store)
                        .build())
                .doesNotThrowAnyException();
    }

    @Test
    void codecWithoutIdAndMissingFunctions() {
        assertThatThrownBy(() -> ResultCodec.of(null, value -> new byte[0], bytes -> ""))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> ResultCodec.<String>of("a", null, bytes -> ""))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> ResultCodec.<String>of("a", value -> new byte[0], null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> IdempotencyExecutor.atLeastOnce("a", codecNamed(null), scene.store))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void secondCodecWithTheSameId() {
        assertThatThrownBy(() -> scene.atLeastOnce().alsoDecodes(ResultCodec.utf8()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("utf8");
        assertThatThrownBy(
                        () -> scene.atLeastOnce().alsoDecodes(codecNamed("old")).alsoDecodes(codecNamed("old")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("old");
    }

    // ---- durations of the builder and of policies

    static Stream<Arguments> durations() {
        return Stream.of(
                limits("lease", Duration.ofMillis(100), YEAR, IdempotencyExecutorBuilder::lease),
                limits("longest run", Duration.ofMillis(100), YEAR, IdempotencyExecutorBuilder::longestRun),
                limits("deferral", Duration.ofMillis(1), DAY, (builder, it) -> builder.deferWrites(it, 1)),
                limits("wait budget", Duration.ofMillis(1), DAY, (builder, it) -> builder.waiting(WaitPolicy.upTo(it))),
                limits(
                        "timeout",
                        Duration.ZERO,
                        DAY,
                        (builder, it) -> builder.build().awaitDeferred(it)));
    }

    private static Arguments limits(
            String name, Duration min, Duration max, BiConsumer<IdempotencyExecutorBuilder<String>, Duration> setter) {
        return Arguments.of(name, min, max, setter);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("durations")
    void durationOutsideItsLimits(
            String name, Duration min, Duration max, BiConsumer<IdempotencyExecutorBuilder<String>, Duration> setter) {
        for (Duration bad : List.of(min.minus(NANO), NANO.negated(), MIN, MIN.plus(NANO), max.plus(NANO), MAX)) {
            assertThatThrownBy(() -> setter.accept(scene.atLeastOnce(), bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(name + ": " + min + " to " + max + ", was " + bad);
        }
        for (Duration good : List.of(min, min.plus(NANO), max.minus(NANO), max)) {
            assertThatCode(() -> setter.accept(scene.atLeastOnce(), good)).doesNotThrowAnyException();
        }
        assertThatThrownBy(() -> setter.accept(scene.atLeastOnce(), null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void zeroDuration() {
        assertRefused(() -> scene.atLeastOnce().lease(Duration.ZERO), "was PT0S");
        assertRefused(() -> scene.atLeastOnce().longestRun(Duration.ZERO), "was PT0S");
        assertRefused(() -> scene.atLeastOnce().deferWrites(Duration.ZERO, 1), "was PT0S");
        assertRefused(() -> WaitPolicy.upTo(Duration.ZERO), "was PT0S");
    }

    // ---- other numbers and missing arguments of the builder

    @Test
    void numberOutsideItsLimits() {
        Duration second = Duration.ofSeconds(1);
        for (long bad : new long[] {-1, Long.MIN_VALUE, (1L << 30) + 1, Long.MAX_VALUE}) {
            assertRefused(() -> scene.atLeastOnce().deferWrites(second, bad), "deferred bytes: 0 to 1073741824, was");
        }
        for (int bad : new int[] {0, -1, Integer.MIN_VALUE, (64 << 20) + 1, Integer.MAX_VALUE}) {
            assertRefused(() -> scene.atLeastOnce().maxResultBytes(bad), String.valueOf(bad));
        }
        for (int bad : new int[] {-1, Integer.MIN_VALUE}) {
            assertRefused(() -> scene.atLeastOnce().compressAbove(bad), String.valueOf(bad));
        }
        for (int bad : new int[] {0, -1, 256, Integer.MAX_VALUE}) {
            assertRefused(() -> KeyPolicy.maxCodePoints(bad), String.valueOf(bad));
        }
        assertThatCode(() -> scene.atLeastOnce()
                        .deferWrites(second, 0)
                        .deferWrites(second, 1L << 30)
                        .maxResultBytes(1)
                        .maxResultBytes(64 << 20)
                        .compressAbove(0)
                        .build())
                .doesNotThrowAnyException();
    }

    @Test
    void missingArgumentOfTheBuilder() {
        List<UnaryOperator<IdempotencyExecutorBuilder<String>>> setters = List.of(
                it -> it.retention(null),
                it -> it.waiting(null),
                it -> it.onFailure(null, FailurePolicy.HOLD),
                it -> it.onFailure(Exception.class, null),
                it -> it.recordWhen(null),
                it -> it.reconcile(null),
                it -> it.cipher(null),
                it -> it.alsoDecodes(null),
                it -> it.failureCodec(null),
                it -> it.failureCode(null),
                it -> it.keyPolicy(null),
                it -> it.listener(null));
        setters.forEach(each -> assertThatThrownBy(() -> each.apply(scene.atLeastOnce()))
                .isInstanceOf(NullPointerException.class)
                .hasMessageNotContaining("because")); // the check's own message, not the JVM's
    }

    // ---- calls

    @Test
    void missingArgumentOfACall() {
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();
        IdempotentCall call = IdempotentCall.of(KEY, INPUT);
        List<ThrowingCallable> calls = List.of(
                () -> drop(executor.execute(null, INPUT, work)),
                () -> drop(executor.execute(KEY, null, work)),
                () -> drop(executor.execute(KEY, INPUT, (Work<String, RuntimeException>) null)),
                () -> drop(executor.execute(KEY, INPUT, (AttemptWork<String, RuntimeException>) null)),
                () -> drop(executor.execute(null, work)),
                () -> drop(executor.execute(call, (Work<String, RuntimeException>) null)),
                () -> drop(executor.run(KEY, INPUT, null)),
                () -> drop(executor.run(null, INPUT, () -> {})),
                () -> drop(executor.run(call, null)),
                () -> drop(executor.run(null, attempt -> {})),
                () -> executor.find(null),
                () -> executor.forget(null),
                () -> executor.resolve(null, "value"),
                () -> IdempotentCall.of(null, INPUT),
                () -> IdempotentCall.of(KEY, null),
                () -> call.originId(null),
                () -> call.waiting(null),
                () -> call.retention(null),
                () -> WaitPolicy.upTo(null),
                () -> IdempotencyKey.of(null, "key"),
                () -> IdempotencyKey.of("scope", null),
                () -> IdempotencyKey.unscoped(null));
        calls.forEach(each -> assertThatThrownBy(each).isInstanceOf(NullPointerException.class));
    }

    private static void drop(Outcome<String> unexpected) {
        throw new AssertionError(unexpected.toString());
    }

    @Test
    void originIdThatBreaksItsLimits() {
        IdempotentCall call = IdempotentCall.of(KEY, INPUT);
        Function<String, Throwable> refusal = id -> catchThrowable(() -> call.originId(id));
        for (String bad : List.of("", "x".repeat(256), "a\nb", "a\u0000", "a\u0085b", "\ud800", "a\udc00b")) {
            assertThat(refusal.apply(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("origin id: ");
        }
        for (String good : List.of("x", "x".repeat(255), "\ud83d\ude00".repeat(255), "a b")) {
            assertThat(refusal.apply(good)).isNull();
        }
    }

    // ---- what was built does not change

    @Test
    void executorDoesNotChangeWithItsBuilder() {
        IdempotencyExecutorBuilder<String> builder = IdempotencyExecutor.<String>atLeastOnce(
                        "own", ResultCodec.utf8(), new ModelStore(scene.platform::elapsed))
                .platform(scene.platform);
        IdempotencyExecutor<String> before = builder.build();
        builder.onFailure(Exception.class, FailurePolicy.HOLD)
                .recordWhen(value -> false)
                .maxResultBytes(1)
                .keyPolicy(key -> "no key is good enough");

        Outcome<String> first = before.execute(KEY, INPUT, () -> "value");
        assertThat(first)
                .isInstanceOfSatisfying(
                        Outcome.Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
        scene.platform.pass(Duration.ofSeconds(60)); // the keeper's thread ends
    }

    @Test
    void callOptionsMakeNewCalls() {
        IdempotentCall call = IdempotentCall.of(KEY, INPUT);
        IdempotentCall withAll =
                call.originId("mine").waiting(WaitPolicy.upTo(DAY)).retention(io.onceguard.spi.Retention.forever());

        assertThat(call.originId()).isNull();
        assertThat(call.waitingOr(WaitPolicy.reject()).rejects()).isTrue();
        assertThat(withAll.originId()).isEqualTo("mine");
        assertThat(withAll.waitingOr(WaitPolicy.reject()).rejects()).isFalse();
        assertThat(withAll.key()).isEqualTo(KEY);
        assertThat(withAll.retentionOr(io.onceguard.spi.Retention.of(DAY)).isForever())
                .isTrue();
        assertThat(IdempotentCall.unkeyed().originId("other").key()).isNull();
        assertThat(IdempotentCall.unkeyed().originId()).isNull();
    }
}
