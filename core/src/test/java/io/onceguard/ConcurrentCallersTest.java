package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Gated;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.RecordState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Callers that come while another one works: on the same node and on another one. */
@EachVariant
class ConcurrentCallersTest {

    private static final Duration BUDGET = Duration.ofSeconds(5);

    private final Guarantee guarantee;
    private final Scene scene;
    private final IdempotencyExecutor<String> executor;
    private final FaultyStore otherStore;
    private final IdempotencyExecutor<String> elsewhere;
    private final Gated gated;
    private final Counted work = new Counted();

    ConcurrentCallersTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
        this.executor = releasing(scene.store);
        this.otherStore = scene.anotherNode();
        this.elsewhere = releasing(otherStore);
        this.gated = new Gated(scene.platform.gate());
    }

    private IdempotencyExecutor<String> releasing(FaultyStore store) {
        return scene.with(guarantee, store)
                .onFailure(Throwable.class, FailurePolicy.RELEASE)
                .build();
    }

    private Caller<Outcome<String>> startGated() {
        return scene.start(() -> executor.execute(KEY, INPUT, gated));
    }

    private static Predicate<Caller<Outcome<String>>> ended(Class<?> outcome) {
        return caller -> outcome.isInstance(caller.result());
    }

    @Test
    void A07_oneOfManyConcurrentCallersRunsTheWork() {
        List<Caller<Outcome<String>>> callers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            IdempotencyExecutor<String> each = i % 2 == 0 ? executor : elsewhere;
            callers.add(scene.platform.call(() -> each.execute(KEY, INPUT, gated)));
        }
        scene.platform.settle();
        assertThat(callers).filteredOn(each -> !each.isDone()).hasSize(1);
        gated.gate.open();

        assertThat(callers).filteredOn(ended(Executed.class)).hasSize(1);
        assertThat(callers).filteredOn(ended(InProgress.class)).hasSize(15);
        assertThat(gated.runs()).isEqualTo(1);
    }

    @Test
    void A08_duplicatesAreRejectedAtOnceAndTheHolderIsUntouched() {
        Caller<Outcome<String>> holder = startGated();
        ModelStore.Row before = scene.row();

        for (IdempotencyExecutor<String> each : List.of(executor, elsewhere, executor, elsewhere)) {
            assertThat(each.execute(KEY, INPUT, work)).isInstanceOfSatisfying(InProgress.class, it -> {
                assertThat(it.record()).isEqualTo(Scene.id(KEY));
                assertThat(it.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            });
            assertThat(scene.row()).isSameAs(before);
            assertThat(holder.isDone()).isFalse();
        }

        gated.gate.open();
        assertThat(holder.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
        assertThat(work.runs()).isZero();
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
        assertThat(elsewhere.execute(KEY, INPUT, work).isReplay()).isTrue();
        assertThat(otherStore.verbs()).containsOnly(Verb.ACQUIRE);
    }

    @Test
    void A08_duplicateOnTheSameNodeOfARemoteStoreAsksNobody() {
        Caller<Outcome<String>> holder = startGated();
        scene.store.clearCalls();

        assertThat(executor.execute(KEY, INPUT, work)).isInstanceOf(InProgress.class);

        assertThat(scene.store.calls()).isEmpty();
        gated.gate.open();
        assertThat(holder.result().hasValue()).isTrue();
    }

    @Test
    void A08_hintIsTheRestOfAShortLease() {
        IdempotencyExecutor<String> brief =
                scene.with(guarantee).lease(Duration.ofMillis(300)).build();
        IdempotencyExecutor<String> briefElsewhere =
                scene.with(guarantee, otherStore).lease(Duration.ofMillis(300)).build();
        Caller<Outcome<String>> holder = scene.start(() -> brief.execute(KEY, INPUT, gated));
        scene.platform.pass(Duration.ofMillis(90)); // the first renewal comes at 100

        for (IdempotencyExecutor<String> each : List.of(brief, briefElsewhere)) {
            assertThat(each.execute(KEY, INPUT, work))
                    .isInstanceOfSatisfying(
                            InProgress.class, it -> assertThat(it.retryAfter()).isEqualTo(Duration.ofMillis(210)));
        }
        gated.gate.open();
        assertThat(holder.result().hasValue()).isTrue();
    }

    @Test
    void A09_duplicateWaitsAndReplays() {
        Caller<Outcome<String>> holder = startGated();
        Caller<Outcome<String>> near = scene.start(() -> executor.execute(Scene.waiting(BUDGET), work));
        Caller<Outcome<String>> far = scene.start(() -> elsewhere.execute(Scene.waiting(BUDGET), work));
        scene.platform.pass(BUDGET.minusSeconds(1));
        assertThat(List.of(holder, near, far)).noneMatch(Caller::isDone);

        gated.gate.openAndSettle();
        assertThat(holder.result().hasValue()).isTrue();
        assertThat(near.isDone()).isTrue();
        scene.platform.pass(Duration.ofMillis(250)); // the longest pause between two looks

        assertThat(near.result().isReplay()).isTrue();
        assertThat(far.result().isReplay()).isTrue();
        assertThat(near.result().orElseThrow()).isEqualTo("value-1");
        assertThat(far.result().orElseThrow()).isEqualTo("value-1");
        assertThat(work.runs()).isZero();
    }

    @Test
    void A09_duplicateGivesUpAfterItsBudgetAndChangesNothing() {
        Caller<Outcome<String>> holder = startGated();
        ModelStore.Row before = scene.row();
        Caller<Outcome<String>> near = scene.start(() -> executor.execute(Scene.waiting(BUDGET), work));
        Caller<Outcome<String>> far = scene.start(() -> elsewhere.execute(Scene.waiting(BUDGET), work));

        scene.platform.pass(BUDGET.minusMillis(1));
        assertThat(List.of(near, far)).noneMatch(Caller::isDone);
        scene.platform.pass(Duration.ofMillis(1));

        assertThat(near.result()).isInstanceOf(InProgress.class);
        assertThat(far.result()).isInstanceOf(InProgress.class);
        assertThat(scene.row()).isSameAs(before);
        assertThat(otherStore.verbs()).containsOnly(Verb.ACQUIRE);
        gated.gate.open();
        assertThat(holder.result())
                .isInstanceOfSatisfying(
                        Executed.class, it -> assertThat(it.recording()).isEqualTo(Recording.RECORDED));
        assertThat(work.runs()).isZero();
    }

    @Test
    void A09_waitPolicyOfTheCallBeatsTheOperations() {
        IdempotencyExecutor<String> patient =
                scene.with(guarantee).waiting(WaitPolicy.upTo(BUDGET)).build();
        Caller<Outcome<String>> holder = startGated();

        Caller<Outcome<String>> waits = scene.start(() -> patient.execute(KEY, INPUT, work));
        Caller<Outcome<String>> rejects = scene.start(() -> patient.execute(Scene.rejecting(), work));

        assertThat(waits.isDone()).isFalse();
        assertThat(rejects.result()).isInstanceOf(InProgress.class);
        gated.gate.open();
        assertThat(waits.result().isReplay()).isTrue();
        assertThat(holder.result().hasValue()).isTrue();
    }

    @Test
    void A09_interruptedWaiterReturnsInProgressWithItsFlagSet() {
        Caller<Outcome<String>> holder = startGated();
        ModelStore.Row before = scene.row();
        Caller<Outcome<String>> near = scene.start(() -> executor.execute(Scene.waiting(BUDGET), work));
        Caller<Outcome<String>> far = scene.start(() -> elsewhere.execute(Scene.waiting(BUDGET), work));

        near.interrupt();
        far.interrupt();

        for (Caller<Outcome<String>> each : List.of(near, far)) {
            assertThat(each.result()).isInstanceOf(InProgress.class);
            assertThat(each.wasInterruptedAtEnd()).isTrue();
        }
        assertThat(scene.row()).isSameAs(before);
        gated.gate.open();
        assertThat(holder.result().hasValue()).isTrue();
    }

    @Test
    void A10_whenTheFirstFailsExactlyOneWaiterTakesOver() {
        RuntimeException failure = new IllegalStateException("no");
        Caller<Outcome<String>> holder = scene.start(() -> executor.execute(KEY, INPUT, () -> {
            gated.gate.await();
            throw failure;
        }));
        List<Caller<Outcome<String>>> waiters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            IdempotencyExecutor<String> each = i % 2 == 0 ? executor : elsewhere;
            waiters.add(scene.start(() -> each.execute(Scene.waiting(BUDGET), work)));
        }

        gated.gate.openAndSettle();
        scene.platform.pass(Duration.ofSeconds(1));

        assertThat(holder.failure()).isSameAs(failure);
        assertThat(waiters).filteredOn(ended(Executed.class)).hasSize(1);
        assertThat(waiters).filteredOn(ended(Replayed.class)).hasSize(7);
        assertThat(waiters).allMatch(each -> each.result().orElseThrow().equals("value-1"));
        assertThat(work.runs()).isEqualTo(1);
        assertThat(scene.row().state()).isEqualTo(RecordState.COMPLETED);
        assertThat(scene.row().number()).isEqualTo(2);
    }

    @Test
    void A10_takeoversGoOnUntilOneSucceeds() {
        int[] runs = {0};
        Work<String, InterruptedException> failsTwice = () -> {
            runs[0]++;
            gated.gate.await();
            if (runs[0] <= 2) {
                throw new IllegalStateException("run " + runs[0]);
            }
            return "value";
        };
        List<Caller<Outcome<String>>> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            callers.add(scene.start(() -> executor.execute(Scene.waiting(BUDGET), failsTwice)));
        }
        gated.gate.openAndSettle();
        scene.platform.pass(Duration.ofSeconds(1));

        assertThat(runs[0]).isEqualTo(3);
        assertThat(callers.get(0).failure()).hasMessage("run 1");
        List<Caller<Outcome<String>>> rest = new ArrayList<>(callers.subList(1, 5));
        assertThat(rest.removeIf(each -> each.threw("run 2"))).isTrue();
        assertThat(rest).filteredOn(ended(Executed.class)).hasSize(1);
        assertThat(rest).filteredOn(ended(Replayed.class)).hasSize(2);
    }

    @Test
    void twoSimultaneousReplaysBothReplay() {
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();
        scene.store.clearCalls();
        scene.store.on(Verb.ACQUIRE, 2, Fault.hangsAfter(gated.gate));
        Caller<Outcome<String>> leads = scene.start(() -> executor.execute(KEY, INPUT, work));
        Caller<Outcome<String>> follows = scene.start(() -> executor.execute(KEY, INPUT, work));
        Caller<Outcome<String>> waits = scene.start(() -> executor.execute(Scene.waiting(BUDGET), work));

        // Over a remote store they share one call; over a local one nobody queues behind a leader.
        boolean local = scene.kind == Kind.LOCAL;
        assertThat(follows.isDone()).isEqualTo(local);
        assertThat(waits.isDone()).isEqualTo(local);
        gated.gate.open();

        for (Caller<Outcome<String>> each : List.of(leads, follows, waits)) {
            assertThat(each.result().isReplay()).isTrue();
            assertThat(each.result().orElseThrow()).isEqualTo("value-1");
        }
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(local ? 3 : 1);
        assertThat(scene.store.verbs()).containsOnly(Verb.ACQUIRE);
        assertThat(work.runs()).isEqualTo(1);
    }

    @Test
    void twoSimultaneousReplaysOfAFailureBothThrowTheirOwn() {
        IdempotencyExecutor<String> recording = scene.with(guarantee)
                .onFailure(Throwable.class, FailurePolicy.RECORD)
                .build();
        Throwable original = scene.start(() -> recording.execute(KEY, INPUT, () -> {
                    throw new IllegalStateException();
                }))
                .failure();
        assertThat(original).isInstanceOf(IllegalStateException.class);
        scene.store.on(Verb.ACQUIRE, 2, Fault.hangsAfter(gated.gate));
        Caller<Outcome<String>> leads = scene.start(() -> recording.execute(KEY, INPUT, work));
        Caller<Outcome<String>> follows = scene.start(() -> recording.execute(KEY, INPUT, work));
        gated.gate.open();

        assertThat(leads.failure()).isInstanceOf(RecordedFailureException.class);
        assertThat(follows.failure())
                .isInstanceOf(RecordedFailureException.class)
                .isNotSameAs(leads.failure());
        assertThat(scene.store.count(Verb.ACQUIRE)).isEqualTo(scene.kind == Kind.LOCAL ? 3 : 2);
        assertThat(work.runs()).isZero();
    }
}
