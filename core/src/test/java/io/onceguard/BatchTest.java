package io.onceguard;

import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.ManualPlatform.Gate;
import io.onceguard.Scene.Kind;
import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Duplicate;
import io.onceguard.messaging.Disposition.Processed;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.Rejected.Reason;
import io.onceguard.messaging.Disposition.RetryLater;
import io.onceguard.messaging.Disposition.RetryLater.Cause;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.spi.RecordState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many messages together: what each of them is told, and what the store is asked. */
@EachVariant
class BatchTest {

    private static final Disposition RECORDED = new Processed(Recording.RECORDED, null);
    private static final Disposition DUPLICATE = new Duplicate();

    private final Guarantee guarantee;
    private final Scene scene;
    private final List<Letter> handled = new CopyOnWriteArrayList<>();

    BatchTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
    }

    private record Letter(String key, String content) {}

    private interface Handling {
        void handle(Letter letter, Attempt attempt) throws Exception;
    }

    private static Letter letter(int number) {
        return new Letter("letter-" + number, "content of " + number);
    }

    private static List<Letter> letters(int count) {
        return IntStream.range(0, count).mapToObj(BatchTest::letter).toList();
    }

    private static IdempotencyKey key(Letter letter) {
        return IdempotencyKey.of("tenant-7", letter.key());
    }

    private IdempotencyExecutorBuilder<String> operation() {
        return scene.with(guarantee);
    }

    private IdempotentConsumer<Letter> consumer(BatchRunner<String, Attempt> runner, Handling handling) {
        return IdempotentConsumer.of(runner, BatchTest::key)
                .fingerprint(letter -> Fingerprint.of(letter.content()))
                .handler((letter, attempt) -> {
                    handled.add(letter);
                    handling.handle(letter, attempt);
                    return "done with " + letter.key();
                })
                .build();
    }

    private IdempotentConsumer<Letter> consumer(Handling handling) {
        return consumer(BatchExecutor.of(operation().build()), handling);
    }

    private IdempotentConsumer<Letter> consumer() {
        return consumer((letter, attempt) -> {});
    }

    private RecordState state(Letter letter) {
        return scene.model.find(Scene.id(key(letter))).orElseThrow().state();
    }

    private int calls(Verb verb) {
        return scene.store.count(verb);
    }

    private static List<Disposition> all(int count, Disposition disposition) {
        return Collections.nCopies(count, disposition);
    }

    private static Disposition later(Cause cause) {
        return new RetryLater(Duration.ofSeconds(1), cause, null);
    }

    // ---- sizes

    @Test
    void G05_fiveHundredMessagesAreTwoCallsOfTheStore() {
        List<Letter> letters = letters(500);
        assertThat(consumer().acceptAll(letters)).isEqualTo(all(500, RECORDED));
        assertThat(handled).isEqualTo(letters);
        assertThat(scene.store.verbs().stream().filter(verb -> verb.name().endsWith("_ALL")))
                .containsExactly(Verb.ACQUIRE_ALL, Verb.COMPLETE_ALL);
        assertThat(calls(Verb.ACQUIRE)).isEqualTo(500);
        assertThat(calls(Verb.COMPLETE)).isEqualTo(500);
    }

    @Test
    void G05_nothingAtAllAsksNobody() {
        assertThat(consumer().acceptAll(List.of())).isEmpty();
        assertThat(scene.store.calls()).isEmpty();
    }

    @Test
    void G05_tenThousandMessages() {
        assertThat(consumer().acceptAll(letters(10_000))).isEqualTo(all(10_000, RECORDED));
        assertThat(calls(Verb.ACQUIRE_ALL) + calls(Verb.COMPLETE_ALL)).isEqualTo(2);
        assertThat(StoreNode.of(scene.store, scene.platform).meetings).isEmpty();
    }

    @Test
    void G05_allDuplicatesAreOneCall() {
        assertThat(consumer().acceptAll(letters(20))).isEqualTo(all(20, RECORDED));
        scene.store.clearCalls();
        assertThat(consumer().acceptAll(letters(20))).isEqualTo(all(20, DUPLICATE));
        assertThat(scene.store.verbs()).startsWith(Verb.ACQUIRE_ALL).doesNotContain(Verb.COMPLETE_ALL);
        assertThat(handled).hasSize(20);
    }

    // ---- the same key twice

    @Test
    void G05_duplicatesInsideABatchRunOnce() {
        List<Disposition> dispositions =
                consumer().acceptAll(List.of(letter(1), letter(2), letter(1), letter(1), letter(2)));
        assertThat(dispositions).containsExactly(RECORDED, RECORDED, DUPLICATE, DUPLICATE, DUPLICATE);
        assertThat(handled).containsExactly(letter(1), letter(2));
        assertThat(calls(Verb.ACQUIRE)).isEqualTo(2);
    }

    @Test
    void G05_aKeyWithTwoInputsInOneBatchIsReuse() {
        List<Disposition> dispositions =
                consumer().acceptAll(List.of(letter(1), new Letter("letter-1", "another content"), letter(2)));
        assertThat(dispositions).containsExactly(RECORDED, new Rejected(Reason.KEY_REUSED, null), RECORDED);
        assertThat(handled).containsExactly(letter(1), letter(2));
    }

    @Test
    void G05_duplicatesOfAFailedMessageFollowIt() {
        IOException failure = new IOException("not now");
        for (FailurePolicy policy : FailurePolicy.values()) {
            IdempotentConsumer<Letter> consumer = consumer(
                    BatchExecutor.of(
                            operation().onFailure(IOException.class, policy).build()),
                    (letter, attempt) -> {
                        throw failure;
                    });
            Letter letter = new Letter("fails with " + policy, "content");
            Disposition second = consumer.acceptAll(List.of(letter, letter)).get(1);
            assertThat(handled).containsOnlyOnce(letter);
            boolean heldForGood = policy == FailurePolicy.HOLD && guarantee == Guarantee.AT_MOST_ONCE;
            assertThat(second)
                    .isEqualTo(
                            policy == FailurePolicy.RECORD
                                    ? DUPLICATE
                                    : heldForGood
                                            ? new Rejected(Reason.HELD, null)
                                            : new RetryLater(Duration.ofMillis(1), Cause.IN_PROGRESS, null));
        }
    }

    // ---- failures of handlers

    @Test
    void G05_oneFailingMessageFailsNoOther() {
        IOException released = new IOException("not now");
        IllegalStateException heldOne = new IllegalStateException("who knows");
        UnsupportedOperationException recorded = new UnsupportedOperationException("declined");
        IdempotencyExecutor<String> executor = operation()
                .onFailure(IOException.class, FailurePolicy.RELEASE)
                .onFailure(IllegalStateException.class, FailurePolicy.HOLD)
                .onFailure(UnsupportedOperationException.class, FailurePolicy.RECORD)
                .build();
        List<Exception> failures = List.of(released, heldOne, recorded);
        List<Letter> letters = letters(10);
        List<Disposition> dispositions = consumer(BatchExecutor.of(executor), (letter, attempt) -> {
                    int number = letters.indexOf(letter);
                    if (number % 2 == 0 && number > 0 && number < 8) {
                        throw failures.get(number / 2 - 1);
                    }
                })
                .acceptAll(letters);

        assertThat(handled).isEqualTo(letters);
        assertThat(dispositions.get(2))
                .isEqualTo(new RetryLater(Duration.ofSeconds(1), Cause.HANDLER_FAILED, released));
        assertThat(dispositions.get(4)).matches(disposition -> !disposition.isDone());
        assertThat(dispositions.get(6)).isEqualTo(new Processed(Recording.RECORDED, recorded));
        for (int done : new int[] {0, 1, 3, 5, 7, 8, 9}) {
            assertThat(dispositions.get(done)).isEqualTo(RECORDED);
        }
        assertThat(state(letter(2))).isEqualTo(RecordState.RELEASED);
        assertThat(state(letter(4))).isEqualTo(RecordState.HELD);
        assertThat(scene.store.verbs().stream().filter(verb -> verb.name().endsWith("_ALL")))
                .containsExactly(Verb.ACQUIRE_ALL, Verb.COMPLETE_ALL, Verb.RELEASE_ALL, Verb.HOLD_ALL);
    }

    @Test
    void G05_anErrorIsThrownWhenTheOthersAreDone() {
        AssertionError first = new AssertionError("first");
        StackOverflowError second = new StackOverflowError("second");
        IdempotentConsumer<Letter> consumer = consumer((letter, attempt) -> {
            if (letter.equals(letter(1))) {
                throw first;
            } else if (letter.equals(letter(3))) {
                throw second;
            }
        });
        assertThatThrownBy(() -> consumer.acceptAll(letters(5))).isSameAs(first).hasSuppressedException(second);
        assertThat(handled).isEqualTo(letters(5));
        for (int done : new int[] {0, 2, 4}) {
            assertThat(state(letter(done))).isEqualTo(RecordState.COMPLETED);
        }
        assertThat(state(letter(1)))
                .isEqualTo(guarantee == Guarantee.AT_MOST_ONCE ? RecordState.HELD : RecordState.RELEASED);
        assertThat(StoreNode.of(scene.store, scene.platform).meetings).isEmpty();
    }

    @Test
    void G05_anInterruptLeavesOutWhatWasNotBegun() {
        Caller<List<Disposition>> caller = scene.start(() -> consumer((letter, attempt) -> {
                    if (letter.equals(letter(1))) {
                        Thread.currentThread().interrupt();
                    }
                })
                .acceptAll(letters(4)));
        assertThat(caller.result())
                .containsExactly(RECORDED, RECORDED, later(Cause.NOT_STARTED), later(Cause.NOT_STARTED));
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
        assertThat(handled).hasSize(2);
        assertThat(state(letter(2))).isEqualTo(RecordState.RELEASED);
        assertThat(consumer().acceptAll(letters(4))).containsExactly(DUPLICATE, DUPLICATE, RECORDED, RECORDED);
    }

    // ---- failures of the store

    @Test
    void G05_aStoreThatFailsAfterClaimingHalf() {
        for (int i = 6; i <= 10; i++) {
            scene.store.on(Verb.ACQUIRE, i, Fault.refused());
        }
        List<Disposition> dispositions = consumer().acceptAll(letters(10));
        assertThat(dispositions.subList(0, 5)).isEqualTo(all(5, RECORDED));
        assertThat(dispositions.subList(5, 10))
                .allSatisfy(disposition ->
                        assertThat(((RetryLater) disposition).cause()).isEqualTo(Cause.STORE_FAILED));
        assertThat(handled).isEqualTo(letters(5));
        assertThat(consumer().acceptAll(letters(10)))
                .isEqualTo(Stream.concat(all(5, DUPLICATE).stream(), all(5, RECORDED).stream())
                        .toList());
    }

    @Test
    void G05_lostRepliesAreAskedForOnceMoreAndNothingRunsTwice() {
        scene.store.next(Verb.ACQUIRE_ALL, Fault.lostReply());
        scene.store.next(Verb.COMPLETE_ALL, Fault.lostReply());
        assertThat(consumer().acceptAll(letters(10))).isEqualTo(all(10, RECORDED));
        assertThat(handled).hasSize(10);
        assertThat(calls(Verb.ACQUIRE_ALL)).isEqualTo(2);
        assertThat(calls(Verb.COMPLETE_ALL)).isEqualTo(2);
    }

    @Test
    void G05_whatMayHaveBeenClaimedIsGivenBack() {
        scene.store.always(Verb.ACQUIRE, Fault.lostReply());
        assertThat(consumer().acceptAll(letters(3)))
                .allSatisfy(disposition ->
                        assertThat(((RetryLater) disposition).cause()).isEqualTo(Cause.STORE_FAILED));
        assertThat(handled).isEmpty();
        assertThat(calls(Verb.RELEASE_ALL)).isEqualTo(1);
        assertThat(state(letter(0))).isEqualTo(RecordState.RELEASED);
    }

    @Test
    void G05_resultsThatCannotBeWrittenAreDeferred() {
        scene.store.always(Verb.COMPLETE_ALL, Fault.refused());
        scene.store.always(Verb.COMPLETE, Fault.refused());
        assertThat(consumer().acceptAll(letters(3))).isEqualTo(all(3, new Processed(Recording.DEFERRED, null)));
        assertThat(consumer().acceptAll(letters(3)))
                .allSatisfy(disposition ->
                        assertThat(((RetryLater) disposition).cause()).isEqualTo(Cause.IN_PROGRESS));
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));
        assertThat(consumer().acceptAll(letters(3))).isEqualTo(all(3, DUPLICATE));
        assertThat(scene.listener.of(WriteDeferred.class)).hasSize(6);
        assertThat(handled).hasSize(3);
    }

    @Test
    void G05_anUnguardedBatchRuns() {
        scene.store.always(Fault.refused());
        IdempotentConsumer<Letter> consumer =
                consumer(BatchExecutor.of(operation().failOpen().build()), (letter, attempt) -> {});
        assertThat(consumer.acceptAll(letters(3))).isEqualTo(all(3, new Processed(Recording.UNGUARDED, null)));
        assertThat(StoreNode.of(scene.store, scene.platform).meetings).isEmpty();
    }

    @Test
    void G05_answersThatComeTooLateAreAskedForAgain() {
        scene.store.next(Verb.ACQUIRE_ALL, Fault.before(() -> scene.platform.advance(LEASE)));
        assertThat(consumer().acceptAll(letters(3))).isEqualTo(all(3, RECORDED));
        assertThat(calls(Verb.ACQUIRE_ALL)).isEqualTo(2);
        scene.store.always(Verb.ACQUIRE_ALL, Fault.before(() -> scene.platform.advance(LEASE)));
        Letter late = letter(7);
        assertThat(((RetryLater) consumer().accept(late)).cause()).isEqualTo(Cause.STORE_FAILED);
        assertThat(state(late)).isEqualTo(RecordState.RELEASED);
        assertThat(handled).doesNotContain(late);
    }

    // ---- leases

    @Test
    void G05_leasesOfMessagesNotYetHandledAreRenewedInOneCall() {
        Gate gate = scene.platform.gate();
        Caller<List<Disposition>> caller = scene.start(() -> consumer((letter, attempt) -> {
                    if (letter.equals(letter(0))) {
                        gate.await();
                    }
                })
                .acceptAll(letters(100)));
        scene.platform.pass(LEASE.multipliedBy(3));
        int rounds = calls(Verb.RENEW_ALL);
        assertThat(rounds).isBetween(8, 10);
        assertThat(calls(Verb.RENEW)).isEqualTo(100 * rounds);
        gate.openAndSettle();
        assertThat(caller.result()).isEqualTo(all(100, RECORDED));
    }

    @Test
    void G05_theLongestRunIsThatOfEachWork() {
        Duration longestRun = Duration.ofMinutes(10);
        List<Gate> gates =
                IntStream.range(0, 4).mapToObj(i -> scene.platform.gate()).toList();
        Caller<List<Disposition>> caller = scene.start(() -> consumer(
                        BatchExecutor.of(operation().longestRun(longestRun).build()),
                        (letter, attempt) ->
                                gates.get(letters(4).indexOf(letter)).await())
                .acceptAll(letters(4)));
        gates.forEach(gate -> {
            scene.platform.pass(longestRun.minusMinutes(1));
            gate.openAndSettle();
        });
        assertThat(caller.result()).isEqualTo(all(4, RECORDED));
        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
    }

    @Test
    void G05_aMessageWhoseLeaseIsOverIsNotBegun() {
        Gate gate = scene.platform.gate();
        Caller<List<Disposition>> caller = scene.start(() -> consumer((letter, attempt) -> {
                    if (letter.equals(letter(0))) {
                        gate.awaitUninterruptibly();
                    }
                })
                .acceptAll(letters(3)));
        scene.platform.advance(LEASE); // the whole process is paused
        List<Disposition> elsewhere = consumer(
                        BatchExecutor.of(scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode())
                                .build()),
                        (letter, attempt) -> {})
                .acceptAll(List.of(letter(1)));
        gate.openAndSettle();

        assertThat(elsewhere).isEqualTo(all(1, RECORDED));
        assertThat(caller.result()).containsExactly(RECORDED, later(Cause.NOT_STARTED), later(Cause.NOT_STARTED));
        assertThat(handled).containsExactly(letter(0), letter(1));
        assertThat(state(letter(1))).isEqualTo(RecordState.COMPLETED);
        assertThat(state(letter(2))).isEqualTo(RecordState.RELEASED);
    }

    @Test
    void G05_aTakenOverMessageThatIsNotBegunGoesOnBeingAskedFor() {
        List<Letter> letters = letters(2);
        letters.forEach(letter -> scene.abandoned(key(letter), Fingerprint.of(letter.content())));
        IdempotencyExecutorBuilder<String> reconciled = operation().reconcile(attempt -> Reconciliation.notLanded());
        Caller<List<Disposition>> caller = scene.start(() -> consumer(
                        BatchExecutor.of(reconciled.build()),
                        (letter, attempt) -> Thread.currentThread().interrupt())
                .acceptAll(letters));
        assertThat(caller.result()).containsExactly(RECORDED, later(Cause.NOT_STARTED));
        assertThat(state(letter(1))).isEqualTo(RecordState.HELD);
    }

    @Test
    void G05_aRefusedCompletionTellsWhoWon() {
        IdempotencyExecutor<String> operators = operation().build();
        List<Disposition> dispositions = consumer((letter, attempt) -> {
                    if (letter.equals(letter(1))) {
                        assertThat(operators.forget(key(letter))).isTrue();
                    } else if (letter.equals(letter(2))) {
                        assertThat(operators.forget(key(letter))).isTrue();
                        Outcome<String> theirs = scene.with(guarantee, scene.anotherNode())
                                .build()
                                .execute(key(letter), Fingerprint.of(letter.content()), () -> "theirs");
                        assertThat(theirs.hasValue()).isTrue();
                    }
                })
                .acceptAll(letters(4));
        assertThat(dispositions)
                .containsExactly(RECORDED, new Processed(Recording.LEASE_LOST, null), DUPLICATE, RECORDED);
        assertThat(calls(Verb.FIND)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void G05_fingerprintsThatCannotBeComparedCountAsEqual() {
        Letter letter = letter(1);
        scene.abandoned(key(letter), Fingerprint.none());
        Disposition disposition =
                consumer().acceptAll(List.of(letter, letter(2))).get(0);
        boolean atMostOnce = guarantee == Guarantee.AT_MOST_ONCE;
        assertThat(disposition).isEqualTo(atMostOnce ? new Rejected(Reason.INTERRUPTED, null) : RECORDED);
        assertThat(calls(Verb.ACQUIRE_ALL)).isEqualTo(atMostOnce ? 1 : 2);
    }

    // ---- others of this JVM

    @Test
    void G05_whoIsAtItInThisJvmIsNotAskedForAtTheStore() {
        Gate gate = scene.platform.gate();
        Letter busy = letter(1);
        Caller<Outcome<String>> owner = scene.start(
                () -> operation().build().execute(key(busy), Fingerprint.of(busy.content()), new Scene.Gated(gate)));
        scene.store.clearCalls();

        List<Disposition> dispositions =
                consumer().acceptAll(List.of(letter(0), busy, new Letter(busy.key(), "another"), letter(2)));

        assertThat(dispositions)
                .containsExactly(
                        RECORDED,
                        new RetryLater(Duration.ofSeconds(1), Cause.IN_PROGRESS, null),
                        new Rejected(Reason.KEY_REUSED, null),
                        RECORDED);
        assertThat(calls(Verb.ACQUIRE)).isEqualTo(2);
        gate.openAndSettle();
        Expect.executed(owner.result(), "value-1", Recording.RECORDED);
    }

    @Test
    void G05_aWaitingCallerGetsWhatTheBatchRecorded() {
        Gate gate = scene.platform.gate();
        Caller<List<Disposition>> batch =
                scene.start(() -> consumer((letter, attempt) -> gate.await()).acceptAll(letters(3)));
        IdempotentCall call = IdempotentCall.of(
                        key(letter(2)), Fingerprint.of(letter(2).content()))
                .waiting(WaitPolicy.upTo(Duration.ofMinutes(1)));
        Caller<Outcome<String>> waiting = scene.start(() -> operation().build().execute(call, () -> "never"));
        scene.store.clearCalls();
        gate.openAndSettle();
        assertThat(batch.result()).isEqualTo(all(3, RECORDED));
        Expect.replayed(waiting.result(), "done with letter-2");
        assertThat(calls(Verb.ACQUIRE)).isZero();
    }

    @Test
    void G05_twoBatchesWithTheSameKeysNeverWaitForEachOther() {
        Gate gate = scene.platform.gate();
        List<Letter> reversed = new ArrayList<>(letters(10));
        Collections.reverse(reversed);
        Caller<List<Disposition>> first =
                scene.start(() -> consumer((letter, attempt) -> gate.await()).acceptAll(letters(10)));
        Caller<List<Disposition>> second =
                scene.start(() -> consumer((letter, attempt) -> gate.await()).acceptAll(reversed));
        assertThat(second.isDone()).isTrue();
        gate.openAndSettle();
        assertThat(first.result()).isEqualTo(all(10, RECORDED));
        assertThat(second.result())
                .allSatisfy(disposition ->
                        assertThat(((RetryLater) disposition).cause()).isEqualTo(Cause.IN_PROGRESS));
        assertThat(handled).hasSize(10);
    }

    // ---- other threads

    private BatchExecutor<String> onOtherThreads() {
        return BatchExecutor.of(operation().build()).on(task -> scene.platform.start("worker", task));
    }

    @Test
    void G05_handlersRunOnAGivenExecutor() {
        Gate gate = scene.platform.gate();
        IdempotentConsumer<Letter> consumer = consumer(onOtherThreads(), (letter, attempt) -> {
            gate.await();
            if (letter.equals(letter(1))) {
                throw new IOException("not now");
            }
            Outcome<String> nested =
                    operation().build().execute(key(letter), Fingerprint.of(letter.content()), () -> "never");
            Expect.inProgress(nested);
        });
        Caller<List<Disposition>> caller = scene.start(() -> consumer.acceptAll(letters(5)));
        assertThat(gate.arrived()).isEqualTo(5);
        gate.openAndSettle();
        List<Disposition> dispositions = caller.result();
        assertThat(dispositions.get(1).isDone()).isFalse();
        for (int done : new int[] {0, 2, 3, 4}) {
            assertThat(dispositions.get(done)).isEqualTo(RECORDED);
        }
        assertThat(calls(Verb.ACQUIRE_ALL)).isEqualTo(1);
        assertThat(calls(Verb.COMPLETE_ALL)).isEqualTo(1);
    }

    @Test
    void G05_whatTheExecutorRefusesIsGivenBack() {
        RejectedExecutionException full = new RejectedExecutionException("full");
        List<Runnable> taken = new ArrayList<>();
        BatchExecutor<String> runner = BatchExecutor.of(operation().build()).on(task -> {
            if (taken.size() == 2) {
                throw full;
            }
            taken.add(task);
            scene.platform.start("worker", task);
        });
        Caller<List<Disposition>> caller =
                scene.start(() -> consumer(runner, (letter, attempt) -> {}).acceptAll(letters(4)));
        RetryLater refused = new RetryLater(Duration.ofSeconds(1), Cause.NOT_STARTED, full);
        assertThat(caller.result()).containsExactly(RECORDED, RECORDED, refused, refused);
        assertThat(state(letter(3))).isEqualTo(RecordState.RELEASED);
    }

    @Test
    void G05_anInterruptedBatchWaitsForWhatHasBegunAndLeavesOutTheRest() {
        Gate gate = scene.platform.gate();
        List<Runnable> queue = new ArrayList<>();
        BatchExecutor<String> runner = BatchExecutor.of(operation().build()).on(task -> {
            queue.add(task);
            if (queue.size() == 1) {
                scene.platform.start("worker", task);
            }
        });
        Caller<List<Disposition>> caller =
                scene.start(() -> consumer(runner, (letter, attempt) -> gate.awaitUninterruptibly())
                        .acceptAll(letters(3)));
        caller.interrupt();
        scene.platform.settle();
        assertThat(caller.isDone()).isFalse();
        gate.openAndSettle();
        assertThat(caller.result()).containsExactly(RECORDED, later(Cause.NOT_STARTED), later(Cause.NOT_STARTED));
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
        queue.forEach(Runnable::run); // the pool comes to the rest when nobody waits for it any more
        assertThat(handled).containsExactly(letter(0));
    }

    // ---- the runner itself

    @Test
    void aBatchOfCallsHasOneResultEach() throws Exception {
        BatchExecutor<String> batches = BatchExecutor.of(operation()
                .onFailure(IOException.class, FailurePolicy.RECORD)
                .keyPolicy(key -> key.startsWith("bad") ? "must not be bad" : null)
                .build());
        IOException failure = new IOException("declined");
        List<BatchCall<String, Attempt>> calls = List.of(
                BatchCall.of(IdempotencyKey.of("s", "good"), Scene.INPUT, () -> "value"),
                BatchCall.of(IdempotencyKey.of("s", "bad"), Scene.INPUT, () -> "never"),
                new BatchCall<>(IdempotentCall.unkeyed(), (attempt, same) -> "unkeyed"),
                BatchCall.of(IdempotencyKey.of("s", "fails"), Scene.INPUT, () -> {
                    throw failure;
                }));

        List<BatchResult<String>> results = batches.runAll(calls);
        Expect.executed(results.get(0).orElseThrow(), "value", Recording.RECORDED);
        assertThatThrownBy(() -> Expect.inProgress(results.get(1).orElseThrow()))
                .isInstanceOf(IllegalArgumentException.class);
        Expect.executed(results.get(2).orElseThrow(), "unkeyed", Recording.NOT_RECORDED);
        assertThatThrownBy(() -> Expect.inProgress(results.get(3).orElseThrow()))
                .isSameAs(failure);

        List<BatchResult<String>> again = batches.runAll(calls);
        Expect.replayed(again.get(0).orElseThrow(), "value");
        assertThat(again.get(3)).isInstanceOf(BatchResult.FailedBefore.class);
        assertThat(scene.listener.of(IdempotencyListener.CallEnded.class)).hasSize(4);
        assertThat(results.toString() + calls).doesNotContain("declined").doesNotContain("value");
    }
}
