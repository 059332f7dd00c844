package io.onceguard.testkit;

import io.onceguard.spi.RecordId;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of many threads with their answers. A counter that all threads share is read before and after each call,
 * so that of two calls it is known whether one was over before the other began. Safe for use by many threads.
 */
final class History {

    /**
     * One call.
     *
     * @param id the record
     * @param step the call and its answer
     * @param called when the call began
     * @param answered when it was over
     */
    record Call(RecordId id, Step step, long called, long answered) {

        /** A call equals itself only: one batch may name the same item twice. */
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    private final AtomicLong clock = new AtomicLong();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

    /** Makes a call on one record and records it with its answer. A call that throws is not recorded. */
    <T> T record(RecordId id, Supplier<T> call, Function<T, Step> step) {
        long called = clock.incrementAndGet();
        T answer = call.get();
        long answered = clock.incrementAndGet();
        calls.add(new Call(id, step.apply(answer), called, answered));
        return answer;
    }

    /** Makes a call on many records and records it as one call for each, all at the same time. */
    <I, T> List<T> recordAll(List<I> items, Supplier<List<T>> call, Function<I, RecordId> id, Steps<I, T> step) {
        long called = clock.incrementAndGet();
        List<T> answers = call.get();
        long answered = clock.incrementAndGet();
        for (int i = 0; i < items.size(); i++) {
            I item = items.get(i);
            calls.add(new Call(id.apply(item), step.of(item, answers.get(i)), called, answered));
        }
        return answers;
    }

    /** Makes a step of an item and its answer. */
    interface Steps<I, T> {
        Step of(I item, T answer);
    }

    /** Returns the calls so far, in no order. */
    List<Call> calls() {
        return List.copyOf(calls);
    }
}
