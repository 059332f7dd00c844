package io.onceguard;

import io.onceguard.SimScheduler.Point;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One run: a store, processes with an executor each, and the callers of a plan, driven by picks. */
final class SimWorld {

    static final String OPERATION = "pay";

    private static final int MAX_INPUTS = 3;
    private static final Fingerprint[] FINGERPRINTS = new Fingerprint[MAX_INPUTS];
    private static final long RETRY_PAUSE = 10_000_000L;

    static {
        for (int i = 0; i < MAX_INPUTS; i++) {
            FINGERPRINTS[i] = Fingerprint.of("input " + i);
        }
    }

    private final SimPlan plan;
    private final SimScheduler scheduler;
    private final SimWitness witness;
    private final SimRules rules;
    private final ModelStore engine;
    private final List<SimProcess> processes = new ArrayList<>();

    /** A process: its executor and what the executor shares. */
    private record SimProcess(int node, StoreNode shared, IdempotencyExecutor<String> executor) {}

    private SimWorld(SimPlan plan, SimChoices choices, SimTrace trace) {
        this.plan = plan;
        this.scheduler =
                new SimScheduler(new SimMenu.Rules(choices, plan.budget(), trace), 2 * SimPlan.LEASE, this::close);
        this.witness = new SimWitness(scheduler, plan);
        this.rules = new SimRules(scheduler, plan.mode().rules());
        this.engine = plan.fault().model(scheduler::now, () -> scheduler.point(Point.VISIBLE));
    }

    /** Runs a plan once, and throws what was found wrong. Returns the number of steps. */
    static int run(SimPlan plan, SimChoices choices, SimTrace trace) {
        SimWorld world = new SimWorld(plan, choices, trace);
        for (int node = 0; node < plan.nodes(); node++) {
            world.processes.add(world.process(node, plan.fault()));
        }
        for (int i = 0; i < plan.callers().size(); i++) {
            world.begin(plan.callers().get(i), i);
        }
        world.scheduler.run();
        return world.scheduler.steps();
    }

    private SimProcess process(int node, SimFault fault) {
        // Far apart, and the first so that its clock passes the largest number while the run lasts.
        long origin = node == 0 ? Long.MAX_VALUE - SimPlan.LEASE / 2 : node * 7_000_000_000_000L;
        SimPlatform seam = new SimPlatform(scheduler, node, origin, plan.mode().fine());
        Platform platform = fault.platform(seam);
        IdempotencyStore store =
                fault.store(new SimStore(witness, rules, engine, plan.mode().local()), platform);
        IdempotencyExecutorBuilder<String> builder = plan.atMostOnce()
                ? IdempotencyExecutor.atMostOnce(OPERATION, ResultCodec.utf8(), store)
                : IdempotencyExecutor.atLeastOnce(OPERATION, ResultCodec.utf8(), store);
        builder.platform(platform)
                .lease(Duration.ofNanos(SimPlan.LEASE))
                .retention(Retention.of(Duration.ofNanos(plan.mode().retention())))
                .onFailure(SimWork.Released.class, FailurePolicy.RELEASE)
                .onFailure(SimWork.Held.class, FailurePolicy.HOLD)
                .onFailure(SimWork.Recorded.class, FailurePolicy.RECORD)
                .listener(witness);
        if (plan.mode().reconciles()) {
            builder.reconcile(this::reconcile);
        }
        StoreNode shared = StoreNode.of(store, platform);
        seam.lockedBy(shared.keeper, shared.deferred);
        return new SimProcess(node, shared, builder.build());
    }

    private void begin(SimCaller caller, int number) {
        SimProcess process = processes.get(caller.node());
        SimThread.Name name = new SimThread.Name(caller.node(), "caller" + number + "@" + caller.node(), true);
        scheduler.start(name, () -> {
            if (caller.isOperator()) {
                operate(process, caller);
            } else {
                live(process, caller, number);
            }
        });
    }

