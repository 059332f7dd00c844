package io.onceguard;

import io.onceguard.ModelStore.Row;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Independent of executor and store, sees what really happened: which effects took place, what each caller was told,
 * and what it could have known. Judges each call when it ends.
 */
final class SimWitness implements IdempotencyListener {

    private static final RecordId ANY = new RecordId("pay", "", "any");
    private static final ResultEnvelope<String> ENVELOPE = new EnvelopeOptions<>(ResultCodec.utf8()).build();

    /** How a recorded failure is named among the answers. */
    static final String FAILURE = "(recorded failure)";

    final SimScheduler scheduler;
    final SimPlan plan;

    private final Map<RecordId, SimRecord> records = new LinkedHashMap<>();
    private final Set<SimCall> active = new LinkedHashSet<>();
    private final Map<RecordId, Set<String>> told = new LinkedHashMap<>();
    private final Set<RecordId> deferred = new HashSet<>();
    private final List<SimCall> leftDeferred = new ArrayList<>();

    SimWitness(SimScheduler scheduler, SimPlan plan) {
        this.scheduler = scheduler;
        this.plan = plan;
    }

    // ---- the store's side

    SimRecord record(RecordId id) {
        return records.computeIfAbsent(id, fresh -> new SimRecord());
    }

    Map<RecordId, SimRecord> records() {
        return records;
    }

    List<SimCall> leftDeferred() {
        return leftDeferred;
    }

    void asks(SimRecord record, AttemptId attempt, SimCall call) {
        record.callOf.putIfAbsent(attempt, call);
    }

    /** A step of the store is over: every call under way could have learnt of it. */
    void stepped(SimRecord record) {
        for (SimCall call : active) {
            if (record(call.id) == record) {
                see(call);
            }
        }
    }

    private void see(SimCall call) {
        SimRecord record = record(call.id);
        long now = scheduler.now();
        Row row = record.live(now);
        if (row == null) {
            return;
        }
        boolean running = row.state() == RecordState.IN_PROGRESS;
        call.sawHeld |= row.state() == RecordState.HELD;
        call.sawAbandoned |= running && row.leaseEnd() <= now;
        call.sawOthers |= running && row.leaseEnd() > now && record.callOf.get(row.attemptId()) != call;
    }

    /** Names a stored answer: the value, or that it is a failure. */
    static String answerOf(StoredResult result) {
        return ENVELOPE.decode(ANY, result.bytes()) instanceof Decoded.Value<String> value ? value.value() : FAILURE;
    }

    @Override
    public void onWriteDeferred(WriteDeferred event) {
        scheduler.trace.say(() -> "write deferred: " + event.step() + ", " + event.phase());
        deferred.add(event.record());
    }

    /** Nobody is told that his lease is taken while the store says that it is his. */
    @Override
    public void onLeaseLost(LeaseLost event) {
        scheduler.trace.say(() -> "lease lost: number " + event.attempt() + ", " + event.loss());
        Row row = record(event.record()).live(scheduler.now());
        boolean taken = event.loss() == LeaseLost.Loss.TAKEN || event.loss() == LeaseLost.Loss.WRITE_REFUSED;
        boolean own = row != null && row.number() == event.attempt() && row.state() == RecordState.IN_PROGRESS;
        boolean told = !plan.operated() && record(event.record()).lives.size() == 1;
        check(!told || !taken || !own || row.leaseEnd() <= scheduler.now(), "a live lease is not called lost");
        // A release whose reply was lost may be refused when it is repeated; only that news is excused.
        boolean ended = event.loss() == LeaseLost.Loss.TAKEN
                && record(event.record()).ended.contains(event.attempt());
        check(!told || !ended, "an attempt that ended well has not lost its lease");
    }

    // ---- the caller's side

    void begins(SimCall call) {
        for (SimCall other : active) {
            if (other.id.equals(call.id)) {
                other.sawOthers = true;
                call.sawOthers = true;
                // Who joins a leader whose reply is still on its way hears what the leader hears.
                call.sawHeld |= other.node == call.node && other.sawHeld;
            }
        }
        call.sawOthers |= deferred.contains(call.id);
        active.add(call);
        scheduler.running().calls.putIfAbsent(call.id, call);
        scheduler.trace.say(() -> call.name + " begins");
        see(call);
    }

    private void ends(SimCall call, String how) {
        see(call);
        active.remove(call);
        scheduler.running().calls.remove(call.id, call);
        scheduler.trace.say(() -> call.name + " is told: " + how);
    }

    void workBegins(SimCall call, Attempt attempt) {
        scheduler.trace.say(() -> call.name + ": the work begins, number " + attempt.number());
        check(++call.runs == 1, "a call runs its work once");
        believes(call, attempt);
    }

    void effect(SimCall call, Attempt attempt) {
        scheduler.trace.say(() -> call.name + ": EFFECT");
        SimRecord record = record(call.id);
        SimRecord.Life life = record.lifeOfToken.get(attempt.fencingToken());
        if (life == null) {
            throw scheduler.fail("the work runs without a lease from the store");
        }
        life.effects.add(call);
        int allowed = plan.atMostOnce() && !plan.mode().reconciles() ? 1 : 1 + life.takeovers;
        boolean bounded = plan.atMostOnce() ? !mayRace() : plan.mode().rules();
        check(!bounded || life.effects.size() <= allowed + life.released, "no more effects than promised");
    }

