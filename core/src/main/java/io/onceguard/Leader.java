package io.onceguard;

import io.onceguard.IdempotencyListener.RanUnguarded;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.Takeover;
import org.jspecify.annotations.Nullable;

/**
 * The call that asks the store, for itself or for all who meet here: until the store says something final, or grants the
 * lease, or cannot be reached. With the lease it works ({@link AttemptRun}).
 */
final class Leader<T extends @Nullable Object, X extends Exception> {

    static final int LATE_ANSWERS = 3;

    private final Execution<T, X> execution;
    private final KeyedCall<T, X> call;
    private final Operation<T> operation;
    private final StoreNode node;
    private final RecordId id;

    /** Where others follow it; null as long as nobody does. */
    private @Nullable Meeting meeting;

    private long sentAt;
    private long answeredAt;

    /** Leads a call; others follow it in the meeting, or nobody does if there is none. */
    Leader(Execution<T, X> execution, @Nullable Meeting mine) {
        this.execution = execution;
        this.call = execution.call;
        this.operation = call.operation;
        this.node = execution.node;
        this.id = call.id;
        this.meeting = mine;
    }

    @Nullable
    Outcome<T> outcome() throws X {
        try {
            return ask();
        } finally {
            if (meeting != null) {
                leave(node, meeting);
            }
        }
    }

    private @Nullable Outcome<T> ask() throws X {
        AcquireRequest request = call.newRequest();
        while (true) {
            AcquireResult answer;
            try {
                answer = acquire(request);
            } catch (StoreException failure) {
                return unreachable(failure);
            }
            if (answer instanceof AcquireResult.Acquired acquired) {
                return attempt(acquired);
            }
            AcquireResult.Refused refused = (AcquireResult.Refused) answer;
            if (refused instanceof AcquireResult.Completed) {
                tellFollowers(refused); // before the judgement, which throws a recorded failure
            }
            Outcome<T> outcome = execution.judge(refused);
            if (outcome == null && refused instanceof AcquireResult.Abandoned) {
                // Its fingerprint cannot be compared, which counts as equal; the store compares bytes only.
                request = request.withTakeover(Takeover.ofToken(refused.record().token()));
                continue;
            }
            if (outcome == null) {
                outcome = pause(refused.record());
            }
            if (outcome != null && !(refused instanceof AcquireResult.Abandoned)) {
                tellFollowers(refused); // who came after an owner's late completion must not hear that it was abandoned
            }
            if (outcome != null || meeting == null) {
                return outcome;
            }
        }
    }

    private void tellFollowers(AcquireResult.Refused refused) {
        if (meeting != null) {
            meeting.end(node.platform, new Meeting.Ending.Answered(refused));
        }
    }

    /**
     * Acquires, and asks again where the answer came later than the lease lasts: by then somebody else may hold it.
     */
    private AcquireResult acquire(AcquireRequest request) {
        boolean granted = false;
        try {
            for (int i = 0; i < LATE_ANSWERS; i++) {
                sentAt = node.platform.nanoTime();
                AcquireResult answer =
                        node.ask(id, Step.ACQUIRE, operation.events(), () -> node.store.acquire(request));
                if (!(answer instanceof AcquireResult.Acquired)) {
                    return answer;
                }
                answeredAt = node.platform.nanoTime();
                if (answeredAt - sentAt < operation.leaseNanos()) {
                    return answer;
                }
                granted = true;
            }
            throw tooLate(operation);
        } catch (StoreException failure) {
            if (granted || failure.ambiguous()) {
                giveUp(request);
            }
            throw failure;
        }
    }

    static StoreException tooLate(Operation<?> operation) {
        return new StoreException(
                "the store answers later than a lease of " + operation.lease() + " lasts", true, null);
    }

    /**
     * The acquire was or may have been applied, but nobody is going to run: how the key is given back. If it may have
     * taken over from an attempt whose effect is to be asked for, the record is put on hold instead: once it was
     * released, nobody would ask any more.
     */
    static FinalWrite givenUp(AcquireRequest request, Operation<?> operation) {
        Lease unseen = new Lease(request.id(), request.attemptId(), 0, 0, request.lease(), request.retention());
        return operation.reconciler() == null ? FinalWrite.release(unseen) : FinalWrite.hold(unseen);
    }

    private void giveUp(AcquireRequest request) {
        FinalWrite last = givenUp(request, operation);
        try {
            StoreNode.once(() -> last.applyTo(node.store));
        } catch (StoreException failure) {
            operation.events().storeFailed(new StoreFailed(id, last.step(), failure));
        }
    }

    /** Waits a little for a holder on another node; the outcome says that the time is over. */
    private @Nullable Outcome<T> pause(StoredRecord holder) {
        if (meeting != null) {
            meeting.polling(node.platform, holder);
        }
        RemoteWatch watch = execution.watch();
        long until = execution.nextLook();
        long left;
        while (!watch.hasMoved() && (left = until - node.platform.nanoTime()) > 0) {
            if (Thread.currentThread().isInterrupted()) {
                return call.inProgress(holder.leaseLeft());
            }
            node.platform.park(this, left);
        }
        return null;
    }

    private Outcome<T> attempt(AcquireResult.Acquired acquired) throws X {
        HeldLease lease = new HeldLease(node.platform, operation, acquired.lease(), sentAt);
        Meeting known = meeting();
        known.running(node.platform, lease);
        node.register(known);
        node.keeper.watch(lease, answeredAt);
        return new AttemptRun<>(call, new LeasedRecord(node, known, lease), acquired.previous()).outcome();
    }

    /** Where callers will find this one. */
    private Meeting meeting() {
        if (meeting == null) {
            meeting = new Meeting(id, call.fingerprint);
        }
        return meeting;
    }

    /** The store could not be asked: fails closed, or runs unguarded where the operation says so. */
    private Outcome<T> unreachable(StoreException failure) throws X {
        if (!operation.failOpen()) {
            if (meeting != null) {
                meeting.end(node.platform, new Meeting.Ending.Failed(failure));
            }
            throw new IdempotencyStoreException(id, failure);
        }
        operation.events().ranUnguarded(new RanUnguarded(id, failure));
        Meeting known = meeting();
        known.unguarded(node.platform);
        node.meetings.putIfAbsent(id, known);
        Attempt attempt = new Attempt(id, call.originId(), PreviousAttempt.NONE, null);
        T value = Unrecorded.run(operation.events(), id, attempt, call.work);
        return new Outcome.Executed<>(value, Recording.UNGUARDED, attempt.originId());
    }

    /** The leader is done; a meeting whose write goes on in the background ends there. */
    static void leave(StoreNode node, Meeting meeting) {
        if (meeting.phase() != Meeting.Phase.DEFERRED) {
            meeting.end(node.platform, Meeting.ASK_STORE);
            node.meetings.remove(meeting.id, meeting);
        }
    }
}
