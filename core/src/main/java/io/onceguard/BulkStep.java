package io.onceguard;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * One verb of the store, asked for many records at once.
 *
 * @param step the verb
 * @param idOf the record of an item
 * @param verb asks the store
 */
record BulkStep<I, R>(Step step, Function<I, RecordId> idOf, Function<List<I>, List<Answer<R>>> verb) {

    /**
     * Asks. The items whose reply may have been lost are asked for once more, with the same attempt ids, and so get the
     * answers that were lost.
     */
    List<Answer<R>> ask(List<I> items, Events events) {
        List<Answer<R>> answers = once(items, events);
        List<Integer> lost = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            StoreException failure = answers.get(i).failure();
            if (failure != null && failure.ambiguous()) {
                lost.add(i);
            }
        }
        if (!lost.isEmpty()) {
            List<Answer<R>> again = once(lost.stream().map(items::get).toList(), events);
            for (int i = 0; i < again.size(); i++) {
                // If it fails again: the first may have been applied, whatever is known of the second.
                if (again.get(i).failure() == null) {
                    answers.set(lost.get(i), again.get(i));
                }
            }
        }
        return answers;
    }

    private List<Answer<R>> once(List<I> items, Events events) {
        List<Answer<R>> answers = new ArrayList<>(items.size());
        try {
            answers.addAll(StoreNode.once(() -> List.copyOf(verb.apply(List.copyOf(items)))));
        } catch (StoreException failure) {
            answers.addAll(Collections.nCopies(items.size(), Answer.failed(failure)));
        }
        while (answers.size() < items.size()) {
            answers.add(Answer.failed(new StoreException("the store left an item unanswered", true, null)));
        }
        for (int i = 0; i < items.size(); i++) {
            StoreException failure = answers.get(i).failure();
            if (failure != null) {
                events.storeFailed(new StoreFailed(idOf.apply(items.get(i)), step, failure));
            }
        }
        return answers;
    }
}
