package io.onceguard.testkit;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.List;
import java.util.Optional;

/** A store in front of another one that writes every call and its answer into a history. */
final class RecordingStore implements IdempotencyStore {

    private final IdempotencyStore delegate;
    private final History history;

    RecordingStore(IdempotencyStore delegate, History history) {
        this.delegate = delegate;
        this.history = history;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        return history.record(
                request.id(), () -> delegate.acquire(request), answer -> new Step.Acquire(request, answer));
    }

    @Override
    public boolean renew(Lease lease) {
        return history.record(
                lease.id(), () -> delegate.renew(lease), answer -> write(RecordState.IN_PROGRESS, lease, answer));
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return history.record(
                lease.id(),
                () -> delegate.complete(lease, result, retention),
                answer -> new Step.Write(RecordState.COMPLETED, lease, result, retention, answer));
    }

    @Override
    public boolean release(Lease lease) {
        return history.record(
                lease.id(), () -> delegate.release(lease), answer -> write(RecordState.RELEASED, lease, answer));
    }

    @Override
    public boolean hold(Lease lease) {
        return history.record(lease.id(), () -> delegate.hold(lease), answer -> write(RecordState.HELD, lease, answer));
    }

    private static Step write(RecordState end, Lease lease, boolean answer) {
        return new Step.Write(end, lease, null, lease.retention(), answer);
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return history.record(
                id,
                () -> delegate.resolve(id, expectedToken, result, retention),
                answer -> new Step.Resolve(expectedToken, result, retention, answer));
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return history.record(
                id, () -> delegate.delete(id, expectedToken), answer -> new Step.Delete(expectedToken, answer));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        return history.record(id, () -> delegate.find(id), answer -> new Step.Find(answer.orElse(null)));
    }

    @Override
    public int purgeExpired(int limit) {
        return delegate.purgeExpired(limit);
    }

    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        return history.recordAll(
                requests,
                () -> delegate.acquireAll(requests),
                AcquireRequest::id,
                (request, answer) -> new Step.Acquire(request, answer.orElseThrow()));
    }

    @Override
    public List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return history.recordAll(
                leases,
                () -> delegate.renewAll(leases),
                Lease::id,
                (lease, answer) -> write(RecordState.IN_PROGRESS, lease, answer.orElseThrow()));
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return history.recordAll(
                completions,
                () -> delegate.completeAll(completions),
                item -> item.lease().id(),
                (item, answer) -> new Step.Write(
                        RecordState.COMPLETED, item.lease(), item.result(), item.retention(), answer.orElseThrow()));
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return history.recordAll(
                leases,
                () -> delegate.releaseAll(leases),
                Lease::id,
                (lease, answer) -> write(RecordState.RELEASED, lease, answer.orElseThrow()));
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return history.recordAll(
                leases,
                () -> delegate.holdAll(leases),
                Lease::id,
                (lease, answer) -> write(RecordState.HELD, lease, answer.orElseThrow()));
    }
}
