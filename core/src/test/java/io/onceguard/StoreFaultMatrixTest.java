package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.RanUnguarded;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A call makes two calls of the store: one to acquire, one last write. Each fails in each way, once or until the store
 * is healed, under each policy; the table says what the caller gets, then and later.
 */
@Timeout(60)
class StoreFaultMatrixTest {

    /** How the work ends, and so what the last write is. */
    enum Ending {
        VALUE(Verb.COMPLETE, null),
        VALUE_NOT_RECORDED(Verb.RELEASE, null),
        VALUE_NOT_KEPT(Verb.COMPLETE, null),
        VALUE_NOT_KEPT_RELEASED(Verb.RELEASE, null),
        FAILURE_RELEASED(Verb.RELEASE, FailurePolicy.RELEASE),
        FAILURE_RECORDED(Verb.COMPLETE, FailurePolicy.RECORD),
        FAILURE_HELD(Verb.HOLD, FailurePolicy.HOLD);

        private final Verb lastWrite;
        private final FailurePolicy failurePolicy;

        Ending(Verb lastWrite, FailurePolicy failurePolicy) {
            this.lastWrite = lastWrite;
            this.failurePolicy = failurePolicy;
        }

        boolean throwsFailure() {
            return failurePolicy != null;
        }

        boolean hasResult() {
            return lastWrite == Verb.COMPLETE;
        }

        Recording recording() {
            return switch (this) {
                case VALUE -> Recording.RECORDED;
                case VALUE_NOT_KEPT -> Recording.RESULT_NOT_KEPT;
                default -> Recording.NOT_RECORDED;
            };
        }
    }

    /** How a call of the store fails. */
    @SuppressWarnings("ImmutableEnumChecker") // a test changes none of it
    enum How {
        REFUSED(Fault.refused(), false, false),
        LOST_REQUEST(Fault.lostRequest(), true, false),
        LOST_REPLY(Fault.lostReply(), true, true),
        FOREIGN(Fault.foreign(), true, false),
        ERROR(
                new Fault() {
                    @Override
                    public <R> R befall(Supplier<R> call) {
                        throw new NoClassDefFoundError("planted");
                    }
                },
                true,
                false);

        private final Fault fault;
        private final boolean ambiguous;
        private final boolean applied;

        How(Fault fault, boolean ambiguous, boolean applied) {
            this.fault = fault;
            this.ambiguous = ambiguous;
            this.applied = applied;
        }
    }

    /** Which calls of the store fail. */
    enum Which {
        FIRST_ACQUIRE,
        EVERY_ACQUIRE,
        FIRST_LAST_WRITE,
        EVERY_LAST_WRITE,
        EVERY_CALL;

        boolean isAcquire() {
            return this == FIRST_ACQUIRE || this == EVERY_ACQUIRE || this == EVERY_CALL;
        }

        boolean isOnce() {
            return this == FIRST_ACQUIRE || this == FIRST_LAST_WRITE;
        }
    }

    record Row(Scene.Kind kind, Guarantee guarantee, boolean failOpen, Ending ending, Which which, How how) {

        /** Asking again makes good for one failure that leaves open whether the call was applied. */
        boolean isHealedByAskingAgain() {
            return which.isOnce() && how.ambiguous;
        }
    }

    static Stream<Row> table() {
        return Stream.of(Scene.Kind.values())
                .flatMap(kind -> Stream.of(Guarantee.values())
                        .flatMap(guarantee -> Stream.of(false, true)
                                .flatMap(open -> Stream.of(Ending.values())
                                        .flatMap(ending -> Stream.of(Which.values())
                                                .flatMap(which -> Stream.of(How.values())
                                                        .map(how -> new Row(
                                                                kind, guarantee, open, ending, which, how)))))));
    }

    /** What one call came to. */
    private record Answer(Outcome<String> outcome, Throwable thrown) {}

    private final AtomicInteger runs = new AtomicInteger();

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void A23_A24_A25_A26_everyFaultUnderEveryPolicy(Row row) {
        Scene scene = new Scene(row.kind);
        IdempotencyExecutor<String> executor = executor(scene, row);
        plant(scene.store, row);

        Answer answer = call(executor, row.ending);

        if (row.isHealedByAskingAgain()) {
            checkUndisturbed(scene, executor, row, answer);
        } else if (row.which.isAcquire()) {
            checkNotAsked(scene, executor, row, answer);
        } else {
            checkDeferred(scene, executor, row, answer);
        }
        assertThat(StoreNode.of(scene.store, scene.platform).meetings).isEmpty();
    }

    private static IdempotencyExecutor<String> executor(Scene scene, Row row) {
        IdempotencyExecutorBuilder<String> builder = scene.with(row.guarantee);
        if (row.failOpen) {
            builder.failOpen();
        }
        if (row.ending.throwsFailure()) {
            builder.onFailure(IllegalStateException.class, row.ending.failurePolicy);
        }
        if (row.ending == Ending.VALUE_NOT_KEPT_RELEASED) {
            builder.releaseUnkeptResults();
        }
        if (row.ending == Ending.VALUE_NOT_KEPT || row.ending == Ending.VALUE_NOT_KEPT_RELEASED) {
            builder.maxResultBytes(3);
        }
        return builder.build();
    }

    private static void plant(FaultyStore store, Row row) {
        switch (row.which) {
            case FIRST_ACQUIRE -> store.next(Verb.ACQUIRE, row.how.fault);
            case EVERY_ACQUIRE -> store.always(Verb.ACQUIRE, row.how.fault);
            case FIRST_LAST_WRITE -> store.next(row.ending.lastWrite, row.how.fault);
            case EVERY_LAST_WRITE -> store.always(row.ending.lastWrite, row.how.fault);
            case EVERY_CALL -> store.always(row.how.fault);
        }
    }

