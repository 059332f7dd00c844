package io.onceguard;

import io.onceguard.IdempotencyListener.Step;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.RecordId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The way of many calls to their results: one claim for all, their works, one last write for all. What each of them does
 * in these steps is a {@link BatchTurn}. One thread, one use.
 */
final class Batch<T extends @Nullable Object> {

    private final Operation<T> operation;
    private final StoreNode node;
    private final List<BatchMember<T>> members;

    /** The members that ask the store: of each key the first, in order. */
    private final Map<BatchMember<T>, BatchTurn<T>> turns = new LinkedHashMap<>();

    /** Members with the key of an earlier one, and the earlier one. */
    private final Map<BatchTurn<T>, BatchTurn<T>> later = new LinkedHashMap<>();

    Batch(Operation<T> operation, StoreNode node, List<BatchMember<T>> members) {
        this.operation = operation;
        this.node = node;
        this.members = members;
    }

    void run(BatchWorkers workers) {
        if (Thread.currentThread().isInterrupted()) {
            members.stream().filter(BatchMember::begin).forEach(member -> member.skip(null));
            return;
        }
        try {
            meet();
            claim();
            workers.run(members.stream().filter(this::isWorker).map(this::task).toList());
            write();
        } finally {
            turns.values().forEach(BatchTurn::leave);
        }
        later.forEach((second, first) -> first.settle(second));
    }

    /** Finds out who asks the store. */
    private void meet() {
        Map<RecordId, BatchTurn<T>> firsts = new HashMap<>();
        for (BatchMember<T> member : members) {
            KeyedCall<T, Exception> call = member.keyed();
            if (call != null) {
                BatchTurn<T> turn = new BatchTurn<>(member, call, node);
                BatchTurn<T> first = firsts.get(call.id);
                if (first != null) {
                    later.put(turn, first);
                } else if (!turn.glance()) {
                    firsts.put(call.id, turn);
                    turns.put(member, turn);
                }
            }
        }
    }

    private void claim() {
        BulkStep<AcquireRequest, AcquireResult> acquire =
                new BulkStep<>(Step.ACQUIRE, AcquireRequest::id, node.store::acquireAll);
        List<BatchTurn<T>> asking = List.copyOf(turns.values());
        while (!asking.isEmpty()) {
            long sentAt = node.platform.nanoTime();
            List<Answer<AcquireResult>> answers =
                    acquire.ask(asking.stream().map(BatchTurn::request).toList(), operation.events());
            List<BatchTurn<T>> again = new ArrayList<>();
            for (int i = 0; i < asking.size(); i++) {
                if (!asking.get(i).answered(answers.get(i), sentAt)) {
                    again.add(asking.get(i));
                }
            }
            asking = again;
        }
        giveUpUnseen();
    }

    private void giveUpUnseen() {
        List<FinalWrite> unseen = new ArrayList<>();
        for (BatchTurn<T> turn : turns.values()) {
            FinalWrite write = turn.giveUp();
            if (write != null) {
                unseen.add(write);
            }
        }
        new LastWrites(node.store, operation.events()).ask(unseen);
    }

    private boolean isWorker(BatchMember<T> member) {
        return !member.isSettled() && (member.keyed() == null || turns.containsKey(member));
    }

    private BatchWorkers.Task task(BatchMember<T> member) {
        BatchTurn<T> turn = turns.get(member);
        return new BatchWorkers.Task() {
            @Override
            public boolean begin() {
                return member.begin();
            }

            @Override
            public void run() {
                if (turn == null) {
                    member.runWithoutKey();
                } else {
                    turn.work();
                }
            }

            @Override
            public void skip(@Nullable Throwable cause) {
                member.skip(cause);
                if (turn != null) {
                    turn.giveBack();
                }
            }
        };
    }

    /** The works are done: an interrupt breaks connections and files, and would now lose what they did. */
    private void write() {
        boolean interrupted = Thread.interrupted();
        try {
            List<BatchTurn<T>> ended = new ArrayList<>();
            List<FinalWrite> writes = new ArrayList<>();
            for (BatchTurn<T> turn : turns.values()) {
                FinalWrite write = turn.lastWrite();
                if (write != null) {
                    ended.add(turn);
                    writes.add(write);
                }
            }
            List<Answer<Boolean>> answers = new LastWrites(node.store, operation.events()).ask(writes);
            for (int i = 0; i < ended.size(); i++) {
                ended.get(i).written(answers.get(i));
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
