package io.onceguard.jdbc;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.Answer;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Cuts a list of items into statements of many rows, each row for another record and all in the order of the digests,
 * in which every node takes its locks. A second item for a record goes into the next statement.
 *
 * @param <I> the type of the items
 * @param <T> the type of the answers
 */
final class Batches<I, T> {

    /** Bytes of results in a statement of many rows: databases limit its length, and a driver may double them. */
    static final int BYTES = 4 << 20;

    private final int rows;
    private final Function<I, RecordId> idOf;
    private final ToIntFunction<I> sizeOf;
    private final Function<SortedMap<ByteBuffer, I>, Map<ByteBuffer, Answer<T>>> step;

    /**
     * Creates the cutter.
     *
     * @param rows the most rows in a statement
     * @param idOf the record of an item
     * @param sizeOf the bytes of its result
     * @param step one statement; answers for every digest that it is given
     */
    Batches(
            int rows,
            Function<I, RecordId> idOf,
            ToIntFunction<I> sizeOf,
            Function<SortedMap<ByteBuffer, I>, Map<ByteBuffer, Answer<T>>> step) {
        this.rows = rows;
        this.idOf = idOf;
        this.sizeOf = sizeOf;
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
        List<Answer<T>> answers = new ArrayList<>(items.size());
        Map<ByteBuffer, I> next = new LinkedHashMap<>();
        long bytes = 0;
        for (I item : items) {
            ByteBuffer digest = Statements.digest(idOf.apply(item));
            int size = sizeOf.applyAsInt(item);
            bytes += size;
            if (next.size() == rows || next.containsKey(digest) || bytes > BYTES) {
                run(next, answers);
                bytes = size;
            }
            next.put(digest, item);
        }
        run(next, answers);
        return List.copyOf(answers);
    }

    /** Runs the items, adds their answers in their order, and leaves room for the next ones. */
    private void run(Map<ByteBuffer, I> items, List<Answer<T>> answers) {
        if (!items.isEmpty()) {
            Map<ByteBuffer, Answer<T>> known = answersOf(new TreeMap<>(items));
            items.keySet().forEach(digest -> answers.add(requireNonNull(known.get(digest), "answer")));
            items.clear();
        }
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
