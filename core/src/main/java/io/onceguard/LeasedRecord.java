package io.onceguard;

import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.ResultStored;
import io.onceguard.IdempotencyListener.Step;
import io.onceguard.spi.Lease;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A record that is owned by a lease. If its last write does not reach the store, it goes on in the background. */
final class LeasedRecord implements OwnedRecord {

    private final StoreNode node;
    private final Meeting meeting;
    private final HeldLease lease;

    LeasedRecord(StoreNode node, Meeting meeting, HeldLease lease) {
        this.node = node;
        this.meeting = meeting;
        this.lease = lease;
    }

    @Override
    public Lease lease() {
        return lease.lease;
    }

    @Override
    public boolean isHeld() {
        return lease.isHeldNow();
    }

    @Override
    public boolean onLoss(Runnable callback) {
        return lease.onLoss(callback);
    }

    @Override
    public void workEnded() {
        lease.workEnded();
    }

    @Override
    public Recording recording() {
        return Recording.RECORDED;
    }

    /** Writes how the attempt ended, in the background if the store cannot be reached, and ends the meeting. */
    @Override
    public Written write(FinalWrite write, Operation<?> operation, @Nullable Throwable failureOfWork) {
        writing();
        try {
            boolean written = node.ask(meeting.id, write.step(), operation.events(), () -> write.applyTo(node.store));
            return settle(write, operation, written);
        } catch (StoreException failure) {
            return unanswered(write, operation, failureOfWork, failure);
        }
    }

    /** The last write is on its way. */
    void writing() {
        lease.lastWriteOut(true);
    }

    /** The store could not be reached: the last write goes on in the background. */
    Written unanswered(
            FinalWrite write, Operation<?> operation, @Nullable Throwable failureOfWork, StoreException failure) {
        if (failureOfWork != null && failureOfWork != failure) {
            failureOfWork.addSuppressed(failure);
        }
        // A release or a hold that was applied after all let others in. A completion would have kept them out.
        lease.lastWriteOut(failure.ambiguous() && write.result() == null);
        defer(write, operation);
        return Written.DEFERRED;
    }

    /** The store has answered the last write. */
    Written settle(FinalWrite write, Operation<?> operation, boolean written) {
        if (!written) {
            lease.lose(LeaseLost.Loss.WRITE_REFUSED);
            operation.events().leaseLost(lease.lostEvent(LeaseLost.Loss.WRITE_REFUSED));
            meeting.end(node.platform, Meeting.ASK_STORE);
            return Written.REFUSED;
        }
        if (write.result() != null) {
            operation.events().resultStored(new ResultStored(meeting.id, write.bytes()));
            meeting.end(node.platform, new Meeting.Ending.Recorded(write.result()));
        } else {
            meeting.end(node.platform, write.step() == Step.HOLD ? Meeting.HELD : Meeting.ASK_STORE);
        }
        return Written.WRITTEN;
    }

    /** Followers wait for a result; a key that is to be given back is asked for at the store. */
    private void defer(FinalWrite write, Operation<?> operation) {
        if (write.result() != null) {
            meeting.deferred(node.platform);
            node.deferred.add(write, operation, meeting);
        } else {
            node.deferred.add(write, operation, null);
        }
    }

    @Override
    public Optional<StoredRecord> find() {
        return StoreNode.once(() -> node.store.find(meeting.id));
    }
}