    /** The caller gives the key back although its effect took place, if the policy is to release. */
    void failsAfterEffect(SimCall call, Attempt attempt) {
        if (call.work.policy() == FailurePolicy.RELEASE) {
            record(call.id).lifeOfToken.get(attempt.fencingToken()).released++;
        }
    }

    /** A reconciler cannot know of an effect that an owner which lost its lease is still about to have. */
    private boolean mayRace() {
        return plan.mode().reconciles()
                && (plan.budget().jumps() > 0 || plan.budget().ticks() > 0);
    }

    /** The owner never believes in its lease longer than the store does; nor shorter, where nothing goes wrong. */
    void believes(SimCall call, Attempt attempt) {
        if (!plan.mode().rules()) {
            return;
        }
        boolean believed = attempt.leaseHeld();
        Row row = record(call.id).live(scheduler.now());
        boolean held = row != null
                && row.state() == RecordState.IN_PROGRESS
                && row.token() == attempt.fencingToken()
                && row.leaseEnd() > scheduler.now();
        SimMenu.Used used = scheduler.used();
        SimRecord.Refusal refused = record(call.id).refused.get(attempt.fencingToken());
        boolean unheard = refused == null || refused.at() == scheduler.now() || refused.timeMoves() < used.timeMoves();
        boolean unaware = plan.operated() && unheard;
        check(!believed || held || unaware, "an owner does not believe in its lease longer than the store does");
        boolean trouble = used.losses + used.timeMoves() > 0;
        check(believed || !held || trouble, "a healthy owner is not told that its lease is lost");
    }

    void returned(SimCall call, Outcome<String> outcome) {
        if (outcome instanceof Outcome.Executed<String> executed) {
            executed(call, executed);
        } else if (outcome instanceof Outcome.Replayed<String> replayed) {
            ends(call, "Replayed " + replayed.value());
            certain(call, replayed.value());
        } else {
            ends(call, outcome.getClass().getSimpleName());
            check(call.returned == null, "the value of work that returned reaches its caller");
            check(call.runs == 0 || plan.mode().reconciles(), "a refused call has not run its work");
            new SimJudge(this, call).refused(outcome);
        }
    }

    private void executed(SimCall call, Outcome.Executed<String> executed) {
        ends(call, "Executed " + executed.recording() + " " + executed.value());
        boolean own = call.runs == 1 && executed.value().equals(call.returned);
        check(own || plan.mode().reconciles(), "an executed call gives the value of its own work");
        switch (executed.recording()) {
            case RECORDED -> certain(call, executed.value());
            case DEFERRED -> {
                leftDeferred.add(call);
                check(scheduler.used().losses > 0, "a write is deferred only if the store failed");
            }
            case LEASE_LOST -> check(mayBeLost(), "no healthy owner is disowned");
            default -> check(false, "no other recording is possible here");
        }
    }

    private boolean mayBeLost() {
        SimMenu.Used used = scheduler.used();
        return used.jumps + used.ticks + used.crashes > 0 || plan.operated();
    }

    void threw(SimCall call, Throwable thrown) {
        ends(call, thrown.getClass().getSimpleName());
        if (thrown instanceof SimWork.Failure) {
            check(thrown == call.thrown, "the work's exception reaches its caller as the same object");
        } else if (thrown instanceof RecordedFailureException) {
            certain(call, FAILURE);
        } else if (thrown instanceof IdempotencyStoreException) {
            check(call.runs == 0, "a failure of the store is told instead of the work only");
            SimMenu.Used used = scheduler.used();
            check(used.losses + used.jumps + used.ticks > 0, "a store that works is not called broken");
        } else {
            throw scheduler.fail("a caller got " + thrown);
        }
    }

    /** A member of a batch was not begun. */
    void notStarted(SimCall call) {
        ends(call, "not started");
        check(call.runs == 0, "what was not begun has not run");
        SimMenu.Used used = scheduler.used();
        check(used.losses + used.timeMoves() > 0 || plan.operated(), "a healthy batch begins all its works");
    }

    /** A caller was told an answer for certain: the store has it, and nobody was or will be told another one. */
    private void certain(SimCall call, String answer) {
        SimRecord record = record(call.id);
        Set<String> answers = told.computeIfAbsent(call.id, fresh -> new LinkedHashSet<>());
        answers.add(answer);
        check(record.lives.size() > 1 || answers.size() == 1, "all callers see one answer, not " + answers);
        if (plan.mode().rules()) {
            boolean known = record.lives.stream().anyMatch(life -> life.answers.contains(answer));
            check(known, "what a caller is told for certain is in the store");
        }
        check(answer.equals(FAILURE) || sameInput(call, answer), "nobody gets the answer to another input");
    }

    private boolean sameInput(SimCall call, String answer) {
        String key = "k" + call.caller.key();
        return answer.startsWith(key + "/i" + call.caller.input() + "/") || answer.equals(key + "/operator");
    }

    void check(boolean holds, String what) {
        if (!holds) {
            throw scheduler.fail(what);
        }
    }
}