    private void live(SimProcess process, SimCaller caller, int number) {
        for (int i = 0; i < caller.tries().size(); i++) {
            String name = "k" + caller.key() + "/i" + caller.input() + "/c" + number + "." + i;
            SimCall call =
                    new SimCall(caller, name, idOf(caller.key()), caller.tries().get(i), scheduler.now());
            if (call(process, call)) {
                return;
            }
            if (i + 1 < caller.tries().size()) {
                scheduler.park(RETRY_PAUSE);
            }
        }
    }

    private void operate(SimProcess process, SimCaller operator) {
        IdempotencyKey key = IdempotencyKey.of("s", "k" + operator.key());
        try {
            if (operator.role() == SimCaller.Role.FORGETS) {
                process.executor.forget(key);
            } else {
                process.executor.resolve(key, "k" + operator.key() + "/operator");
            }
        } catch (IdempotencyStoreException failure) {
            scheduler.trace.say("the operator is told: " + failure.getClass().getSimpleName());
        }
    }

    private static RecordId idOf(int key) {
        return new RecordId(OPERATION, "s", "k" + key);
    }

    /** Calls, and returns whether the caller has an answer. */
    private boolean call(SimProcess process, SimCall call) {
        if (plan.mode().batched()) {
            return batch(process, call);
        }
        scheduler.point(Point.VISIBLE);
        witness.begins(call);
        try {
            Outcome<String> outcome = execute(process, call);
            scheduler.point(Point.VISIBLE);
            witness.returned(call, outcome);
            return !(outcome instanceof Outcome.InProgress);
        } catch (RuntimeException failure) {
            scheduler.point(Point.VISIBLE);
            witness.threw(call, failure);
            return failure instanceof RecordedFailureException;
        }
    }

    private Outcome<String> execute(SimProcess process, SimCall call) {
        IdempotentCall request = request(call);
        if (call.caller.patience() > 0) {
            request = request.waiting(WaitPolicy.upTo(Duration.ofNanos(call.caller.patience())));
        }
        return process.executor.execute(request, attempt -> work(call, attempt));
    }

    private static IdempotentCall request(SimCall call) {
        SimCaller caller = call.caller;
        return IdempotentCall.of(IdempotencyKey.of("s", "k" + caller.key()), FINGERPRINTS[caller.input()]);
    }

    // ---- batches

    private boolean batch(SimProcess process, SimCall own) {
        List<SimCall> calls = batchOf(own);
        scheduler.point(Point.VISIBLE);
        calls.forEach(witness::begins);
        List<BatchResult<String>> results = BatchExecutor.of(process.executor)
                .runAll(calls.stream().map(this::batchCall).toList());
        scheduler.point(Point.VISIBLE);
        for (int i = 0; i < calls.size(); i++) {
            tell(calls.get(i), results.get(i));
        }
        return results.get(0) instanceof BatchResult.FailedBefore
                || (results.get(0) instanceof BatchResult.Answered<String> answered
                        && !(answered.outcome() instanceof Outcome.InProgress));
    }

    private BatchCall<String, Attempt> batchCall(SimCall call) {
        return new BatchCall<>(request(call), (attempt, same) -> work(call, attempt));
    }

    /** The call, one for each other key of the plan with an input that somebody has for it, and the call once more. */
    private List<SimCall> batchOf(SimCall own) {
        List<SimCall> calls = new ArrayList<>(List.of(own));
        Set<Integer> keys = new HashSet<>(Set.of(own.caller.key()));
        for (SimCaller other : plan.callers()) {
            if (!other.isOperator() && keys.add(other.key())) {
                calls.add(companion(own, own.caller.withKey(other.key()).withInput(other.input())));
            }
        }
        calls.add(companion(own, own.caller));
        return calls;
    }

