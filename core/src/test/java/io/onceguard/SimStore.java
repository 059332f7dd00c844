package io.onceguard;

import io.onceguard.SimScheduler.Point;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The one store of a run as one process reaches it: over a network that loses requests and replies, or delivers a
 * request after its sender gave it up. Each request that arrives is one step, checked by the rules.
 */
final class SimStore implements IdempotencyStore {

    private static final List<Integer> WRITE_FAULTS =
            List.of(SimOption.REPLY_LOST, SimOption.REQUEST_LOST, SimOption.LATE, SimOption.UNAVAILABLE);
    private static final List<Integer> READ_FAULTS = List.of(SimOption.REQUEST_LOST);

    private final SimScheduler scheduler;
    private final SimWitness witness;
    private final SimRules rules;
    private final ModelStore engine;
    private final boolean local;

    SimStore(SimWitness witness, SimRules rules, ModelStore engine, boolean local) {
        this.scheduler = witness.scheduler;
        this.witness = witness;
        this.rules = rules;
        this.engine = engine;
        this.local = local;
    }

    @Override
    public boolean isLocal() {
        return local;
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        SimRecord record = witness.record(request.id());
        witness.asks(record, request.attemptId(), scheduler.running().calls.get(request.id()));
        Request what = new Request(() -> "acquire by " + name(request), WRITE_FAULTS, fault -> {
            if (fault == SimOption.LATE) { // it may arrive after the release that gives it up
                record.excused.add(request.attemptId());
            }
        });
        return call(what, () -> {
            AcquireResult answer = engine.acquire(request);
            scheduler.trace.say(() -> "acquire by " + name(request) + ": " + describe(answer));
            rules.acquire(record, request, answer, engine.row(request.id()));
            witness.stepped(record);
            return answer;
        });
    }

    @Override
    public boolean renew(Lease lease) {
        return write("renew", lease, RecordState.IN_PROGRESS, () -> engine.renew(lease), record -> {
            if (record.inProgress(scheduler.now())) {
                rules.renewed(record, lease, record.last);
            }
        });
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        return write(
                "complete",
                lease,
                RecordState.COMPLETED,
                () -> engine.complete(lease, result, retention),
                record -> completed(record, result, retention));
    }

    private void completed(SimRecord record, StoredResult result, Retention retention) {
        rules.ended(record, retention, record.last);
        rules.completed(record, result, SimWitness.answerOf(record.last.result()), record.last);
    }

    @Override
    public boolean release(Lease lease) {
        return write("release", lease, RecordState.RELEASED, () -> engine.release(lease), record -> {
            rules.ended(record, lease.retention(), record.last);
        });
    }

    @Override
    public boolean hold(Lease lease) {
        return write("hold", lease, RecordState.HELD, () -> engine.hold(lease), record -> {
            rules.ended(record, lease.retention(), record.last);
        });
    }

    private interface Consequence {
        void of(SimRecord record);
    }

    /** A write of an attempt; the consequence is drawn if it moved the record, not if it was repeated or refused. */
    private boolean write(String verb, Lease lease, RecordState end, Supplier<Boolean> step, Consequence moved) {
        SimRecord record = witness.record(lease.id());
        Supplier<String> what = () -> verb + " by " + scheduler.trace.name(lease.attemptId());
        boolean givesUp = end != RecordState.IN_PROGRESS && lease.token() == 0; // best effort: tried once
        IntConsumer excused = givesUp ? fault -> record.excused.add(lease.attemptId()) : SimStore::nothing;
        boolean accepted = call(new Request(what, WRITE_FAULTS, excused), () -> {
            boolean open = record.inProgress(scheduler.now());
            boolean answer = step.get();
            scheduler.trace.say(() -> what.get() + ": " + answer);
            rules.write(record, end, lease, answer, engine.row(lease.id()));
            if (answer && open && record.last != null) {
                moved.of(record);
                if (end != RecordState.IN_PROGRESS) {
                    record.ended.add(record.last.number());
                }
            }
            witness.stepped(record);
            return answer;
        });
        if (!accepted) {
            record.refused.putIfAbsent(
                    lease.token(),
                    new SimRecord.Refusal(scheduler.now(), scheduler.used().timeMoves()));
        }
        return accepted;
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        SimRecord record = witness.record(id);
        return call(new Request(() -> "resolve", WRITE_FAULTS, SimStore::nothing), () -> {
            boolean answer = engine.resolve(id, expectedToken, result, retention);
            scheduler.trace.say(() -> "resolve: " + answer);
            if (rules.operator(record, expectedToken, answer, engine.row(id))) {
                completed(record, result, retention);
            }
            witness.stepped(record);
            return answer;
        });
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        SimRecord record = witness.record(id);
        return call(new Request(() -> "delete", WRITE_FAULTS, SimStore::nothing), () -> {
            boolean answer = engine.delete(id, expectedToken);
            scheduler.trace.say(() -> "delete: " + answer);
            rules.operator(record, expectedToken, answer, engine.row(id));
            witness.stepped(record);
            return answer;
        });
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        SimRecord record = witness.record(id);
        return call(new Request(() -> "find", READ_FAULTS, SimStore::nothing), () -> {
            Optional<StoredRecord> answer = engine.find(id);
            scheduler.trace.say(() -> "find: " + answer.map(StoredRecord::state).orElse(null));
            witness.stepped(record);
            return answer;
        });
    }

    /** A request on its way; {@code excused} hears of its fault if that may leave a claim behind that nobody ends. */
    private record Request(Supplier<String> what, List<Integer> faults, IntConsumer excused) {}

    private static void nothing(int fault) {
        // No claim can be left behind.
    }

    private interface Step<R> {
        R apply();
    }

    /** Passes a request through the network. */
    private <R> R call(Request request, Step<R> step) {
        scheduler.point(Point.VISIBLE);
        int fault = scheduler.fault(request.faults);
        if (fault == SimOption.NO_FAULT) {
            R answer = step.apply();
            scheduler.point(Point.LOCAL);
            return answer;
        }
        scheduler.trace.say(() -> request.what.get() + ": " + SimOption.describe(fault));
        request.excused.accept(fault);
        if (fault == SimOption.REPLY_LOST) {
            step.apply();
        } else if (fault == SimOption.LATE) {
            scheduler.environment.deliverLater(scheduler.trace.on() ? request.what.get() : "", step::apply);
        }
        scheduler.point(Point.LOCAL);
        throw new StoreException(SimOption.describe(fault), fault != SimOption.UNAVAILABLE, null);
    }

    private String name(AcquireRequest request) {
        String leave = request.takeover().kind() == Takeover.Kind.NEVER ? "" : " with leave";
        return scheduler.trace.name(request.attemptId()) + leave;
    }

    private static String describe(AcquireResult answer) {
        if (answer instanceof AcquireResult.Acquired acquired) {
            return "granted, number " + acquired.lease().number() + ", token "
                    + acquired.lease().token();
        }
        StoredRecord record = ((AcquireResult.Refused) answer).record();
        return "refused, " + record.state();
    }
}
