package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.ResultNotKept;
import io.onceguard.IdempotencyListener.ResultStored;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Gated;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Results that are not kept, and stored bytes that cannot be read. */
@EachVariant
class UnkeptResultTest {

    private static final IdempotencyKey OTHER_KEY = IdempotencyKey.unscoped("other");

    private final Guarantee guarantee;
    private final Scene scene;
    private final Counted work = new Counted();

    UnkeptResultTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
    }

    private IdempotencyExecutorBuilder<String> builder() {
        return scene.with(guarantee);
    }

    private IdempotencyExecutorBuilder<String> builder(ResultCodec.Encoder<String> encoder) {
        return scene.with(
                guarantee,
                scene.store,
                ResultCodec.of("test", encoder, bytes -> new String(bytes, StandardCharsets.UTF_8)));
    }

    // ---- A21

    @Test
    void A21_resultAtTheLimitIsKeptAndOneByteMoreIsNot() {
        IdempotencyExecutor<String> executor = builder().maxResultBytes(4).build();

        assertThat(executor.execute(OTHER_KEY, INPUT, () -> "four").hasValue()).isTrue();
        assertThat(executor.execute(OTHER_KEY, INPUT, work).isReplay()).isTrue();

        assertNotKept(executor, () -> "five!", ResultNotKept.Reason.TOO_LARGE, null);
    }

    @Test
    void A21_limitIs4MiBUnlessSaidOtherwise() {
        IdempotencyExecutor<String> executor = builder().build();
        int limit = 4 << 20;

        assertThat(executor.execute(OTHER_KEY, INPUT, () -> "x".repeat(limit)).hasValue())
                .isTrue();
        assertThat(executor.execute(OTHER_KEY, INPUT, work).isReplay()).isTrue();

        assertNotKept(executor, () -> "x".repeat(limit + 1), ResultNotKept.Reason.TOO_LARGE, null);
    }

    @Test
    void A21_limitHoldsBeforeCompression() {
        IdempotencyExecutor<String> executor =
                builder().maxResultBytes(1000).compressAbove(0).build();

        assertNotKept(executor, () -> "x".repeat(1001), ResultNotKept.Reason.TOO_LARGE, null);
    }

    @Test
    void A21_valueThatTheCodecRefusesIsDeliveredAndNeverRunAgain() {
        Exception cause = new Exception("cannot encode");
        assertNotKept(
                builder(value -> {
                            throw cause;
                        })
                        .build(),
                () -> "value",
                ResultNotKept.Reason.NOT_ENCODABLE,
                cause);
    }

    @Test
    void A21_errorOfTheCodecDoesNotHideTheValue() {
        Error cause = new StackOverflowError();
        assertNotKept(
                builder(value -> {
                            throw cause;
                        })
                        .build(),
                () -> "value",
                ResultNotKept.Reason.NOT_ENCODABLE,
                cause);
    }

    @Test
    void A21_codecThatReturnsNullDoesNotHideTheValue() {
        IdempotencyExecutor<String> executor = builder(value -> null).build();

        assertThat(executor.execute(KEY, INPUT, () -> "value"))
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RESULT_NOT_KEPT));
        assertThat(executor.execute(KEY, INPUT, work)).isInstanceOf(Unresolved.class);
    }

    private void assertNotKept(
            IdempotencyExecutor<String> executor,
            Work<String, RuntimeException> first,
            ResultNotKept.Reason reason,
            @Nullable Throwable cause) {
        scene.store.clearCalls();
        Outcome<String> outcome = executor.execute(KEY, INPUT, first);

        assertThat(outcome).isInstanceOfSatisfying(Executed.class, it -> {
            assertThat(it.recording()).isEqualTo(Recording.RESULT_NOT_KEPT);
            assertThat(it.isProvisional()).isFalse();
        });
        assertThat(outcome.orElseThrow()).isEqualTo(first.run());
        assertThat(scene.listener.of(ResultNotKept.class))
                .containsExactly(new ResultNotKept(Scene.id(KEY), reason, cause));
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.COMPLETE);

        for (int i = 0; i < 2; i++) {
            assertThat(executor.execute(KEY, INPUT, work))
                    .isEqualTo(new Unresolved<>(Scene.id(KEY), UnresolvedReason.RESULT_NOT_KEPT));
        }
        assertThat(executor.execute(KEY, Scene.OTHER_INPUT, work)).isInstanceOf(Outcome.FingerprintMismatch.class);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A21_releaseUnkeptResultsGivesTheKeyBackInstead() {
        IdempotencyExecutor<String> executor =
                builder().maxResultBytes(4).releaseUnkeptResults().build();

        Outcome<String> first = executor.execute(KEY, INPUT, () -> "five!");

        assertThat(first).isInstanceOfSatisfying(Executed.class, it -> {
            assertThat(it.value()).isEqualTo("five!");
            assertThat(it.recording()).isEqualTo(Recording.NOT_RECORDED);
        });
        assertThat(scene.listener.of(ResultNotKept.class)).hasSize(1);
        assertThat(scene.row().state()).isEqualTo(RecordState.RELEASED);
        assertThat(executor.execute(KEY, INPUT, () -> "four").orElseThrow()).isEqualTo("four");
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
    }

    @Test
    void A21_evictedResultIsUnresolvedAndNeverRunAgain() {
        IdempotencyExecutor<String> executor = builder().build();
        assertThat(executor.execute(KEY, INPUT, () -> "value").hasValue()).isTrue();
        store(StoredResult.EVICTED);

        assertThat(executor.execute(KEY, INPUT, work))
                .isEqualTo(new Unresolved<>(Scene.id(KEY), UnresolvedReason.RESULT_NOT_KEPT));
        assertThat(work.runs()).isZero();
    }

    @Test
    void resultStoredTellsTheSize() {
        assertThat(builder().build().execute(KEY, INPUT, work).hasValue()).isTrue();

        assertThat(scene.listener.of(ResultStored.class))
                .containsExactly(
                        new ResultStored(Scene.id(KEY), scene.row().result().bytes().length));
    }

    // ---- A22

    @Test
    void A22_unknownCodecIsATypedErrorAndOtherKeysAreUnaffected() {
        IdempotencyExecutor<String> before =
                builder(value -> value.getBytes(StandardCharsets.UTF_8)).build();
        IdempotencyExecutor<String> after = builder().build();
        assertThat(before.execute(KEY, INPUT, () -> "value").hasValue()).isTrue();

        assertUnreadable(after, "codec test", "utf8");
        assertThat(after.execute(OTHER_KEY, INPUT, work).orElseThrow()).isEqualTo("value-1");
        assertThat(before.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("value");
        IdempotencyExecutor<String> both = builder()
                .alsoDecodes(ResultCodec.of(
                        "test", value -> new byte[0], bytes -> "old " + new String(bytes, StandardCharsets.UTF_8)))
                .build();
        assertThat(both.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("old value");
    }

    @Test
    void A22_followerWithAnotherCodecGetsTheTypedErrorToo() {
        IdempotencyExecutor<String> before =
                builder(value -> value.getBytes(StandardCharsets.UTF_8)).build();
        IdempotencyExecutor<String> after = builder().build();
        Gated gated = new Gated(scene.platform.gate());
        Caller<Outcome<String>> leader = scene.start(() -> before.execute(KEY, INPUT, gated));
        Caller<Outcome<String>> follower = scene.start(() -> after.execute(Scene.waiting(Duration.ofSeconds(5)), work));
        gated.gate.open();

        assertThat(leader.result().hasValue()).isTrue();
        assertThat(follower.failure())
                .isInstanceOfSatisfying(
                        UnreadableResultException.class,
                        it -> assertThat(it.found()).isEqualTo("codec test"));
        assertThat(work.runs()).isZero();
    }

    @Test
    void A22_unknownVersionIsATypedError() {
        IdempotencyExecutor<String> executor = builder().build();
        byte[] bytes = storedBytes(executor);
        bytes[0] = 99;
        store(StoredResult.of(bytes));

        assertUnreadable(executor, "format version 99", "format version 1");
    }

    @Test
    void A22_corruptBytesAreATypedError() {
        IdempotencyExecutor<String> executor = builder().build();
        byte[] good = storedBytes(executor);
        for (int i = 1; i < good.length; i++) {
            byte[] bytes = good.clone();
            bytes[i] ^= 1;
            store(StoredResult.of(bytes));
            assertUnreadable(executor, "", "");
        }
        for (int length = 0; length < good.length; length++) {
            store(StoredResult.of(Arrays.copyOf(good, length)));
            assertUnreadable(executor, "", "");
        }
        store(StoredResult.of(good));
        assertThat(executor.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("value");
    }

    @Test
    void A22_bytesThatTheCodecCannotDecodeAreATypedErrorWithItsCause() {
        RuntimeException cause = new IllegalStateException("cannot decode");
        ResultCodec<String> codec =
                ResultCodec.of("utf8-like", value -> value.getBytes(StandardCharsets.UTF_8), bytes -> {
                    throw cause;
                });
        IdempotencyExecutor<String> executor =
                scene.with(guarantee, scene.store, codec).build();
        assertThat(executor.execute(KEY, INPUT, () -> "value").hasValue()).isTrue();

        assertThatThrownBy(() -> executor.execute(KEY, INPUT, work))
                .isInstanceOf(UnreadableResultException.class)
                .hasCause(cause);
        assertThat(work.runs()).isZero();
    }

    private byte[] storedBytes(IdempotencyExecutor<String> executor) {
        assertThat(executor.execute(KEY, INPUT, () -> "value").hasValue()).isTrue();
        return scene.row().result().bytes().clone();
    }

    private void store(StoredResult result) {
        ModelStore.Row row = scene.row();
        scene.model.put(
                Scene.id(KEY),
                new ModelStore.Row(
                        RecordState.COMPLETED,
                        row.fingerprint(),
                        row.attemptId(),
                        row.number(),
                        row.token(),
                        row.previous(),
                        row.since(),
                        row.leaseEnd(),
                        row.expiry(),
                        result));
    }

    private void assertUnreadable(IdempotencyExecutor<String> executor, String found, String expected) {
        ModelStore.Row before = scene.row();
        assertThatThrownBy(() -> executor.execute(KEY, INPUT, work))
                .isInstanceOfSatisfying(UnreadableResultException.class, it -> {
                    assertThat(it.found()).contains(found);
                    assertThat(it.expected()).contains(expected);
                    assertThat(it.getMessage())
                            .contains(it.found(), it.expected(), Scene.id(KEY).toString());
                });
        assertThat(work.runs()).isZero();
        assertThat(scene.row()).isSameAs(before);
    }
}
