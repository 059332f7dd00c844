package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Callers that meet at a barrier, on two nodes, over many rounds. */
abstract class RaceRules extends StoreRules {

    private static final int RACERS = 8;

    /** Runs a race as often as the harness says, with a new record each time, and counts the rounds. */
    private void inManyRounds(Race race) {
        IdempotencyStore[] nodes = {store(), harness().anotherNode()};
        int rounds = 0;
        try (Racers racers = new Racers()) {
            while (rounds < harness().raceRounds()) {
                race.run(racers, nodes, newId());
                rounds++;
            }
        }
        assertTrue(rounds > 0, "no round was run");
    }

    private interface Race {
        void run(Racers racers, IdempotencyStore[] nodes, RecordId id);
    }

    private static List<Callable<AcquireResult>> callers(int count, IdempotencyStore[] nodes, AcquireRequest like) {
        return IntStream.range(0, count)
                .<Callable<AcquireResult>>mapToObj(i -> {
                    AcquireRequest request = new AcquireRequest(
                            like.id(),
                            like.fingerprint(),
                            newAttempt(),
                            like.lease(),
                            like.retention(),
                            like.takeover());
                    return () -> nodes[i % nodes.length].acquire(request);
                })
                .toList();
    }

    /** Asserts that exactly one caller was granted the lease, and that all others were told about it. */
    private Acquired assertOneWinner(List<AcquireResult> answers) {
        List<Acquired> winners = answers.stream()
                .filter(Acquired.class::isInstance)
                .map(Acquired.class::cast)
                .toList();
        assertEquals(1, winners.size(), "winners");
        Lease lease = winners.get(0).lease();
        for (AcquireResult answer : answers) {
            if (!(answer instanceof Acquired)) {
                StoredRecord seen = assertInstanceOf(Held.class, answer).record();
                assertEquals(RecordState.IN_PROGRESS, seen.state());
                assertEquals(lease.token(), seen.token(), "token told to a loser");
            }
        }
        assertEquals(lease.token(), find(lease.id()).token(), "token of the record");
        assertTrue(complete(lease), "the winner completes");
        return winners.get(0);
    }

    @Test
    void R04_ofManyCallersOnAFreshKeyOneAcquires() {
        inManyRounds((racers, nodes, id) -> {
            Acquired winner = assertOneWinner(racers.race(callers(RACERS, nodes, request(id))));
            assertEquals(1, winner.lease().number());
        });
    }

    @Test
    void B03_twoSimultaneousTakeoversHaveOneWinner() {
        inManyRounds((racers, nodes, id) -> {
            Lease dead = acquire(id);
            endLease(id);
            Acquired winner = assertOneWinner(racers.race(callers(2, nodes, takeover(id))));
            assertEquals(2, winner.lease().number());
            assertTrue(winner.lease().token() > dead.token(), "the token grew");
        });
    }

    @Test
    void B03_manySimultaneousTakeoversOfARecordOnHoldHaveOneWinner() {
        inManyRounds((racers, nodes, id) -> {
            store().hold(acquire(id));
            assertEquals(
                    2,
                    assertOneWinner(racers.race(callers(RACERS, nodes, takeover(id))))
                            .lease()
                            .number());
        });
    }

    @Test
    void B02_ofManyCallersOnAReleasedRecordOneAcquires() {
        inManyRounds((racers, nodes, id) -> {
            store().release(acquire(id));
            assertEquals(
                    2,
                    assertOneWinner(racers.race(callers(RACERS, nodes, request(id))))
                            .lease()
                            .number());
        });
    }

    @Test
    void B01_ofManyCallersOnAnExpiredRecordOneAcquires() {
        inManyRounds((racers, nodes, id) -> {
            complete(acquire(id));
            expire(id);
            assertEquals(
                    1,
                    assertOneWinner(racers.race(callers(RACERS, nodes, request(id))))
                            .lease()
                            .number());
        });
    }

    @Test
    void B06_copiesOfOneAcquireThatArriveTogetherGetOneAnswer() {
        inManyRounds((racers, nodes, id) -> {
            AcquireRequest request = request(id);
            List<AcquireResult> answers = racers.race(IntStream.range(0, 4)
                    .<Callable<AcquireResult>>mapToObj(i -> () -> nodes[i % 2].acquire(request))
                    .toList());
            assertEquals(1, answers.stream().distinct().count(), "different answers");
            assertEquals(1, granted(answers.get(0)).lease().number());
        });
    }

