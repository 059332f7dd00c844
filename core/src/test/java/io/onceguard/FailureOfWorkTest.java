package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.IdempotencyListener.WorkFailed;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The work throws: who gets what, and what becomes of the record. */
@EachVariant
class FailureOfWorkTest {

    private final Guarantee guarantee;
    private final Scene scene;
    private final Counted work = new Counted();

    FailureOfWorkTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
    }

    private IdempotencyExecutorBuilder<String> builder() {
        return scene.with(guarantee);
    }

    private IdempotencyExecutor<String> with(FailurePolicy policy) {
        return builder().onFailure(Throwable.class, policy).build();
    }

    private static <X extends Exception> Throwable failureOf(IdempotencyExecutor<String> executor, X failure) {
        return catchThrowable(() -> executor.run(KEY, INPUT, () -> {
            throw failure;
        }));
    }

    private RecordState state() {
        return scene.row().state();
    }

    // ---- A11

    @Test
    void A11_exceptionReachesTheCallerAsItselfAndTheKeyIsFreeAtOnce() {
        IdempotencyExecutor<String> executor = with(FailurePolicy.RELEASE);
        IOException failure = new IOException("no");

        assertThat(failureOf(executor, failure)).isSameAs(failure);
        assertThat(failure.getSuppressed()).isEmpty();
        assertThat(state()).isEqualTo(RecordState.RELEASED);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.RELEASE);
        assertThat(scene.listener.events())
                .containsExactly(new WorkFailed(Scene.id(KEY), FailurePolicy.RELEASE, failure));

        Outcome<String> next = executor.execute(KEY, INPUT, attempt -> {
            assertThat(attempt.number()).isEqualTo(2);
            assertThat(attempt.previous()).isEqualTo(PreviousAttempt.RELEASED);
            return work.run();
        });
        assertThat(next.orElseThrow()).isEqualTo("value-1");
    }

    @Test
    void A11_defaultIsReleaseAtLeastOnceAndHoldAtMostOnce() {
        IdempotencyExecutor<String> executor = builder().build();
        boolean atLeastOnce = guarantee == Guarantee.AT_LEAST_ONCE;

        assertThat(failureOf(executor, new IOException("no"))).hasMessage("no");

        assertThat(state()).isEqualTo(atLeastOnce ? RecordState.RELEASED : RecordState.HELD);
        Outcome<String> next = executor.execute(KEY, INPUT, work);
        if (atLeastOnce) {
            assertThat(next.orElseThrow()).isEqualTo("value-1");
        } else {
            assertThat(next).isEqualTo(new Unresolved<>(Scene.id(KEY), UnresolvedReason.HELD));
            assertThat(work.runs()).isZero();
        }
    }

    // ---- A12

    @Test
    void A12_recordedFailureIsReplayedByTypeNameAndCode() {
        IdempotencyExecutor<String> executor = builder()
                .onFailure(IOException.class, FailurePolicy.RECORD)
                .failureCode(failure -> "card_declined")
                .build();
        IOException failure = new FileNotFoundException("personal data");
        assertThat(failureOf(executor, failure)).isSameAs(failure);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.COMPLETE);

        List<Throwable> replayed = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            replayed.add(catchThrowable(() -> executor.execute(KEY, INPUT, work)));
        }

        assertThat(replayed)
                .allSatisfy(each -> assertThat(each).isInstanceOfSatisfying(RecordedFailureException.class, it -> {
                    assertThat(it.typeName()).isEqualTo(FileNotFoundException.class.getName());
                    assertThat(it.code()).isEqualTo("card_declined");
                    assertThat(it.recordedMessage()).isNull();
                    assertThat(it.getMessage()).doesNotContain("personal data");
                }));
        assertThat(replayed.get(0)).isNotSameAs(replayed.get(1));
        assertThat(work.runs()).isZero();
    }

    @Test
    void A12_messageOfARecordedFailureIsKeptOnRequest() {
        IdempotencyExecutor<String> executor = builder()
                .onFailure(IOException.class, FailurePolicy.RECORD)
                .keepFailureMessages()
                .build();
        assertThat(failureOf(executor, new IOException("no funds"))).hasMessage("no funds");

        assertThatThrownBy(() -> executor.execute(KEY, INPUT, work))
                .isInstanceOfSatisfying(RecordedFailureException.class, it -> {
                    assertThat(it.recordedMessage()).isEqualTo("no funds");
                    assertThat(it.code()).isNull();
                });
    }

    @Test
    void A12_failureCodecReplaysTheOwnTypeAfreshAlsoAnUncheckedOne() {
        ResultCodec<Throwable> codec = ResultCodec.of(
                "failures",
                failure -> failure.getMessage().getBytes(StandardCharsets.UTF_8),
                bytes -> new FileNotFoundException(new String(bytes, StandardCharsets.UTF_8)));
        IdempotencyExecutor<String> executor = builder()
                .onFailure(IOException.class, FailurePolicy.RECORD)
                .failureCodec(codec)
                .build();
        FileNotFoundException failure = new FileNotFoundException("gone");
        assertThat(failureOf(executor, failure)).isSameAs(failure);

        assertThatThrownBy(() -> executor.execute(KEY, INPUT, work))
                .isExactlyInstanceOf(FileNotFoundException.class)
                .hasMessage("gone")
                .isNotSameAs(failure);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A12_failureThatTheCodecCannotEncodeIsRecordedByName() {
        ResultCodec<Throwable> codec = ResultCodec.of(
                "failures",
                failure -> {
                    throw new IllegalArgumentException("cannot");
                },
                bytes -> new IOException());
        IdempotencyExecutor<String> executor = builder()
                .onFailure(IOException.class, FailurePolicy.RECORD)
                .failureCodec(codec)
                .build();
        IOException failure = new IOException("no");
        assertThat(failureOf(executor, failure)).isSameAs(failure);

        assertThatThrownBy(() -> executor.execute(KEY, INPUT, work))
                .isInstanceOfSatisfying(
                        RecordedFailureException.class,
                        it -> assertThat(it.typeName()).isEqualTo(IOException.class.getName()));
    }

    @Test
    void A12_heldFailureIsUnresolvedAtMostOnceAndRunsAgainAtLeastOnce() {
        IdempotencyExecutor<String> executor = with(FailurePolicy.HOLD);
        IOException failure = new IOException("timeout");

        assertThat(failureOf(executor, failure)).isSameAs(failure);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.HOLD);
        assertThat(state()).isEqualTo(RecordState.HELD);

        Outcome<String> next = executor.execute(KEY, INPUT, attempt -> {
            assertThat(attempt.number()).isEqualTo(2);
            assertThat(attempt.previous()).isEqualTo(PreviousAttempt.HELD);
            return work.run();
        });
        if (guarantee == Guarantee.AT_LEAST_ONCE) {
            assertThat(next.orElseThrow()).isEqualTo("value-1");
        } else {
            assertThat(next).isEqualTo(new Unresolved<>(Scene.id(KEY), UnresolvedReason.HELD));
        }
    }

    @Test
    void A12_mostSpecificTypeDecidesWhateverTheOrder() {
        IdempotencyExecutor<String> executor = builder()
                .onFailure(FileNotFoundException.class, FailurePolicy.RECORD)
                .onFailure(Exception.class, FailurePolicy.RELEASE)
                .onFailure(IOException.class, FailurePolicy.HOLD)
                .onFailure(Throwable.class, FailurePolicy.RECORD)
                .build();
        List<Throwable> failures =
                List.of(new Exception(), new IOException(), new FileNotFoundException(), new StackOverflowError());
        List<RecordState> states = new ArrayList<>();
        for (Throwable failure : failures) {
            IdempotencyKey key = IdempotencyKey.unscoped(failure.getClass().getName());
            assertThatThrownBy(() -> executor.execute(key, INPUT, () -> {
                        if (failure instanceof Error error) {
                            throw error;
                        }
                        throw (Exception) failure;
                    }))
                    .isSameAs(failure);
            states.add(scene.model.row(Scene.id(key)).state());
        }
        assertThat(states)
                .containsExactly(RecordState.RELEASED, RecordState.HELD, RecordState.COMPLETED, RecordState.COMPLETED);
    }

    // ---- A13

    @Test
    void A13_exceptionsThatTheStoreAlsoThrowsAreStillTheWorks() {
        IdempotencyExecutor<String> executor = builder()
                .failOpen()
                .onFailure(Exception.class, FailurePolicy.RELEASE)
                .build();
        for (RuntimeException failure : List.of(
                new StoreException("of the work", true, null),
                new StoreException("of the work", false, null),
                new IdempotencyStoreException(Scene.id(KEY), new StoreException("inner", true, null)),
                new OperationInProgressException(Scene.id(KEY), Scene.LEASE),
                new FingerprintMismatchException(Scene.id(KEY)))) {
            int[] runs = {0};
            assertThat(catchThrowable(() -> executor.run(KEY, INPUT, () -> {
                        runs[0]++;
                        throw failure;
                    })))
                    .isSameAs(failure);
            assertThat(runs[0]).isEqualTo(1);
            assertThat(state()).isEqualTo(RecordState.RELEASED);
        }
        assertThat(scene.listener.of(StoreFailed.class)).isEmpty();
        assertThat(scene.listener.of(WorkFailed.class)).hasSize(5);
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(5);
    }

    @Test
    void A13_oneExceptionObjectOfBothWorkAndStoreIsNotSuppressedIntoItself() {
        StoreException failure = new StoreException("shared connection", false, null);
        IdempotencyExecutor<String> executor = with(FailurePolicy.RELEASE);
        scene.store.next(Verb.RELEASE, Fault.throwing(failure));

        assertThat(failureOf(executor, failure)).isSameAs(failure);
        assertThat(failure.getSuppressed()).isEmpty();
    }

    // ---- A14

    @ParameterizedTest
    @EnumSource
    void A14_errorsReachTheCallerAsThemselvesAndThePolicyHolds(FailurePolicy policy) {
        Error failure = new StackOverflowError();

        assertThatThrownBy(() -> with(policy).run(KEY, INPUT, () -> {
                    throw failure;
                }))
                .isSameAs(failure);

        assertThat(state())
                .isEqualTo(
                        switch (policy) {
                            case RELEASE -> RecordState.RELEASED;
                            case HOLD -> RecordState.HELD;
                            case RECORD -> RecordState.COMPLETED;
                        });
    }

    @ParameterizedTest
    @EnumSource
    void A14_interruptedWorkThrowsAsItselfAndItsFlagIsKeptButNotDuringStoreCalls(FailurePolicy policy) {
        List<Boolean> flags = flagsDuringStoreCalls();
        IdempotencyExecutor<String> executor = with(policy);
        InterruptedException failure = new InterruptedException("stop");
        Caller<Outcome<String>> caller = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            Thread.currentThread().interrupt();
            throw failure;
        }));

        assertThat(caller.failure()).isSameAs(failure);
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
        assertThat(flags).containsExactly(false, false);
        assertThat(state()).isNotEqualTo(RecordState.IN_PROGRESS);
    }

    @Test
    void A14_interruptOfBlockingWorkReachesTheCaller() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = with(FailurePolicy.RELEASE);
        Caller<Outcome<String>> caller = scene.start(() -> executor.run(KEY, INPUT, gate::await));
        caller.interrupt();

        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(state()).isEqualTo(RecordState.RELEASED);
    }

    @Test
    void A14_workThatReturnsInterruptedIsRecordedAndTheFlagIsSetAfterwards() {
        List<Boolean> flags = flagsDuringStoreCalls();
        IdempotencyExecutor<String> executor = builder().build();
        Caller<Outcome<String>> caller = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            Thread.currentThread().interrupt();
            return "done";
        }));

        assertThat(caller.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
        assertThat(flags).containsExactly(false, false);
        assertThat(executor.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("done");
    }

    @Test
    void A14_flagIsDownForTheLookAfterARefusedCompletionToo() {
        List<Boolean> flags = flagsDuringStoreCalls();
        IdempotencyExecutor<String> executor = builder().build();
        Caller<Outcome<String>> caller = scene.start(() -> executor.execute(KEY, INPUT, attempt -> {
            assertThat(scene.model.delete(Scene.id(KEY), attempt.fencingToken()))
                    .isTrue();
            Thread.currentThread().interrupt();
            return "done";
        }));

        assertThat(caller.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.LEASE_LOST));
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.COMPLETE, Verb.FIND);
        assertThat(flags).containsExactly(false, false, false);
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
    }

    @Test
    void A14_notInterruptedWorkLeavesTheFlagDown() {
        Caller<Outcome<String>> caller = scene.start(() -> builder().build().execute(KEY, INPUT, work));

        assertThat(caller.result().hasValue()).isTrue();
        assertThat(caller.wasInterruptedAtEnd()).isFalse();
    }

    private List<Boolean> flagsDuringStoreCalls() {
        List<Boolean> flags = new ArrayList<>();
        scene.store.always(Fault.before(() -> flags.add(Thread.currentThread().isInterrupted())));
        return flags;
    }

    // ---- A17

    @Test
    void A17_valueThatIsNotToBeRecordedIsDeliveredAndTheKeyIsFree() {
        IdempotencyExecutor<String> executor = builder().build();
        Outcome<String> first = executor.execute(KEY, INPUT, attempt -> {
            attempt.doNotRecord();
            return "partial";
        });

        assertNotRecorded(first, "partial");
        assertThat(executor.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("value-1");
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
    }

    @Test
    void A17_predicateSaysWhichValuesAreRecorded() {
        IdempotencyExecutor<String> executor =
                builder().recordWhen(value -> !value.equals("value-1")).build();

        assertNotRecorded(executor.execute(KEY, INPUT, work), "value-1");
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isFalse();
        assertThat(executor.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("value-2");
        assertThat(work.runs()).isEqualTo(2);
    }

    private void assertNotRecorded(Outcome<String> outcome, String value) {
        assertThat(outcome).isInstanceOfSatisfying(Executed.class, it -> {
            assertThat(it.value()).isEqualTo(value);
            assertThat(it.recording()).isEqualTo(Recording.NOT_RECORDED);
            assertThat(it.isProvisional()).isFalse();
        });
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.RELEASE);
        assertThat(state()).isEqualTo(RecordState.RELEASED);
        assertThat(scene.row().result()).isNull();
    }

    @Test
    void A17_predicateThatThrowsDoesNotLoseTheResult() {
        IdempotencyExecutor<String> executor = builder()
                .recordWhen(value -> {
                    throw new IllegalStateException("broken predicate");
                })
                .build();

        assertThat(executor.execute(KEY, INPUT, work).orElseThrow()).isEqualTo("value-1");
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
    }

    @Test
    void A17_attemptIsInertOnceItsWorkHasReturned() {
        List<Attempt> kept = new ArrayList<>();
        IdempotencyExecutor<String> executor = builder()
                .recordWhen(value -> {
                    Attempt attempt = kept.get(0);
                    attempt.doNotRecord();
                    attempt.retainFor(io.onceguard.spi.Retention.forever());
                    return true;
                })
                .build();
        Outcome<String> outcome = executor.execute(KEY, INPUT, attempt -> {
            assertThat(attempt.leaseHeld()).isTrue();
            kept.add(attempt);
            return "value";
        });

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
        assertThat(scene.row().expiry()).isNotEqualTo(Long.MAX_VALUE);
        assertThat(kept.get(0).leaseHeld()).isFalse();
        assertThat(kept.get(0).number()).isEqualTo(1);
    }
}
