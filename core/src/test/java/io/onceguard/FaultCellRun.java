package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;

import io.onceguard.FaultCell.Second;
import io.onceguard.FaultCell.Setting;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.ManualPlatform.Gate;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Plays one cell of the table of faults. The first caller comes to the call that goes wrong, and waits there; the second
 * calls; the fault befalls the first; more time than a lease passes; what hung goes on, what was late arrives; the store
 * is healed; and at the end a third caller asks from another process.
 */
final class FaultCellRun {

    private static final Duration MORE_THAN_A_LEASE = Scene.LEASE.plusSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int SMALL = 3;

    private final FaultCell cell;
    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final IdempotencyStore elsewhere = scene.anotherNode();
    private final Gate arrival = scene.platform.gate();
    private final Gate hanging = scene.platform.gate();
    private final Gate working = scene.platform.gate();
    private final List<Supplier<?>> late = new ArrayList<>();
    private final AtomicInteger runs = new AtomicInteger();

    /** What came of a cell. */
    record Result(String first, String second, String third, int runs, String record, String events) {

        @Override
        public String toString() {
            return first + " | " + second + " | " + third + " | " + runs + " | " + record + " | " + events;
        }
    }

    private FaultCellRun(FaultCell cell) {
        this.cell = cell;
    }

    static Result of(FaultCell cell) {
        return new FaultCellRun(cell).result();
    }

    private Result result() {
        scene.platform.inTurn();
        if (cell.setting().abandoned()) {
            ModelStore.Row unused = scene.abandoned(KEY, INPUT);
        }
        IdempotencyExecutor<String> here = executor(scene.store);
        IdempotencyExecutor<String> there = executor(elsewhere);
        plant();
        Caller<?> first = scene.start(firstCall(here));
        comeToTheFault(there);
        Caller<?> second = cell.second() == Second.NOBODY
                ? null
                : scene.start(call(
                        "second",
                        cell.second().here() ? here : there,
                        cell.second().waits()));
        arrival.openAndSettle();
        scene.platform.pass(MORE_THAN_A_LEASE);
        late.forEach(FaultCellRun::arrive);
        scene.store.heal();
        hanging.openAndSettle();
        working.openAndSettle();
        scene.platform.pass(MORE_THAN_A_LEASE);
        Caller<?> third = scene.start(call("third", there, false));
        if (second != null && !second.isDone()) {
            scene.platform.pass(PATIENCE);
        }
        return new Result(
                text(first),
                second == null ? "-" : text(second),
                text(third),
                runs.get(),
                record(),
                leftBehind(here) + events());
    }

    // ---- before the fault

    private IdempotencyExecutor<String> executor(IdempotencyStore over) {
        IdempotencyExecutorBuilder<String> builder = scene.with(cell.guarantee(), over);
        switch (cell.setting()) {
            case ACQUIRE_FAIL_OPEN -> builder.failOpen();
            case COMPLETE_WITHOUT_RESULT -> builder.maxResultBytes(SMALL);
            case RELEASE_TOO_LARGE -> builder.maxResultBytes(SMALL).releaseUnkeptResults();
            case COMPLETE_NO_ROOM -> builder.deferWrites(PATIENCE, 0);
            case COMPLETE_FAILURE -> builder.onFailure(IllegalStateException.class, FailurePolicy.RECORD);
            case RELEASE_FAILURE -> builder.onFailure(IllegalStateException.class, FailurePolicy.RELEASE);
            case HOLD_FAILURE -> builder.onFailure(IllegalStateException.class, FailurePolicy.HOLD);
            case ACQUIRE_RECONCILED -> builder.reconcile(attempt -> Reconciliation.notLanded());
            case COMPLETE_LANDED -> builder.reconcile(attempt -> Reconciliation.landed("landed"));
            case HOLD_UNKNOWN -> builder.reconcile(attempt -> Reconciliation.unknown());
            default -> {}
        }
        return builder.build();
    }

    private void plant() {
        Fault fault = Fault.before(arrival::awaitUninterruptibly)
                .then(
                        switch (cell.how()) {
                            case FAILS -> Fault.refused();
                            case REPLY_LOST -> Fault.lostReply();
                            case HANGS -> Fault.hangsBefore(hanging);
                            case REPLY_LATE -> Fault.hangsAfter(hanging);
                            case ARRIVES_LATE -> arrivesLate();
                        });
        if (cell.always()) {
            scene.store.always(cell.setting().verb, fault);
        } else {
            scene.store.next(cell.setting().verb, fault);
        }
    }

    private Fault arrivesLate() {
        return new Fault() {
            @Override
            public <R> R befall(Supplier<R> call) {
                late.add(call);
                throw new StoreException("fault: late request", true, null);
            }
        };
    }

