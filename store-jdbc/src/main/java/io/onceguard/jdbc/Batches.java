package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.Answer;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Cuts a list of items into statements of many rows, each row for another record and all in the order of the digests,
 * in which every node takes its locks. A second item for a record goes into a later statement.
 *
 * @param <I> the type of the items
 * @param <T> the type of the answers
 */
final class Batches<I, T> {

    /** Rows in a statement. At most eleven parameters for each keep clear of PostgreSQL's 65,535. */
    static final int ROWS = 500;

    private final Function<I, RecordId> idOf;
    private final Function<SortedMap<ByteBuffer, I>, Map<ByteBuffer, Answer<T>>> step;

    /**
     * Creates the cutter.
     *
     * @param idOf the record of an item
     * @param step one statement; answers for every digest that it is given
     */
    Batches(Function<I, RecordId> idOf, Function<SortedMap<ByteBuffer, I>, Map<ByteBuffer, Answer<T>>> step) {
        this.idOf = idOf;
        this.step = step;
    }

    /** Runs one item, and throws if it fails. */
    T one(I item) {
        ByteBuffer digest = Statements.digest(idOf.apply(item));
        SortedMap<ByteBuffer, I> single = new TreeMap<>();
        single.put(digest, item);
        return requireNonNull(step.apply(single).get(digest), "answer").orElseThrow();
    }

    /** Runs all items and answers in their order. */
    List<Answer<T>> all(List<I> items) {
        List<ByteBuffer> digests =
                items.stream().map(idOf).map(Statements::digest).toList();
        SortedMap<Integer, Answer<T>> answers = new TreeMap<>();
        for (SortedMap<ByteBuffer, Integer> wave : waves(digests)) {
            SortedMap<ByteBuffer, I> rows = new TreeMap<>();
            wave.forEach((digest, position) -> {
                rows.put(digest, items.get(position));
                if (rows.size() == ROWS || digest.equals(wave.lastKey())) {
                    answersOf(rows).forEach((known, answer) -> answers.put(positionOf(known, wave), answer));
                    rows.clear();
                }
            });
        }
        return List.copyOf(answers.values());
    }

    private static int positionOf(ByteBuffer digest, SortedMap<ByteBuffer, Integer> wave) {
        return requireNonNull(wave.get(digest), "a step answered for another record");
    }

    /** Positions by digest: the first item of every record, then the second of those that have one, and so on. */
    private static List<SortedMap<ByteBuffer, Integer>> waves(List<ByteBuffer> digests) {
        List<SortedMap<ByteBuffer, Integer>> waves = new ArrayList<>();
        Map<ByteBuffer, Integer> seen = new HashMap<>();
        for (int position = 0; position < digests.size(); position++) {
            int wave = seen.merge(digests.get(position), 1, Integer::sum) - 1;
            if (wave == waves.size()) {
                waves.add(new TreeMap<>());
            }
            waves.get(wave).put(digests.get(position), position);
        }
        return waves;
    }

    /** Runs one statement. If a value is refused, each item is run for itself, so that it spoils no other. */
    private Map<ByteBuffer, Answer<T>> answersOf(SortedMap<ByteBuffer, I> rows) {
        try {
            return step.apply(rows);
        } catch (StoreException failure) {
            Map<ByteBuffer, Answer<T>> answers = new HashMap<>();
            if (rows.size() > 1 && failure instanceof RefusedValueException) {
                rows.forEach((digest, item) -> answers.putAll(answersOf(new TreeMap<>(Map.of(digest, item)))));
            } else {
                rows.keySet().forEach(digest -> answers.put(digest, Answer.failed(failure)));
            }
            return answers;
        }
    }
}
