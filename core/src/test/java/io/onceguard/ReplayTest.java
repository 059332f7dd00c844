package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.OTHER_INPUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.FailureReplayed;
import io.onceguard.IdempotencyListener.FingerprintNotCompared;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.FingerprintMismatch;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Gated;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One call after the other: what runs, what is stored, what is replayed. */
@EachVariant
class ReplayTest {

    private final Guarantee guarantee;
    private final Scene scene;
    private final IdempotencyExecutor<String> executor;
    private final Counted work = new Counted();

    ReplayTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
        this.executor = scene.with(guarantee).build();
    }

    private <T extends @Nullable Object> IdempotencyExecutor<T> executor(ResultCodec<T> codec) {
        return scene.with(guarantee, scene.store, codec).build();
    }

    // ---- A01

    @Test
    void A01_unkeyedCallRunsEachTimeWithoutAnyStoreCall() {
        IdempotentCall call = IdempotentCall.unkeyed().waiting(WaitPolicy.upTo(Duration.ofSeconds(1)));

        Outcome<String> first = executor.execute(call, work);
        Outcome<String> second = executor.execute(call.originId("mine"), work);

        assertThat(first).isInstanceOfSatisfying(Executed.class, it -> {
            assertThat(it.value()).isEqualTo("value-1");
            assertThat(it.recording()).isEqualTo(Recording.NOT_RECORDED);
            assertThat(it.originId()).startsWith("req_");
        });
        assertThat(second).isEqualTo(new Executed<>("value-2", Recording.NOT_RECORDED, "mine"));
        assertThat(scene.store.calls()).isEmpty();
        assertThat(scene.platform.threads()).isEmpty();
    }

    @Test
    void A01_unkeyedWorkHasAnAttemptWithoutLease() {
        List<String> derived = new ArrayList<>();
        Outcome<String> outcome = executor.execute(IdempotentCall.unkeyed().originId("mine"), attempt -> {
            assertThat(attempt.number()).isEqualTo(1);
            assertThat(attempt.previous()).isEqualTo(PreviousAttempt.NONE);
            assertThat(attempt.fencingToken()).isZero();
            assertThat(attempt.leaseHeld()).isFalse();
            assertThat(attempt.originId()).isEqualTo("mine");
            derived.add(attempt.deriveKey("step"));
            attempt.retainFor(io.onceguard.spi.Retention.forever());
            return "done";
        });
        Outcome<String> other = executor.execute(IdempotentCall.unkeyed(), attempt -> {
            derived.add(attempt.deriveKey("step"));
            return "done";
        });

        assertThat(outcome.orElseThrow()).isEqualTo("done");
        assertThat(other.orElseThrow()).isEqualTo("done");
        assertThat(derived).doesNotHaveDuplicates();
        assertThat(scene.store.calls()).isEmpty();
    }

    @Test
    void A01_unkeyedFailureReachesTheCallerAsItself() {
        RuntimeException failure = new IllegalStateException("no");

        assertThatThrownBy(() -> executor.run(IdempotentCall.unkeyed(), attempt -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(scene.store.calls()).isEmpty();
        assertThat(scene.listener.of(IdempotencyListener.WorkFailed.class))
                .containsExactly(new IdempotencyListener.WorkFailed(null, null, failure));
    }

    // ---- A02, A03, A04

    @Test
    void A02_firstCallRunsAndRecordsAndTheSecondReplays() {
        Outcome<String> first = executor.execute(KEY, INPUT, work);
        Outcome<String> second = executor.execute(KEY, Fingerprint.of("input"), work);

        assertThat(first).isInstanceOfSatisfying(Executed.class, it -> {
            assertThat(it.value()).isEqualTo("value-1");
            assertThat(it.recording()).isEqualTo(Recording.RECORDED);
            assertThat(it.isProvisional()).isFalse();
        });
        assertThat(second)
                .isInstanceOfSatisfying(
                        Replayed.class, it -> assertThat(it.value()).isEqualTo("value-1"));
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void A02_anotherNodeReplaysToo() {
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();
        IdempotencyExecutor<String> elsewhere =
                scene.with(guarantee, scene.anotherNode()).build();

        assertThat(elsewhere.execute(KEY, INPUT, work).isReplay()).isTrue();
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void A02_recordInProgressSaysWhoRunsAndForHowLong() {
        Gated gated = new Gated(scene.platform.gate());
        Caller<Outcome<String>> caller = scene.start(() -> executor.execute(KEY, INPUT, gated));

        ModelStore.Row row = scene.row();
        assertThat(row.state()).isEqualTo(RecordState.IN_PROGRESS);
        assertThat(row.number()).isEqualTo(1);
        assertThat(row.leaseEnd()).isEqualTo(Duration.ofSeconds(30).toNanos());
        assertThat(row.expiry()).isEqualTo(Duration.ofHours(24).plusSeconds(30).toNanos());

        gated.gate.open();
        assertThat(caller.result().orElseThrow()).isEqualTo("value-1");
        assertThat(scene.row().state()).isEqualTo(RecordState.COMPLETED);
    }

    @Test
    void A03_replayIsOneStoreCallAndNoWrite() {
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();
        ModelStore.Row before = scene.row();
        scene.store.clearCalls();

        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();

        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
        assertThat(scene.row()).isSameAs(before);
    }

    @Test
    void A03_replayOfAFailureIsOneStoreCallAndNoWrite() {
        IdempotencyExecutor<String> recording = scene.with(guarantee)
                .onFailure(Exception.class, FailurePolicy.RECORD)
                .build();
        assertThatThrownBy(() -> recording.run(KEY, INPUT, () -> {
                    throw new IllegalStateException();
                }))
                .isInstanceOf(IllegalStateException.class);
        ModelStore.Row before = scene.row();
        scene.store.clearCalls();

        assertThatThrownBy(() -> recording.execute(KEY, INPUT, work)).isInstanceOf(RecordedFailureException.class);

        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
        assertThat(scene.row()).isSameAs(before);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A04_executedCallIsTwoStoreCalls() {
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();

        assertThat(scene.store.calls())
                .containsExactly(
                        new FaultyStore.Call(Verb.ACQUIRE, Scene.id(KEY)),
                        new FaultyStore.Call(Verb.COMPLETE, Scene.id(KEY)));
    }

    // ---- A05, A06

    @Test
    void A05_otherFingerprintIsAMismatchAndChangesNothing() {
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();
        ModelStore.Row before = scene.row();
        scene.store.clearCalls();

        Outcome<String> other = executor.execute(KEY, OTHER_INPUT, work);

        assertThat(other).isEqualTo(new FingerprintMismatch<>(Scene.id(KEY)));
        assertThat(work.runs()).isEqualTo(1);
        assertThat(scene.row()).isSameAs(before);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
    }

    @Test
    void A05_otherFingerprintIsAMismatchAtOnceWhileTheFirstRuns() {
        Gated gated = new Gated(scene.platform.gate());
        Caller<Outcome<String>> first = scene.start(() -> executor.execute(KEY, INPUT, gated));
        ModelStore.Row before = scene.row();
        IdempotentCall patient = IdempotentCall.of(KEY, OTHER_INPUT).waiting(WaitPolicy.upTo(Duration.ofSeconds(5)));
        IdempotencyExecutor<String> elsewhere =
                scene.with(guarantee, scene.anotherNode()).build();

        for (IdempotencyExecutor<String> each : List.of(executor, elsewhere)) {
            assertThat(each.execute(KEY, OTHER_INPUT, work)).isInstanceOf(FingerprintMismatch.class);
            assertThat(scene.start(() -> each.execute(patient, work)).result()).isInstanceOf(FingerprintMismatch.class);
        }

        assertThat(work.runs()).isZero();
        assertThat(scene.row()).isSameAs(before);
        gated.gate.open();
        assertThat(first.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
    }

    @Test
    void A05_otherFingerprintIsAMismatchOnAHeldRecord() {
        IdempotencyExecutor<String> holding = scene.with(guarantee)
                .onFailure(Exception.class, FailurePolicy.HOLD)
                .build();
        assertThatThrownBy(() -> holding.run(KEY, INPUT, () -> {
                    throw new IllegalStateException();
                }))
                .isInstanceOf(IllegalStateException.class);
        ModelStore.Row held = scene.row();
        assertThat(held.state()).isEqualTo(RecordState.HELD);

        assertThat(executor.execute(KEY, OTHER_INPUT, work)).isInstanceOf(FingerprintMismatch.class);
        assertThat(scene.row()).isSameAs(held);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A05_otherFingerprintIsAMismatchOnAnAbandonedRecord() {
        ModelStore.Row abandoned = scene.abandoned(KEY, INPUT);

        assertThat(executor.execute(KEY, OTHER_INPUT, work)).isInstanceOf(FingerprintMismatch.class);
        assertThat(scene.row()).isSameAs(abandoned);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A05_releasedKeyTakesAnyFingerprint() {
        assertThat(executor.execute(KEY, INPUT, attempt -> {
                            attempt.doNotRecord();
                            return "dropped";
                        })
                        .hasValue())
                .isTrue();

        assertThat(executor.execute(KEY, OTHER_INPUT, work).orElseThrow()).isEqualTo("value-1");
        assertThat(executor.execute(KEY, INPUT, work)).isInstanceOf(FingerprintMismatch.class);
    }

    @Test
    void A05_fingerprintsThatCannotBeComparedCountAsEqualAndAreCounted() {
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();
        Fingerprint foreign = Fingerprint.custom("other-1", new byte[] {1});

        assertThat(executor.execute(KEY, Fingerprint.none(), work).isReplay()).isTrue();
        assertThat(executor.execute(KEY, foreign, work).isReplay()).isTrue();

        assertThat(scene.listener.of(FingerprintNotCompared.class)).hasSize(2);
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void A05_abandonedRecordWhoseFingerprintCannotBeComparedIsTakenOverByItsToken() {
        ModelStore.Row abandoned = scene.abandoned(KEY, Fingerprint.none());

        Outcome<String> outcome = executor.execute(KEY, INPUT, work);

        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            assertThat(outcome.orElseThrow()).isEqualTo("value-1");
            assertThat(scene.row().number()).isEqualTo(abandoned.number() + 1);
            assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.ACQUIRE, Verb.COMPLETE);
            assertThat(executor.execute(KEY, OTHER_INPUT, work)).isInstanceOf(FingerprintMismatch.class);
        } else {
            assertThat(outcome).isEqualTo(new Outcome.Unresolved<>(Scene.id(KEY), UnresolvedReason.INTERRUPTED));
            assertThat(scene.row()).isSameAs(abandoned);
            assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
        }
        assertThat(scene.listener.of(FingerprintNotCompared.class)).hasSize(1);
    }

    @Test
    void A05_waitingCallCountsAFingerprintThatCannotBeComparedOnce() {
        Gated gated = new Gated(scene.platform.gate());
        Caller<Outcome<String>> first = scene.start(() -> executor.execute(KEY, INPUT, gated));
        IdempotentCall unchecked =
                IdempotentCall.of(KEY, Fingerprint.none()).waiting(WaitPolicy.upTo(Duration.ofSeconds(60)));
        Caller<Outcome<String>> second = scene.start(() -> executor.execute(unchecked, work));
        scene.platform.pass(Duration.ofSeconds(45)); // over several looks at the lease
        gated.gate.open();

        assertThat(first.result().hasValue()).isTrue();
        assertThat(second.result().isReplay()).isTrue();
        assertThat(scene.listener.of(FingerprintNotCompared.class)).hasSize(1);
    }

    @Test
    void A06_otherOperationAndOtherScopeAreOtherRecords() {
        IdempotencyExecutor<String> refunds = (guarantee == Guarantee.AT_LEAST_ONCE
                        ? IdempotencyExecutor.atLeastOnce("refund", ResultCodec.utf8(), scene.store)
                        : IdempotencyExecutor.atMostOnce("refund", ResultCodec.utf8(), scene.store))
                .platform(scene.platform)
                .build();
        List<IdempotencyKey> keys = List.of(
                KEY,
                IdempotencyKey.of("tenant-8", "order-42"),
                IdempotencyKey.unscoped("order-42"),
                IdempotencyKey.of("order-42", "tenant-7"),
                IdempotencyKey.unscoped("tenant-7order-42"));

        Set<String> values = new HashSet<>();
        for (int round = 0; round < 2; round++) {
            for (IdempotencyKey key : keys) {
                for (IdempotencyExecutor<String> each : List.of(executor, refunds)) {
                    Outcome<String> outcome = each.execute(key, INPUT, work);
                    assertThat(outcome.isReplay()).isEqualTo(round == 1);
                    values.add(outcome.orElseThrow());
                }
            }
            assertThat(values).hasSize(10); // each record replays its own
        }
        assertThat(work.runs()).isEqualTo(10);
    }

    // ---- A15, A16

    @Test
    void A15_nullAndEmptyValuesAreResults() {
        ResultCodec<Boolean> booleans =
                ResultCodec.of("boolean", v -> new byte[] {(byte) (v ? 1 : 0)}, bytes -> bytes[0] == 1);
        ResultCodec<Integer> integers = ResultCodec.of(
                "integer",
                v -> ByteBuffer.allocate(4).putInt(v).array(),
                bytes -> ByteBuffer.wrap(bytes).getInt());
        ResultCodec<List<String>> lists = ResultCodec.of(
                "list",
                v -> String.join(",", v).getBytes(StandardCharsets.UTF_8),
                bytes -> bytes.length == 0
                        ? List.of()
                        : List.of(new String(bytes, StandardCharsets.UTF_8).split(",", -1)));

        assertReplays(executor(ResultCodec.utf8()), "null", null);
        assertReplays(executor(ResultCodec.utf8()), "empty", "");
        assertReplays(executor(booleans), "false", false);
        assertReplays(executor(booleans), "null boolean", null);
        assertReplays(executor(integers), "zero", 0);
        assertReplays(executor(lists), "list", List.of());
        assertReplays(executor(ResultCodec.<String>none()), "none", null);
    }

    private <T extends @Nullable Object> void assertReplays(IdempotencyExecutor<T> of, String key, T value) {
        IdempotencyKey each = IdempotencyKey.unscoped(key);
        Outcome<T> first = of.execute(each, INPUT, () -> value);
        Outcome<T> second = of.execute(each, INPUT, () -> {
            throw new AssertionError("runs again: " + key);
        });

        assertThat(first.orElseThrow()).isEqualTo(value);
        assertThat(second.isReplay()).isTrue();
        assertThat(second.orElseThrow()).isEqualTo(value);
    }

    @Test
    void A15_actionReplaysAsNull() {
        int[] runs = {0};
        for (int i = 0; i < 3; i++) {
            Outcome<String> outcome = executor.run(KEY, INPUT, () -> runs[0]++);
            assertThat(outcome.orElseThrow()).isNull();
            assertThat(outcome.isReplay()).isEqualTo(i > 0);
        }
        assertThat(runs[0]).isEqualTo(1);
    }

    @Test
    void A16_valuesOfFirstCallerAndOfEachReplayAreIndependent() {
        IdempotencyExecutor<byte[]> of = executor(ResultCodec.bytes());
        byte[] original = {1, 2, 3};

        byte[] first = of.execute(KEY, INPUT, () -> original).orElseThrow();
        assertThat(first).isSameAs(original);
        Arrays.fill(first, (byte) 9);
        byte[] second = of.execute(KEY, INPUT, () -> original).orElseThrow();
        assertThat(second).containsExactly(1, 2, 3);
        Arrays.fill(second, (byte) 8);
        byte[] third = of.execute(KEY, INPUT, () -> original).orElseThrow();

        assertThat(third).containsExactly(1, 2, 3);
    }

    @Test
    void A16_valuesOfFollowersAreIndependent() {
        IdempotencyExecutor<byte[]> of = executor(ResultCodec.bytes());
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotentCall patient = Scene.waiting(Duration.ofSeconds(5));
        Work<byte[], InterruptedException> slow = () -> {
            gate.await();
            return new byte[] {1, 2, 3};
        };
        List<Caller<Outcome<byte[]>>> callers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            callers.add(scene.start(() -> of.execute(patient, slow)));
        }
        gate.open();

        for (Caller<Outcome<byte[]>> each : callers) {
            byte[] value = each.result().orElseThrow();
            assertThat(value).containsExactly(1, 2, 3);
            Arrays.fill(value, (byte) 9);
        }
        assertThat(gate.arrived()).isEqualTo(1);
    }

    // ---- A20

    @Test
    void A20_givenOriginIdIsReportedByTheExecutionAndEachReplay() {
        IdempotentCall call = IdempotentCall.of(KEY, INPUT);
        List<String> seen = new ArrayList<>();

        Outcome<String> first = executor.execute(call.originId("first"), attempt -> {
            seen.add(attempt.originId());
            return "value";
        });
        Outcome<String> second = executor.execute(call.originId("second"), work);
        Outcome<String> third = executor.execute(call, work);

        assertThat(seen).containsExactly("first");
        assertThat(first).isEqualTo(new Executed<>("value", Recording.RECORDED, "first"));
        assertThat(second).isEqualTo(new Replayed<>("value", "first"));
        assertThat(third).isEqualTo(new Replayed<>("value", "first"));
    }

    @Test
    void A20_generatedOriginIdsAreReportedAndDiffer() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            IdempotencyKey key = IdempotencyKey.unscoped("key-" + i);
            Executed<String> first = (Executed<String>) executor.execute(key, INPUT, work);
            assertThat(first.originId()).matches("req_[0-9a-f]{28}");
            assertThat(ids.add(first.originId())).isTrue();
            assertThat(executor.execute(key, INPUT, work)).isEqualTo(new Replayed<>(first.value(), first.originId()));
        }
    }

    @Test
    void A20_nullFailureAndMissingResultKeepTheOriginId() {
        IdempotencyExecutor<String> recording = scene.with(guarantee)
                .onFailure(Exception.class, FailurePolicy.RECORD)
                .build();
        IdempotentCall call = IdempotentCall.of(KEY, INPUT).originId("first");
        assertThatThrownBy(() -> recording.run(call, attempt -> {
                    throw new IllegalStateException();
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> recording.execute(call.originId("second"), work))
                .isInstanceOf(RecordedFailureException.class);
        assertThat(scene.listener.of(FailureReplayed.class))
                .containsExactly(new FailureReplayed(Scene.id(KEY), "first"));

        IdempotencyKey key = IdempotencyKey.unscoped("null");
        assertThat(executor.run(IdempotentCall.of(key, INPUT).originId("origin"), attempt -> {})
                        .hasValue())
                .isTrue();
        assertThat(executor.execute(key, INPUT, work)).isEqualTo(new Replayed<>(null, "origin"));
    }
}
