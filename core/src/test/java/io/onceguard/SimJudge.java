package io.onceguard;

import io.onceguard.ModelStore.Row;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import java.util.Map;

/** Judges whether a refusal was true, and what is left when all callers are gone. */
final class SimJudge {

    private final SimWitness witness;
    private final SimScheduler scheduler;
    private final SimPlan plan;
    private final SimCall call;

    SimJudge(SimWitness witness, SimCall call) {
        this.witness = witness;
        this.scheduler = witness.scheduler;
        this.plan = witness.plan;
        this.call = call;
    }

    void refused(Outcome<String> outcome) {
        if (outcome instanceof Outcome.InProgress) {
            witness.check(call.sawOthers, "in progress is said only if somebody else is");
            long waited = scheduler.now() - call.begunAt;
            witness.check(waited >= call.caller.patience(), "a waiting caller waits as long as it may");
        } else if (outcome instanceof Outcome.FingerprintMismatch) {
            boolean others = plan.callers().stream()
                    .anyMatch(it -> it.key() == call.caller.key() && it.input() != call.caller.input());
            witness.check(others, "a mismatch is said only if the key was used for another input");
        } else {
            unresolved(((Outcome.Unresolved<String>) outcome).reason());
        }
    }

    private void unresolved(UnresolvedReason reason) {
        witness.check(plan.atMostOnce() || call.sawHeld, "at least once leaves nothing unresolved");
        if (reason == UnresolvedReason.HELD) {
            witness.check(call.sawHeld || plan.mode().reconciles(), "held is said only of a held record");
        } else {
            witness.check(reason == UnresolvedReason.INTERRUPTED, "no result was dropped");
            witness.check(call.sawAbandoned, "interrupted is said only of a record whose lease is over");
            SimMenu.Used used = scheduler.used();
            boolean trouble = used.crashes + used.jumps + used.ticks + used.losses > 0;
            witness.check(trouble, "no healthy owner is disowned");
        }
    }

    // ---- the end of the run

    /** Everything that was on its way has arrived, and all deferred writes are through. */
    static void leftovers(SimWitness witness) {
        for (Map.Entry<RecordId, SimRecord> entry : witness.records().entrySet()) {
            orphan(witness, entry.getValue());
        }
        for (SimCall call : witness.leftDeferred()) {
            deferred(witness, call);
        }
    }

    /** No claim is left that nobody will ever end, if the store was to be reached when its owner gave up. */
    private static void orphan(SimWitness witness, SimRecord record) {
        Row row = record.live(witness.scheduler.now());
        if (row == null || row.state() != RecordState.IN_PROGRESS) {
            return;
        }
        AttemptId owner = row.attemptId();
        SimCall call = record.callOf.get(owner);
        boolean excused = call == null || witness.scheduler.isDead(call.node) || record.excused.contains(owner);
        witness.check(excused, "no claim is left behind where the store could be reached");
    }

    /** A deferred write has reached the store, unless another attempt or an operator had moved the record. */
    private static void deferred(SimWitness witness, SimCall call) {
        if (witness.scheduler.isDead(call.node)) {
            return;
        }
        SimRecord record = witness.record(call.id);
        Row row = record.live(witness.scheduler.now());
        boolean own = row != null && record.callOf.get(row.attemptId()) == call;
        boolean excused = own && record.excused.contains(row.attemptId());
        witness.check(
                !own || excused || row.state() == RecordState.COMPLETED,
                "a deferred result is recorded when the store is back");
    }

    /** What a caller that comes much later is told: no key is stuck for ever. */
    static void late(SimWitness witness, SimCall call, Outcome<String> outcome) {
        if (witness.plan.atMostOnce()) {
            witness.check(!(outcome instanceof Outcome.InProgress), "no record is in progress for ever");
        } else {
            boolean answered = outcome.hasValue() || outcome instanceof Outcome.FingerprintMismatch;
            witness.check(answered, "at least once: a later caller has an answer");
        }
        if (outcome instanceof Outcome.Executed<String> executed) {
            witness.check(executed.recording() == Recording.RECORDED, "a later caller's result is recorded");
        }
        witness.check(call.runs <= 1, "a call runs its work once");
    }
}