    private SimCall companion(SimCall own, SimCaller caller) {
        String name = "k" + caller.key() + "/i" + caller.input() + "/with " + own.name.replace('/', ' ')
                + (caller.key() == own.caller.key() ? " again" : "");
        return new SimCall(caller, name, idOf(caller.key()), own.work, scheduler.now());
    }

    private void tell(SimCall call, BatchResult<String> result) {
        if (result instanceof BatchResult.Answered<String> answered) {
            witness.returned(call, answered.outcome());
        } else if (result instanceof BatchResult.Failed<String> failed) {
            witness.threw(call, failed.failure());
        } else if (result instanceof BatchResult.FailedBefore<String> failed) {
            witness.threw(call, failed.failure());
        } else if (result instanceof BatchResult.Refused<String> refused) {
            witness.threw(call, refused.failure());
        } else {
            witness.notStarted(call);
        }
    }

    private String work(SimCall call, Attempt attempt) {
        witness.workBegins(call, attempt);
        scheduler.point(Point.VISIBLE);
        if (call.work.ending() == SimWork.Ending.FAILS_BEFORE_ITS_EFFECT) {
            call.thrown = call.work.failure();
            throw call.thrown;
        }
        witness.effect(call, attempt);
        long until = scheduler.now() + call.work.nanos();
        while (scheduler.now() < until) {
            scheduler.park(Math.min(SimPlan.LEASE / 2, until - scheduler.now()));
            witness.believes(call, attempt);
        }
        scheduler.point(Point.VISIBLE);
        witness.believes(call, attempt);
        if (call.work.ending() == SimWork.Ending.FAILS_AFTER_ITS_EFFECT) {
            call.thrown = call.work.failure();
            witness.failsAfterEffect(call, attempt);
            throw call.thrown;
        }
        call.returned = call.value();
        return call.returned;
    }

    /** Knows of every effect that has taken place so far, and for which input. */
    private Reconciliation<String> reconcile(Attempt attempt) {
        SimCall call = scheduler.running().calls.values().stream()
                .filter(it -> witness.record(it.id).lifeOfToken.containsKey(attempt.fencingToken()))
                .findFirst()
                .orElseThrow();
        List<SimCall> effects = witness.record(call.id).lifeOfToken.get(attempt.fencingToken()).effects;
        scheduler.trace.say(() -> call.name + ": the reconciler finds " + effects.size() + " effects");
        return effects.stream()
                .filter(it -> it.caller.input() == call.caller.input())
                .findFirst()
                .map(it -> Reconciliation.landed(it.value()))
                .orElseGet(Reconciliation::notLanded);
    }

    // ---- the end

    /** No caller is left: lets everything settle, then looks at what remains, then sends one more caller. */
    private void close() {
        scheduler.environment.deliverAll();
        for (SimProcess process : processes) {
            if (!scheduler.isDead(process.node)) {
                settle(process);
            }
        }
        SimJudge.leftovers(witness);
        scheduler.environment.passTime(3 * SimPlan.LEASE);
        SimProcess later = process(processes.size(), SimFault.NONE);
        List.copyOf(witness.records().keySet()).forEach(id -> ask(later, id));
    }

    private void settle(SimProcess process) {
        witness.check(
                process.executor.awaitDeferred(Duration.ofMinutes(1)),
                "deferred writes get through when the store is back");
        witness.check(process.shared.meetings.isEmpty(), "nobody is left at the meeting place");
    }

    private void ask(SimProcess later, RecordId id) {
        int key = Integer.parseInt(id.key().substring(1));
        SimCaller caller = SimCaller.on(later.node, SimWork.returns()).withKey(key);
        SimCall call =
                new SimCall(caller, "k" + key + "/i0/later", id, caller.tries().get(0), scheduler.now());
        witness.begins(call);
        try {
            Outcome<String> outcome = execute(later, call);
            SimJudge.late(witness, call, outcome);
            witness.returned(call, outcome);
        } catch (RecordedFailureException failure) {
            witness.threw(call, failure);
        }
    }
}
