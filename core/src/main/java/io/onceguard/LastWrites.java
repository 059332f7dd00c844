package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** The last writes of many attempts: one call of the store for each verb. */
final class LastWrites {

    private final IdempotencyStore store;
    private final Events events;

    LastWrites(IdempotencyStore store, Events events) {
        this.store = store;
        this.events = events;
    }

    /** Writes, and returns one answer for each write, in their order. */
    List<Answer<Boolean>> ask(List<FinalWrite> writes) {
        List<Answer<Boolean>> answers =
                new ArrayList<>(Collections.<Answer<Boolean>>nCopies(writes.size(), Answer.of(false)));
        ask(Step.COMPLETE, writes, answers, this::complete);
        ask(Step.RELEASE, writes, answers, some -> store.releaseAll(leases(some)));
        ask(Step.HOLD, writes, answers, some -> store.holdAll(leases(some)));
        return answers;
    }

    private void ask(
            Step step,
            List<FinalWrite> writes,
            List<Answer<Boolean>> answers,
            Function<List<FinalWrite>, List<Answer<Boolean>>> verb) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < writes.size(); i++) {
            if (writes.get(i).step() == step) {
                positions.add(i);
            }
        }
        if (positions.isEmpty()) {
            return;
        }
        BulkStep<FinalWrite, Boolean> bulk =
                new BulkStep<>(step, write -> write.lease().id(), verb);
        List<Answer<Boolean>> some =
                bulk.ask(positions.stream().map(writes::get).toList(), events);
        for (int i = 0; i < positions.size(); i++) {
            answers.set(positions.get(i), some.get(i));
        }
    }

    private List<Answer<Boolean>> complete(List<FinalWrite> writes) {
        return store.completeAll(writes.stream()
                .map(write -> new Completion(write.lease(), requireNonNull(write.result()), write.retention()))
                .toList());
    }

    private static List<Lease> leases(List<FinalWrite> writes) {
        return writes.stream().map(FinalWrite::lease).toList();
    }
}
