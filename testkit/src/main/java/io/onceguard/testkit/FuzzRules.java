package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.History.Call;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many clients call everything at random, and the history of their calls is judged afterwards. */
abstract class FuzzRules extends StoreRules {

    /** Set it to the seed of a failed run to have every client make the same choices again. */
    private static final String SEED_PROPERTY = "onceguard.seed";

    private static final int THREADS = 16;
    private static final int KEYS = 50;

    @Test
    void B19_everyAnswerOfALongRandomHistoryKeepsTheRules() {
        long seed = Long.getLong(SEED_PROPERTY, 20_260_117L);

        List<Call> history = fuzz(seed);

        String run = "run with -D" + SEED_PROPERTY + "=" + seed;
        assertEquals(List.of(), HistoryChecker.faultsOf(history), run);
        assertTrue(history.size() >= harness().fuzzCalls(), () -> "only " + history.size() + " calls; " + run);
        assertEverythingHappened(history, run);
    }

    private List<Call> fuzz(long seed) {
        History history = new History();
        FuzzBoard board =
                new FuzzBoard(IntStream.range(0, KEYS).mapToObj(i -> newId()).toList());
        IdempotencyStore[] nodes = {store(), harness().anotherNode()};
        int calls = harness().fuzzCalls() / THREADS * 11 / 10;
        List<Callable<Integer>> clients = IntStream.range(0, THREADS)
                .<Callable<Integer>>mapToObj(number -> () -> {
                    FuzzClient client = new FuzzClient(
                            new RecordingStore(nodes[number % nodes.length], history),
                            board,
                            new Random(seed + number),
                            (id, duration) -> pass(history, board, id, duration));
                    client.run(calls);
                    return number;
                })
                .toList();
        try (Racers racers = new Racers()) {
            racers.race(clients);
        }
        return history.calls();
    }

    private void pass(History history, FuzzBoard board, RecordId id, Duration duration) {
        List<RecordId> concerned = harness().timePassesForAll() ? board.ids() : List.of(id);
        history.recordAll(
                concerned,
                () -> {
                    harness().passTime(id, duration);
                    return concerned;
                },
                one -> one,
                (one, same) -> new Step.TimePassed(duration));
    }

    /** A history in which little happened proves little. */
    private static void assertEverythingHappened(List<Call> history, String run) {
        for (PreviousAttempt previous : PreviousAttempt.values()) {
            assertHappened(
                    history,
                    "an attempt after " + previous,
                    run,
                    step -> acquires(step)
                            .anyMatch(acquire ->
                                    acquire.answer() instanceof Acquired acquired && acquired.previous() == previous));
        }
        assertHappened(
                history,
                "a replay",
                run,
                step -> acquires(step).anyMatch(acquire -> acquire.answer() instanceof Completed));
        for (boolean answer : new boolean[] {true, false}) {
            assertHappened(
                    history,
                    "a write, " + answer,
                    run,
                    step -> step instanceof Step.Write write && write.answer() == answer);
            assertHappened(
                    history,
                    "a resolve, " + answer,
                    run,
                    step -> step instanceof Step.Resolve resolve && resolve.answer() == answer);
            assertHappened(
                    history,
                    "a delete, " + answer,
                    run,
                    step -> step instanceof Step.Delete delete && delete.answer() == answer);
        }
    }

    private static Stream<Step.Acquire> acquires(Step step) {
        return step instanceof Step.Acquire acquire ? Stream.of(acquire) : Stream.empty();
    }

    private static void assertHappened(List<Call> history, String what, String run, Predicate<Step> test) {
        assertTrue(history.stream().map(Call::step).anyMatch(test), () -> what + " never happened; " + run);
    }
}
