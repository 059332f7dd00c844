package io.onceguard.memory;

import io.onceguard.memory.HistoryRun.Divergence;
import io.onceguard.spi.IdempotencyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Makes a history that shows a divergence shorter: drops steps, many at once and then single ones, while it stays. */
final class HistoryShrinker {

    private final Function<LongSupplier, IdempotencyStore> tested;

    HistoryShrinker(Function<LongSupplier, IdempotencyStore> tested) {
        this.tested = tested;
    }

    /** Returns a history of which no single step can be dropped. */
    History shrink(History history) {
        History smallest = cut(history);
        int before;
        do {
            before = smallest.steps().size();
            for (int chunk = Math.max(1, before / 2); chunk > 0; chunk /= 2) {
                smallest = drop(smallest, chunk);
            }
        } while (smallest.steps().size() < before);
        return smallest;
    }

    /** What comes after the divergence shows nothing. */
    private History cut(History history) {
        Divergence divergence = HistoryRun.play(history, tested);
        if (divergence == null) {
            throw new IllegalArgumentException("seed " + history.seed() + ": no divergence to shrink");
        }
        return history.with(history.steps().subList(0, divergence.step() + 1));
    }

    private History drop(History from, int chunk) {
        History smallest = from;
        for (int start = from.steps().size() - chunk;
                start >= 0;
                start = Math.min(start, smallest.steps().size()) - chunk) {
            List<HistoryStep> fewer = new ArrayList<>(smallest.steps());
            fewer.subList(start, start + chunk).clear();
            History candidate = smallest.with(fewer);
            if (HistoryRun.play(candidate, tested) != null) {
                smallest = cut(candidate);
            }
        }
        return smallest;
    }
}