    /** Nobody hears the answer. */
    private static void arrive(Supplier<?> request) {
        Objects.requireNonNull(request.get());
    }

    private void comeToTheFault(IdempotencyExecutor<String> there) {
        if (cell.setting() == Setting.RENEW) {
            scene.platform.pass(Scene.LEASE.dividedBy(3));
        } else if (cell.setting() == Setting.FIND_AFTER_REFUSAL) {
            scene.platform.advance(MORE_THAN_A_LEASE);
            if (!there.resolve(KEY, "resolved")) {
                throw new AssertionError("not resolved");
            }
            working.openAndSettle();
        }
    }

    // ---- the callers

    private Callable<?> firstCall(IdempotencyExecutor<String> here) {
        long token = cell.setting().operated() ? scene.row().token() : 0;
        return switch (cell.setting()) {
            case OPERATOR_FINDS -> () -> here.find(KEY).map(StoredRecord::state);
            case OPERATOR_RESOLVES -> () -> here.resolve(KEY, "resolved", token);
            case OPERATOR_FORGETS -> () -> here.forget(KEY, token);
            default -> call("first", here, false);
        };
    }

    private Callable<?> call(String who, IdempotencyExecutor<String> executor, boolean waits) {
        IdempotentCall call = waits ? Scene.waiting(PATIENCE) : Scene.rejecting();
        return () -> executor.execute(call, attempt -> work(who, attempt));
    }

    private String work(String who, Attempt attempt) throws InterruptedException {
        runs.incrementAndGet();
        if (cell.setting().worksLong() && who.equals("first")) {
            working.await();
        }
        switch (cell.setting()) {
            case COMPLETE_FAILURE, RELEASE_FAILURE, HOLD_FAILURE -> throw new IllegalStateException("declined " + who);
            case RELEASE_NOT_RECORDED -> attempt.doNotRecord();
            default -> {}
        }
        return "value of " + who;
    }

    // ---- what came of it

    private static String text(Caller<?> caller) {
        if (!caller.isDone()) {
            return "waits for ever";
        }
        if (caller.hasFailed()) {
            return thrown(caller.failure());
        }
        Object result = caller.result();
        if (result instanceof Outcome.Executed<?> executed) {
            return executed.recording() + " " + executed.value();
        } else if (result instanceof Outcome.Replayed<?> replayed) {
            return "replayed " + replayed.value();
        } else if (result instanceof Outcome.Unresolved<?> unresolved) {
            return "unresolved " + unresolved.reason();
        } else if (result instanceof Optional<?> found) {
            return found.map(state -> "found " + state).orElse("found nothing");
        }
        return result instanceof Boolean ? "says " + result : "in progress";
    }

    private static String thrown(Throwable failure) {
        if (failure instanceof IdempotencyStoreException store) {
            return store.ambiguous() ? "store failed, perhaps applied" : "store failed";
        } else if (failure instanceof RecordedFailureException) {
            return "replayed failure";
        }
        boolean suppressed = failure.getSuppressed().length > 0;
        return failure.getMessage() + (suppressed ? " (store failed)" : "");
    }

    private String record() {
        return scene.model
                .find(Scene.id(KEY))
                .map(record -> record.state() + " " + record.number())
                .orElse("none");
    }

    private String leftBehind(IdempotencyExecutor<String> here) {
        boolean left = !StoreNode.of(scene.store, scene.platform).meetings.isEmpty();
        return (left ? "LEFT BEHIND " : "") + (here.awaitDeferred(Duration.ZERO) ? "" : "STILL DEFERRED ");
    }

    /** The events other than the end of each call, with their number. */
    private String events() {
        Map<String, Integer> count = new TreeMap<>();
        for (Object event : scene.listener.events()) {
            if (!(event instanceof IdempotencyListener.CallEnded)) {
                count.merge(name(event), 1, Integer::sum);
            }
        }
        List<String> names = new ArrayList<>();
        count.forEach((name, times) -> names.add(times == 1 ? name : times + " " + name));
        return names.isEmpty() ? "-" : String.join(", ", names);
    }

    private static String name(Object event) {
        if (event instanceof IdempotencyListener.StoreFailed failed) {
            return "StoreFailed " + failed.step();
        } else if (event instanceof IdempotencyListener.WriteDeferred write) {
            return "Write " + write.phase();
        } else if (event instanceof IdempotencyListener.LeaseLost lost) {
            return "LeaseLost " + lost.loss();
        } else if (event instanceof IdempotencyListener.Recovered recovered) {
            return "Recovered " + recovered.decision();
        }
        return event.getClass().getSimpleName();
    }
}
