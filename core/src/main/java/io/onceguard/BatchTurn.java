package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyListener.RanUnguarded;
import io.onceguard.OwnedRecord.Written;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Refused;
import io.onceguard.spi.Answer;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.Takeover;
import org.jspecify.annotations.Nullable;

/**
 * What a member of a batch does that leads its key: it claims, works, and writes how that ended. Between these steps the
 * batch asks the store for all members at once.
 *
 * <p>Others of this JVM meet it only once it has its lease, as with a local store: two batches that waited for each
 * other's answers would wait for ever.
 */
final class BatchTurn<T extends @Nullable Object> {

    final BatchMember<T> member;
    final KeyedCall<T, Exception> call;

    private final StoreNode node;
    private final Execution<T, Exception> execution;
    private final Meeting meeting;

    private AcquireRequest request;
    private int lateAnswers;
    private boolean unseen;
    private @Nullable StoreException unguarded;
    private @Nullable Claim<T> claim;
    private @Nullable AttemptEnd<T, Exception> end;
    private @Nullable FinalWrite lastWrite;

    /** What was granted. */
    private record Claim<T extends @Nullable Object>(
            HeldLease lease, LeasedRecord record, PreviousAttempt previous, AttemptRun<T, Exception> run) {}

    BatchTurn(BatchMember<T> member, KeyedCall<T, Exception> call, StoreNode node) {
        this.member = member;
        this.call = call;
        this.node = node;
        this.execution = new Execution<>(call, node, WaitPolicy.reject());
        this.meeting = new Meeting(call.id, call.fingerprint);
        this.request = call.newRequest();
    }

    /** Looks whether somebody else of this JVM is at it, or has just done it; returns whether that settles the member. */
    boolean glance() {
        member.settle(execution::glance);
        return member.isSettled();
    }

    // ---- the claim

    AcquireRequest request() {
        return request;
    }

    /** Takes the store's answer to a request that was sent then; returns false if the store is to be asked again. */
    boolean answered(Answer<AcquireResult> answer, long sentAt) {
        StoreException failure = answer.failure();
        if (failure != null) {
            unreachable(failure);
            return true;
        }
        AcquireResult result = answer.orElseThrow();
        if (result instanceof Refused refused) {
            return refused(refused);
        }
        if (node.platform.nanoTime() - sentAt < call.operation.leaseNanos()) {
            granted((Acquired) result, sentAt);
            return true;
        }
        if (++lateAnswers == Leader.LATE_ANSWERS) {
            unreachable(Leader.tooLate(call.operation));
        }
        return lateAnswers == Leader.LATE_ANSWERS;
    }

    private boolean refused(Refused refused) {
        member.settle(() -> execution.judge(refused));
        if (member.isSettled()) {
            meeting.end(node.platform, new Meeting.Ending.Answered(refused));
            return true;
        }
        // Its fingerprint cannot be compared, which counts as equal; the store compares bytes only.
        request = request.withTakeover(Takeover.ofToken(refused.record().token()));
        return false;
    }

    private void unreachable(StoreException failure) {
        unseen = lateAnswers > 0 || failure.ambiguous();
        if (call.operation.failOpen()) {
            unguarded = failure;
        } else {
            member.refuse(new IdempotencyStoreException(call.id, failure));
        }
    }

    /** The acquire was or may have been applied, but nobody is going to run under it: how the key is given back. */
    @Nullable
    FinalWrite giveUp() {
        return unseen ? Leader.givenUp(request, call.operation) : null;
    }

    private void granted(Acquired acquired, long sentAt) {
        HeldLease lease = new HeldLease(node.platform, call.operation, acquired.lease(), sentAt);
        lease.awaitTurn();
        meeting.running(node.platform, lease);
        LeasedRecord record = new LeasedRecord(node, meeting, lease);
        claim = new Claim<>(lease, record, acquired.previous(), new AttemptRun<>(call, record, acquired.previous()));
        node.register(meeting);
        node.keeper.watch(lease, node.platform.nanoTime());
    }

    // ---- the work

    /** Runs the work, up to its last write. */
    void work() {
        meeting.workBy(Thread.currentThread()); // so that a nested call with this key does not wait for itself
        try {
            workAs(claim);
        } finally {
            meeting.workBy(null);
        }
    }

    private void workAs(@Nullable Claim<T> granted) {
        if (granted == null) {
            workUnguarded();
        } else if (granted.lease.isHeldNow()) {
            granted.lease.workBegins();
            end = granted.run.end();
            lastWrite = end.write();
        } else {
            member.skip(null);
            giveBack();
        }
    }

    private void workUnguarded() {
        call.operation.events().ranUnguarded(new RanUnguarded(call.id, requireNonNull(unguarded)));
        meeting.unguarded(node.platform);
        node.meetings.putIfAbsent(call.id, meeting);
        Attempt attempt = new Attempt(call.id, call.originId(), PreviousAttempt.NONE, null);
        member.settle(
                () -> {
                    T value = Unrecorded.run(call.operation.events(), call.id, attempt, call.work);
                    return new Outcome.Executed<>(value, Recording.UNGUARDED, attempt.originId());
                },
                null);
    }

    /** Gives the key back without having worked. */
    void giveBack() {
        Claim<T> granted = claim;
        if (granted != null) {
            granted.lease.workEnded();
            lastWrite = call.operation.givenBack(granted.record.lease(), granted.previous);
        }
    }

    // ---- the last write

    /** The last write, which is on its way from here on; null if there is none. */
    @Nullable
    FinalWrite lastWrite() {
        if (lastWrite != null) {
            requireNonNull(claim).record.writing();
        }
        return lastWrite;
    }

    /** Takes the answer to the last write. */
    void written(Answer<Boolean> answer) {
        AttemptEnd<T, Exception> ended = end;
        FinalWrite write = requireNonNull(lastWrite);
        LeasedRecord record = requireNonNull(claim).record;
        StoreException failure = answer.failure();
        Written written = failure == null
                ? record.settle(write, call.operation, answer.orElseThrow())
                : record.unanswered(write, call.operation, ended == null ? null : ended.failure(), failure);
        if (ended != null) {
            FailurePolicies policies = written == Written.REFUSED ? null : call.operation.failures();
            member.settle(() -> ended.meaning().of(written), policies);
        }
    }

    /** The batch is done with this member; a meeting whose write goes on in the background ends there. */
    void leave() {
        Leader.leave(node, meeting);
    }

    // ---- later members with the same key

    /** What a later member of the batch with this one's key gets: it never runs. */
    void settle(BatchTurn<T> later) {
        if (!later.member.sharesWith(member)) {
            later.member.settle(() -> later.follow(meeting));
        }
    }

    private Outcome<T> follow(Meeting earlier) {
        Outcome<T> outcome = earlier.phase() == Meeting.Phase.ENDED ? execution.afterEnd(earlier) : null;
        if (outcome == null && earlier.phase() == Meeting.Phase.DEFERRED && call.differs(earlier.fingerprint)) {
            outcome = call.mismatch();
        }
        return outcome == null ? call.inProgress(earlier.leaseLeft(node.platform.nanoTime())) : outcome;
    }
}
