package io.onceguard.memory;

import io.onceguard.ModelStore;
import io.onceguard.memory.HistoryStep.Acquire;
import io.onceguard.memory.HistoryStep.Operate;
import io.onceguard.memory.HistoryStep.Order;
import io.onceguard.memory.HistoryStep.Pass;
import io.onceguard.memory.HistoryStep.Seen;
import io.onceguard.memory.HistoryStep.Write;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Plays a history on a store and on the model, and compares: the answer to every step, and after it the record.
 *
 * <p>Tokens are a store's own choice. In the answers they are replaced by their place among the tokens of their key, in
 * the order of the grants; a token that is not above those before it, or that nobody was granted, has none.
 */
final class HistoryRun {

    private static final long UNKNOWN_TOKEN = -1;
    private static final long TOKEN_WENT_BACK = -2;

    /** Where the two part. */
    record Divergence(int step, Answer store, Answer model) {}

    /** What a step was told, and what its record looks like now. */
    record Answer(Object told, Optional<StoredRecord> record) {}

    private final History history;
    private final Side store;
    private final Side model;
    private long elapsed;

    private HistoryRun(History history, Function<LongSupplier, IdempotencyStore> tested) {
        this.history = history;
        this.store = new Side(tested.apply(() -> history.origin() + elapsed));
        this.model = new Side(new ModelStore(() -> elapsed));
    }

    /**
     * Returns where the store first says something else than the model, or null if it never does.
     *
     * @param tested makes a new store with the given clock
     */
    static @Nullable Divergence play(History history, Function<LongSupplier, IdempotencyStore> tested) {
        return new HistoryRun(history, tested).play();
    }

    private @Nullable Divergence play() {
        for (int i = 0; i < history.steps().size(); i++) {
            HistoryStep step = history.steps().get(i);
            if (step instanceof Pass pass) {
                elapsed += pass.time().toNanos();
            }
            Answer answer = store.take(step);
            Answer expected = model.take(step);
            if (!answer.equals(expected)) {
                return new Divergence(i, answer, expected);
            }
        }
        return null;
    }

    /** The history as lines to be read, and what was said where the two parted. */
    static String describe(History history, Divergence divergence) {
        StringBuilder text = new StringBuilder("seed " + history.seed() + ", clock begins at " + history.origin());
        for (int i = 0; i <= divergence.step; i++) {
            text.append("\n  ")
                    .append(i + 1)
                    .append(". ")
                    .append(history.steps().get(i));
        }
        if (!divergence.store.told.equals(divergence.model.told)) {
            text.append("\n  The store says ").append(divergence.store.told);
            text.append("\n  The model says ").append(divergence.model.told);
        }
        if (!divergence.store.record.equals(divergence.model.record)) {
            text.append("\n  The store keeps ").append(divergence.store.record);
            text.append("\n  The model keeps ").append(divergence.model.record);
        }
        return text.toString();
    }

    /** One of the two stores and the tokens that it has granted so far, by key. */
    private static final class Side {

        private final IdempotencyStore store;
        private final List<List<Long>> tokens = new ArrayList<>();

        Side(IdempotencyStore store) {
            this.store = store;
            for (int key = 0; key < History.KEYS; key++) {
                tokens.add(new ArrayList<>());
            }
        }

        Answer take(HistoryStep step) {
            Object told = told(step);
            return new Answer(told, find(step.key()));
        }

        private Object told(HistoryStep step) {
            if (step instanceof Acquire acquire) {
                long token = token(acquire.key(), acquire.seen());
                return inOrder(acquire.key(), store.acquire(acquire.request(token)));
            }
            if (step instanceof Write write) {
                return write(write);
            }
            if (step instanceof Operate operate) {
                long token = token(operate.key(), operate.seen());
                return operate.order() == Order.DELETE
                        ? store.delete(HistoryStep.id(operate.key()), token)
                        : store.resolve(HistoryStep.id(operate.key()), token, operate.result(), operate.retention());
            }
            return step instanceof Pass ? "nothing" : find(step.key());
        }

        private boolean write(Write write) {
            return switch (write.verb()) {
                case RENEW -> store.renew(write.unseen());
                case COMPLETE -> store.complete(write.unseen(), write.result(), write.retention());
                case RELEASE -> store.release(write.unseen());
                case HOLD -> store.hold(write.unseen());
            };
        }

        private Optional<StoredRecord> find(int key) {
            return store.find(HistoryStep.id(key)).map(record -> inOrder(key, record));
        }

        private long token(int key, Seen seen) {
            List<Long> granted = tokens.get(key);
            int index = granted.size() - (seen == Seen.LATEST ? 1 : 2);
            return seen == Seen.NONE || index < 0 ? 0 : granted.get(index);
        }

        private AcquireResult inOrder(int key, AcquireResult result) {
            if (result instanceof AcquireResult.Acquired acquired) {
                Lease lease = acquired.lease();
                long place = granted(key, lease.token());
                return new AcquireResult.Acquired(
                        new Lease(
                                lease.id(),
                                lease.attemptId(),
                                lease.number(),
                                place,
                                lease.duration(),
                                lease.retention()),
                        acquired.previous());
            }
            StoredRecord record = inOrder(key, ((AcquireResult.Refused) result).record());
            if (result instanceof AcquireResult.Completed) {
                return new AcquireResult.Completed(record);
            }
            return result instanceof AcquireResult.Held
                    ? new AcquireResult.Held(record)
                    : new AcquireResult.Abandoned(record);
        }

        private StoredRecord inOrder(int key, StoredRecord record) {
            int place = tokens.get(key).indexOf(record.token());
            return new StoredRecord(
                    record.state(),
                    record.fingerprint(),
                    record.number(),
                    place < 0 ? UNKNOWN_TOKEN : place,
                    record.age(),
                    record.leaseLeft(),
                    record.retentionLeft(),
                    record.result());
        }

        private long granted(int key, long token) {
            List<Long> granted = tokens.get(key);
            int known = granted.indexOf(token);
            if (known < 0 && !granted.isEmpty() && token <= granted.get(granted.size() - 1)) {
                return TOKEN_WENT_BACK;
            }
            if (known < 0) {
                granted.add(token);
            }
            return known < 0 ? granted.size() - 1 : known;
        }
    }
}
