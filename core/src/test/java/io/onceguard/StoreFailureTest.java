package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Call;
import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.RanUnguarded;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A store that fails; what {@link StoreFaultMatrixTest} does not say about it. */
@Timeout(30)
class StoreFailureTest {

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Scene.Counted work = new Scene.Counted();

    private List<Step> failedSteps() {
        return scene.listener.of(StoreFailed.class).stream()
                .map(StoreFailed::step)
                .toList();
    }

    @Test
    void A23_failClosedNamesTheRecordAndCarriesTheStoresException() {
        StoreException down = new StoreException("connection refused", false, null);
        scene.store.always(Verb.ACQUIRE, Fault.throwing(down));
        IdempotencyExecutor<String> executor = scene.atMostOnce().build();

        var caller = scene.start(() -> executor.execute(KEY, INPUT, work));

        assertThat(caller.failure())
                .isInstanceOf(IdempotencyStoreException.class)
                .hasCause(down)
                .hasMessageContaining(Scene.id(KEY).toString());
        assertThat(work.runs()).isZero();
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
    }

    @Test
    void A23_unguardedWorkHasAnAttemptWithoutALease() {
        scene.store.always(Fault.refused());
        AtomicReference<Attempt> seen = new AtomicReference<>();
        AtomicInteger lost = new AtomicInteger();
        IdempotencyExecutor<String> executor = scene.atMostOnce().failOpen().build();

        Outcome<String> outcome = executor.execute(KEY, INPUT, (AttemptWork<String, RuntimeException>) attempt -> {
            assertThat(scene.listener.of(RanUnguarded.class)).hasSize(1); // told before
            attempt.onLeaseLost(lost::incrementAndGet);
            seen.set(attempt);
            return "value";
        });

        Expect.executed(outcome, "value", Recording.UNGUARDED);
        assertThat(outcome.orElseThrow()).isEqualTo("value");
        assertThat(((Outcome.Executed<String>) outcome).isProvisional()).isTrue();
        assertThat(seen.get().leaseHeld()).isFalse();
        assertThat(seen.get().number()).isEqualTo(1);
        assertThat(seen.get().fencingToken()).isZero();
        assertThat(lost).hasValue(0);
        assertThat(scene.platform.threads()).isEmpty();
    }

    @Test
    void A23_callersOfUnguardedWorkAskTheStore() {
        scene.store.always(Fault.refused());
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().failOpen().build();
        var unguarded = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        scene.store.heal();

        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.RECORDED);
        gate.openAndSettle();