    private Answer call(IdempotencyExecutor<String> executor, Ending ending) {
        AttemptWork<String, RuntimeException> work = attempt -> {
            int run = runs.incrementAndGet();
            if (ending.throwsFailure()) {
                throw new IllegalStateException("declined" + run);
            }
            if (ending == Ending.VALUE_NOT_RECORDED) {
                attempt.doNotRecord();
            }
            return "value-" + run;
        };
        try {
            return new Answer(executor.execute(KEY, INPUT, work), null);
        } catch (Throwable thrown) {
            return new Answer(null, thrown);
        }
    }

    // ---- what the table says

    /** As if nothing had failed: asked again, the store gave the answer that was lost. */
    private void checkUndisturbed(Scene scene, IdempotencyExecutor<String> executor, Row row, Answer answer) {
        assertThat(runs).hasValue(1);
        assertThat(scene.listener.of(StoreFailed.class)).hasSize(1);
        assertThat(scene.store.calls()).hasSize(3);
        if (row.ending.throwsFailure()) {
            assertThat(answer.thrown).isInstanceOf(IllegalStateException.class).hasNoSuppressedExceptions();
        } else {
            Expect.executed(answer.outcome, "value-1", row.ending.recording());
        }
        Expect.record(scene, stateAfter(row.ending), 1);
        checkLater(executor, row);
    }

    private static RecordState stateAfter(Ending ending) {
        return switch (ending.lastWrite) {
            case COMPLETE -> RecordState.COMPLETED;
            case HOLD -> RecordState.HELD;
            default -> RecordState.RELEASED;
        };
    }

    /** The store could not be asked: the work does not run, or runs without protection. */
    private void checkNotAsked(Scene scene, IdempotencyExecutor<String> executor, Row row, Answer answer) {
        if (row.failOpen) {
            assertThat(runs).hasValue(1);
            assertThat(scene.listener.of(RanUnguarded.class)).hasSize(1);
            if (row.ending.throwsFailure()) {
                assertThat(answer.thrown).isInstanceOf(IllegalStateException.class);
            } else {
                Expect.executed(answer.outcome, "value-1", Recording.UNGUARDED);
            }
        } else {
            assertThat(runs).hasValue(0);
            assertThat(answer.thrown).isInstanceOf(IdempotencyStoreException.class);
            assertThat(((IdempotencyStoreException) answer.thrown).ambiguous()).isEqualTo(row.how.ambiguous);
        }
        assertThat(scene.listener.of(WriteDeferred.class)).isEmpty();
        scene.store.heal();
        int before = runs.get();

        Answer next = call(executor, row.ending);

        // Given up: what may have been acquired was given back, so that the key is free now.
        assertThat(runs).hasValue(before + 1);
        assertThat(next.thrown == null).isEqualTo(!row.ending.throwsFailure());
        Expect.record(scene, stateAfter(row.ending), row.how.applied ? 2 : 1);
    }

    /** The last write goes on in the background, and what the work returned or threw reaches the caller now. */
    private void checkDeferred(Scene scene, IdempotencyExecutor<String> executor, Row row, Answer answer) {
        assertThat(runs).hasValue(1);
        if (row.ending.throwsFailure()) {
            assertThat(answer.thrown).isInstanceOf(IllegalStateException.class).hasMessage("declined1");
            assertThat(answer.thrown.getSuppressed()).hasSize(1);
            assertThat(answer.thrown.getSuppressed()[0]).isInstanceOf(StoreException.class);
        } else {
            Recording recording = row.ending.hasResult() ? Recording.DEFERRED : Recording.NOT_RECORDED;
            Expect.executed(answer.outcome, "value-1", recording);
        }
        if (row.ending.hasResult()) {
            Expect.inProgress(call(executor, row.ending).outcome);
            assertThat(runs).hasValue(1);
        }
        assertThat(phases(scene)).containsExactly(WriteDeferred.Phase.DEFERRED);

        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));

        assertThat(phases(scene)).containsExactly(WriteDeferred.Phase.DEFERRED, WriteDeferred.Phase.WRITTEN);
        assertThat(executor.awaitDeferred(Duration.ZERO)).isTrue();
        assertThat(runs).hasValue(1);
        Expect.record(scene, stateAfter(row.ending), 1);
        checkLater(executor, row);
    }

    private static List<WriteDeferred.Phase> phases(Scene scene) {
        return scene.listener.of(WriteDeferred.class).stream()
                .map(WriteDeferred::phase)
                .toList();
    }

    /** The call after that. */
    private void checkLater(IdempotencyExecutor<String> executor, Row row) {
        Answer later = call(executor, row.ending);
        switch (row.ending) {
            case VALUE -> Expect.replayed(later.outcome, "value-1");
            case VALUE_NOT_KEPT -> Expect.unresolved(later.outcome, UnresolvedReason.RESULT_NOT_KEPT);
            case FAILURE_RECORDED -> assertThat(later.thrown).isInstanceOf(RecordedFailureException.class);
            case VALUE_NOT_RECORDED, VALUE_NOT_KEPT_RELEASED ->
                Expect.executed(later.outcome, "value-2", Recording.NOT_RECORDED);
            case FAILURE_RELEASED -> assertThat(later.thrown).hasMessage("declined2");
            case FAILURE_HELD -> {
                if (row.guarantee == Guarantee.AT_LEAST_ONCE) {
                    assertThat(later.thrown).hasMessage("declined2");
                } else {
                    Expect.unresolved(later.outcome, UnresolvedReason.HELD);
                }
            }
        }
    }
}