    @Test
    void R06_lateCompletionAndTakeoverExcludeEachOther() {
        inManyRounds((racers, nodes, id) -> {
            Lease late = acquire(id);
            endLease(id);
            AcquireRequest takeover = takeover(id);
            Callable<Object> completing = () -> nodes[0].complete(late, RESULT, RETENTION);
            Callable<Object> takingOver = () -> nodes[1].acquire(takeover);

            List<Object> answers = racers.race(List.of(completing, takingOver));

            if (answers.get(0).equals(true)) {
                assertInstanceOf(Completed.class, answers.get(1), "after the completion");
            } else {
                assertTrue(complete(granted((AcquireResult) answers.get(1)).lease()));
            }
        });
    }

    @Test
    void B15_lateCompletionAndResolveExcludeEachOther() {
        inManyRounds((racers, nodes, id) -> {
            Lease late = acquire(id);
            endLease(id);
            Callable<Boolean> completing = () -> nodes[0].complete(late, RESULT, RETENTION);
            Callable<Boolean> resolving = () -> nodes[1].resolve(id, late.token(), OTHER_RESULT, RETENTION);

            List<Boolean> answers = racers.race(List.of(completing, resolving));

            assertNotEquals(answers.get(0), answers.get(1), "one of the two is refused");
            assertEquals(answers.get(0) ? RESULT : OTHER_RESULT, find(id).result());
        });
    }

    @Test
    void R02_ofReleaseHoldAndCompletionOneCounts() {
        inManyRounds((racers, nodes, id) -> {
            Lease lease = acquire(id);
            Callable<Boolean> completing = () -> nodes[0].complete(lease, RESULT, RETENTION);
            Callable<Boolean> releasing = () -> nodes[1].release(lease);
            Callable<Boolean> holding = () -> nodes[0].hold(lease);

            List<Boolean> answers = racers.race(List.of(completing, releasing, holding));

            RecordState state = find(id).state();
            assertEquals(
                    List.of(state == RecordState.COMPLETED, state == RecordState.RELEASED, state == RecordState.HELD),
                    answers);
        });
    }

    @Test
    void B17_batchesThatNameTheSameRecordsInOppositeOrderDoNotBlockEachOther() {
        inManyRounds((racers, nodes, first) -> {
            List<RecordId> ids = List.of(first, newId(), newId(), newId());
            List<RecordId> backwards = List.of(ids.get(3), ids.get(2), ids.get(1), ids.get(0));
            List<AcquireRequest> here = ids.stream().map(StoreRules::request).toList();
            List<AcquireRequest> there =
                    backwards.stream().map(StoreRules::request).toList();
            Callable<Long> one = () -> granted(nodes[0], here);
            Callable<Long> two = () -> granted(nodes[1], there);

            List<Long> granted = racers.race(List.of(one, two));

            assertEquals(4, granted.get(0) + granted.get(1), "each record has one owner");
        });
    }

    private static long granted(IdempotencyStore store, List<AcquireRequest> requests) {
        return store.acquireAll(requests).stream()
                .filter(answer -> answer.orElseThrow() instanceof Acquired)
                .count();
    }

    @Test
    void B18_manyThreadsHoldLeasesAtOnceWithoutStarvingEachOther() {
        int threads = 200;
        CyclicBarrier working = new CyclicBarrier(threads);
        try (Racers racers = new Racers()) {
            List<Callable<Boolean>> callers = IntStream.range(0, threads)
                    .<Callable<Boolean>>mapToObj(i -> {
                        RecordId id = newId();
                        return () -> {
                            Lease lease = acquire(id);
                            // the work of each goes on until all have begun: whoever keeps a connection blocks the rest
                            working.await(60, TimeUnit.SECONDS);
                            return store().renew(lease) && complete(lease);
                        };
                    })
                    .toList();
            assertTrue(racers.race(callers).stream().allMatch(done -> done), "every caller completes");
        }
    }

    @Test
    void B18_manyThreadsOnOneKeyAreAllAnswered() {
        RecordId id = newId();
        try (Racers racers = new Racers()) {
            IdempotencyStore[] nodes = {store(), harness().anotherNode()};
            assertOneWinner(racers.race(callers(200, nodes, request(id))));
            Consumer<AcquireResult> replayed = answer -> assertEquals(
                    RESULT, assertInstanceOf(Completed.class, answer).record().result());
            racers.race(callers(200, nodes, request(id))).forEach(replayed);
        }
    }
}