        Expect.executed(unguarded.result(), "value-1", Recording.UNGUARDED);
        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    @Test
    void A25_failureOfTheWorkIsPrimaryEvenIfTheStoreThrowsTheSameObject() {
        StoreException same = new StoreException("thrown by both", false, null);
        scene.store.always(Verb.RELEASE, Fault.throwing(same));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();

        var caller = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            throw same;
        }));

        assertThat(caller.failure()).isSameAs(same).hasNoSuppressedExceptions();
    }

    /** Some clients throw one preallocated exception for ever. */
    @Test
    void A26_storeMayThrowOneExceptionObjectTwice() {
        StoreException same = new StoreException("preallocated", true, null);
        scene.store.always(Verb.COMPLETE, Fault.throwing(same));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();

        Expect.executed(executor.execute(KEY, INPUT, work), "value-1", Recording.DEFERRED);
    }

    @Test
    void A26_secondFailureIsSuppressedIntoTheFirst() {
        scene.store.on(Verb.ACQUIRE, 1, Fault.lostRequest());
        scene.store.on(Verb.ACQUIRE, 2, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();

        var caller = scene.start(() -> executor.execute(KEY, INPUT, work));

        assertThat(caller.failure()).isInstanceOf(IdempotencyStoreException.class);
        assertThat(caller.failure().getCause()).hasMessage("fault: lost request");
        assertThat(caller.failure().getCause().getSuppressed()).hasSize(1);
        assertThat(((IdempotencyStoreException) caller.failure()).ambiguous()).isTrue();
        assertThat(failedSteps()).containsExactly(Step.ACQUIRE, Step.ACQUIRE);
    }

    /** What is known not to have been applied is for a later call to repeat, not for this one. */
    @Test
    void A26_whatWasNotAppliedIsNotAskedAgain() {
        scene.store.next(Verb.ACQUIRE, Fault.refused());
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();

        var caller = scene.start(() -> executor.execute(KEY, INPUT, work));

        assertThat(caller.failure()).isInstanceOf(IdempotencyStoreException.class);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A26_acquireWhoseReplyNeverCameIsGivenBack(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        here.store.always(Verb.ACQUIRE, Fault.lostReply());
        IdempotencyExecutor<String> executor = here.with(guarantee).build();

        var caller = here.start(() -> executor.execute(KEY, INPUT, work));

        assertThat(caller.failure()).isInstanceOf(IdempotencyStoreException.class);
        assertThat(here.store.calls()).extracting(Call::verb).containsExactly(Verb.ACQUIRE, Verb.ACQUIRE, Verb.RELEASE);
        Expect.record(here, RecordState.RELEASED, 1);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A26_releaseOfAnUnansweredAcquireThatFailsIsOnlyTold() {
        scene.store.always(Fault.lostRequest());
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();

        var caller = scene.start(() -> executor.execute(KEY, INPUT, work));

        assertThat(caller.failure()).isInstanceOf(IdempotencyStoreException.class);
        assertThat(failedSteps()).containsExactly(Step.ACQUIRE, Step.ACQUIRE, Step.RELEASE);
        assertThat(scene.store.count(Verb.RELEASE)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("io.onceguard.Expect#settings")
    void A26_lostReplyIsNoConflictWithOneself(Scene.Kind kind, Guarantee guarantee) {
        Scene here = new Scene(kind);
        here.store.next(Verb.ACQUIRE, Fault.lostReply());
        here.store.next(Verb.COMPLETE, Fault.lostReply());
        AtomicReference<Attempt> seen = new AtomicReference<>();
        IdempotencyExecutor<String> executor = here.with(guarantee).build();

        Outcome<String> outcome = executor.execute(KEY, INPUT, (AttemptWork<String, RuntimeException>) attempt -> {
            seen.set(attempt);
            return "value";
        });

        Expect.executed(outcome, "value", Recording.RECORDED);
        assertThat(seen.get().number()).isEqualTo(1);
        assertThat(here.listener.of(LeaseLost.class)).isEmpty();
        Expect.record(here, RecordState.COMPLETED, 1);
    }

    /** Waiting followers of a leader that cannot ask the store. */
    @Test
    void A23_followersThatWaitGetTheSameTypedErrorAsANewInstance() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.always(
                Verb.ACQUIRE, Fault.before(reply::awaitUninterruptibly).then(Fault.refused()));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var leader = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));
        var follower = scene.start(() -> executor.execute(Scene.waiting(LEASE), work));

        reply.openAndSettle();

        assertThat(follower.failure())
                .isInstanceOf(IdempotencyStoreException.class)
                .isNotSameAs(leader.failure());
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(1);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A23_followerThatRejectsAsksTheStoreItself() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.ACQUIRE, Fault.before(reply::awaitUninterruptibly).then(Fault.refused()));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var leader = scene.start(() -> executor.execute(KEY, INPUT, work));
        var follower = scene.start(() -> executor.execute(KEY, INPUT, work));

        reply.openAndSettle();

        assertThat(leader.failure()).isInstanceOf(IdempotencyStoreException.class);
        Expect.executed(follower.result(), "value-1", Recording.RECORDED);
    }

    @Test
    void A23_followerThatFailsOpenRunsWhateverItsLeaderDoes() {
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.always(
                Verb.ACQUIRE, Fault.before(reply::awaitUninterruptibly).then(Fault.refused()));
        IdempotencyExecutor<String> closed = scene.atLeastOnce().build();
        IdempotencyExecutor<String> open = scene.atLeastOnce().failOpen().build();
        var leader = scene.start(() -> closed.execute(Scene.waiting(LEASE), work));
        var follower = scene.start(() -> open.execute(Scene.waiting(LEASE), work));

        reply.openAndSettle();

        assertThat(leader.failure()).isInstanceOf(IdempotencyStoreException.class);
        Expect.executed(follower.result(), "value-1", Recording.UNGUARDED);
    }

    /** Whatever the operation's own code throws after the work, the value is there. */
    enum AfterTheWork {
        PREDICATE,
        CODEC,
        CIPHER
    }

    @ParameterizedTest
    @EnumSource
    void errorAfterTheWorkLosesNoValue(AfterTheWork where) {
        ResultCodec<String> codec = where != AfterTheWork.CODEC
                ? ResultCodec.utf8()
                : ResultCodec.of("utf8", text -> fail(), bytes -> fail());
        IdempotencyExecutorBuilder<String> builder = scene.with(Guarantee.AT_LEAST_ONCE, scene.store, codec)
                .recordWhen(value -> {
                    if (where == AfterTheWork.PREDICATE) {
                        throw new StackOverflowError("planted");
                    }
                    return true;
                });
        if (where == AfterTheWork.CIPHER) {
            builder.cipher(new BrokenCipher());
        }
        IdempotencyExecutor<String> executor = builder.build();

        Outcome<String> outcome = executor.execute(KEY, INPUT, work);

        Recording expected = where == AfterTheWork.PREDICATE ? Recording.RECORDED : Recording.RESULT_NOT_KEPT;
        Expect.executed(outcome, "value-1", expected);
        Expect.record(scene, RecordState.COMPLETED, 1);
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // never returns
    private static <V> V fail() {
        throw new StackOverflowError("planted");
    }

    private static final class BrokenCipher implements ResultCipher {
        @Override
        public byte[] encrypt(byte[] plain, byte[] context) {
            return fail();
        }

        @Override
        public byte[] decrypt(byte[] sealed, byte[] context) {
            return fail();
        }
    }
}
