package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.ManualPlatform.Caller;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Everything that can happen, with a mark in every key, input, value and message of the user's: the mark must not be
 * found in anything that the library writes.
 */
@EachVariant
class SecrecyTest {

    private static final String MARK = "s3cr3t";
    private static final IdempotencyKey KEY = IdempotencyKey.of(MARK + "-scope", MARK + "-key");
    private static final Fingerprint INPUT = Fingerprint.of(MARK + "-input");
    private static final String VALUE = MARK + "-value";
    private static final RecordId ID = Scene.id(KEY);
    private static final Duration BUDGET = Duration.ofSeconds(5);

    private final Guarantee guarantee;
    private final Kind kind;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<Object> seen = new CopyOnWriteArrayList<>();
    private final List<Throwable> thrown = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            log.add(new SimpleFormatter().format(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private Scene scene;
    private ManualPlatform.Gate gate;

    SecrecyTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.kind = kind;
    }

    @BeforeEach
    void listenToTheLog() {
        Scene.LOGGER.setLevel(Level.ALL);
        Scene.LOGGER.addHandler(handler);
    }

    @AfterEach
    void leaveTheLog() {
        Scene.LOGGER.removeHandler(handler);
        Scene.LOGGER.setLevel(null);
    }

    private static IOException userFailure() {
        return new IOException(MARK + "-message");
    }

    private static IdempotentCall waiting() {
        return IdempotentCall.of(KEY, INPUT).waiting(WaitPolicy.upTo(BUDGET));
    }

    private IdempotencyExecutor<String> fresh(UnaryOperator<IdempotencyExecutorBuilder<String>> policies) {
        keepEvents();
        scene = new Scene(kind);
        gate = scene.platform.gate();
        return policies.apply(scene.with(guarantee)).build();
    }

    private void keepEvents() {
        if (scene != null) {
            scene.platform.pass(Duration.ofMinutes(1));
            seen.addAll(scene.listener.events());
        }
    }

    private <X extends Exception> void call(IdempotencyExecutor<String> executor, AttemptWork<String, X> work) {
        end(start(executor, work));
    }

    private <X extends Exception> Caller<Outcome<String>> start(
            IdempotencyExecutor<String> executor, AttemptWork<String, X> work) {
        return scene.start(() -> executor.execute(waiting(), attempt -> {
            seen.add(attempt);
            return work.run(attempt);
        }));
    }

    private void end(Caller<Outcome<String>> caller) {
        scene.platform.pass(BUDGET.plusSeconds(1));
        if (caller.hasFailed()) {
            thrown.add(caller.failure());
            return;
        }
        seen.add(caller.result());
        try {
            assertThat(caller.result().orElseThrow()).isNotNull();
        } catch (IdempotencyException refused) {
            thrown.add(refused);
        }
    }

    @Test
    void A37_noKeyNoInputNoValueNoMessageInAnythingThatIsWritten() {
        replaysAndRefusals();
        failures();
        resultsThatAreNotKept();
        unreadableResults();
        faultsOfTheStore();
        lostLeases();
        recoveries();
        badInput();
        keepEvents();

        List<String> texts = new ArrayList<>(log);
        seen.forEach(each -> texts.add(each.toString()));
        thrown.stream().filter(each -> !isTheUsers(each)).forEach(each -> texts.add(each.toString()));
        texts.removeIf(each -> !each.contains(MARK));
        assertThat(texts).isEmpty();
        assertThat(log).isNotEmpty();
        assertThat(typesSeen())
                .as("what this test provokes; it proves nothing about what it does not")
                .containsAll(everyEventAndOutcome());
    }

    private static boolean isTheUsers(Throwable failure) {
        return failure instanceof IOException;
    }

    private Set<String> typesSeen() {
        Set<String> types = new TreeSet<>();
        seen.forEach(each -> types.add(each.getClass().getSimpleName()));
        thrown.forEach(each -> types.add(each.getClass().getSimpleName()));
        return types;
    }

    private Set<String> everyEventAndOutcome() {
        Set<String> types = new TreeSet<>(List.of(
                "Attempt",
                "FingerprintMismatchException",
                "IdempotencyStoreException",
                "LeaseLostException",
                "OperationInProgressException",
                "RecordedFailureException",
                "UnreadableResultException",
                "UnresolvedOperationException"));
        for (Class<?> each : IdempotencyListener.class.getDeclaredClasses()) {
            if (each.isRecord()) {
                types.add(each.getSimpleName());
            }
        }
        for (Class<?> each : Outcome.class.getPermittedSubclasses()) {
            types.add(each.getSimpleName());
        }
        return types;
    }

    // ---- what is provoked

    private void replaysAndRefusals() {
        IdempotencyExecutor<String> executor = fresh(it -> it);
        Caller<Outcome<String>> holder = start(executor, attempt -> {
            gate.await();
            return VALUE;
        });
        Caller<Outcome<String>> rejected =
                scene.start(() -> executor.execute(KEY, INPUT, () -> VALUE)); // the operation rejects
        end(rejected);
        gate.open();
        end(holder);
        call(executor, attempt -> VALUE);
        end(scene.start(() -> executor.execute(KEY, Fingerprint.of(MARK + "-other"), () -> VALUE)));
        end(scene.start(() -> executor.execute(KEY, Fingerprint.none(), () -> VALUE)));
        end(scene.start(() -> executor.execute(IdempotentCall.unkeyed(), () -> VALUE)));
        seen.add(KEY);
        seen.add(INPUT);
        seen.add(waiting());
        seen.add(executor);
        seen.add(executor.find(KEY));
    }

    private void failures() {
        for (FailurePolicy policy : FailurePolicy.values()) {
            IdempotencyExecutor<String> executor = fresh(it -> it.onFailure(Exception.class, policy));
            call(executor, attempt -> {
                throw userFailure();
            });
            call(executor, attempt -> VALUE);
        }
        IdempotencyExecutor<String> executor = fresh(it -> it.listener(new IdempotencyListener() {
            @Override
            public void onCallEnded(CallEnded event) {
                throw new IllegalStateException(MARK + "-listener " + event);
            }
        }));
        call(executor, attempt -> VALUE);
    }

    private void resultsThatAreNotKept() {
        IdempotencyExecutor<String> tooLarge = fresh(it -> it.maxResultBytes(1));
        call(tooLarge, attempt -> VALUE);
        call(tooLarge, attempt -> VALUE);
        fresh(it -> it);
        ResultCodec<String> codec = ResultCodec.of(
                "marked",
                value -> {
                    throw new IOException("cannot encode " + value);
                },
                bytes -> "");
        call(scene.with(guarantee, scene.store, codec).build(), attempt -> VALUE);
    }

    private void unreadableResults() {
        IdempotencyExecutor<String> executor = fresh(it -> it);
        call(executor, attempt -> VALUE);
        ResultCodec<String> other = ResultCodec.of("other", value -> new byte[0], bytes -> "");
        ResultCodec<String> broken = ResultCodec.of("utf8", value -> new byte[0], bytes -> {
            throw new IOException("cannot decode " + new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
        });
        call(scene.with(guarantee, scene.store, other).build(), attempt -> VALUE);
        call(scene.with(guarantee, scene.store, broken).build(), attempt -> VALUE);
        ModelStore.Row row = scene.model.row(ID);
        byte[] corrupt = row.result().bytes().clone();
        corrupt[corrupt.length - 1] ^= 1;
        scene.model.put(
                ID,
                new ModelStore.Row(
                        RecordState.COMPLETED,
                        row.fingerprint(),
                        row.attemptId(),
                        row.number(),
                        row.token(),
                        row.previous(),
                        row.since(),
                        row.leaseEnd(),
                        row.expiry(),
                        StoredResult.of(corrupt)));
        call(executor, attempt -> VALUE);
    }

    private void faultsOfTheStore() {
        Fault foreign = Fault.throwing(new IllegalStateException(MARK + "-foreign"));
        for (Fault fault : List.of(Fault.refused(), Fault.lostRequest(), foreign)) {
            for (Verb verb : List.of(Verb.ACQUIRE, Verb.COMPLETE, Verb.RELEASE, Verb.HOLD, Verb.RENEW_ALL)) {
                IdempotencyExecutor<String> executor = fresh(it -> it.deferWrites(Duration.ofSeconds(3), 1000));
                scene.store.always(verb, fault);
                call(executor, attempt -> {
                    scene.platform.pass(Duration.ofSeconds(45));
                    return VALUE;
                });
                call(executor, attempt -> {
                    throw userFailure();
                });
            }
            IdempotencyExecutor<String> open = fresh(IdempotencyExecutorBuilder::failOpen);
            scene.store.always(fault);
            call(open, attempt -> VALUE);
            call(open, attempt -> {
                throw userFailure();
            });
            end(scene.start(() -> {
                seen.add(open.find(KEY));
                throw new AssertionError();
            }));
        }
    }

    private void lostLeases() {
        IdempotencyExecutor<String> executor = fresh(it -> it);
        call(executor, attempt -> {
            attempt.onLeaseLost(() -> {
                throw new IllegalStateException(MARK + "-callback");
            });
            assertThat(executor.forget(KEY)).isTrue();
            return VALUE;
        });
        IdempotencyExecutor<String> slow = fresh(it -> it.longestRun(Duration.ofSeconds(1)));
        call(slow, attempt -> {
            attempt.onLeaseLost(() -> {
                throw new IllegalStateException(MARK + "-callback");
            });
            scene.platform.pass(Duration.ofMinutes(2));
            return VALUE;
        });
    }

    private void recoveries() {
        List<Reconciler<String>> reconcilers =
                List.of(attempt -> Reconciliation.landed(VALUE), attempt -> Reconciliation.unknown(), attempt -> {
                    throw userFailure();
                });
        for (Reconciler<String> each : reconcilers) {
            IdempotencyExecutor<String> executor = fresh(it -> it.reconcile(each));
            seen.addAll(reconciliations());
            ModelStore.Row abandoned = scene.abandoned(KEY, INPUT);
            seen.add(abandoned);
            call(executor, attempt -> VALUE);
        }
        IdempotencyExecutor<String> executor = fresh(it -> it);
        ModelStore.Row abandoned = scene.abandoned(KEY, INPUT);
        seen.add(abandoned);
        call(executor, attempt -> VALUE);
        seen.add(executor.resolve(KEY, VALUE));
    }

    private static List<Object> reconciliations() {
        return List.of(Reconciliation.landed(VALUE), Reconciliation.notLanded(), Reconciliation.unknown());
    }

    private void badInput() {
        IdempotencyExecutor<String> executor =
                fresh(it -> it.keyPolicy(KeyPolicy.uuid()).maxResultBytes(1));
        end(scene.start(() -> executor.execute(KEY, INPUT, () -> VALUE)));
        end(scene.start(
                () -> executor.execute(IdempotencyKey.of(MARK.repeat(100), MARK + "\u0000"), INPUT, () -> VALUE)));
        end(scene.start(() -> executor.execute(IdempotentCall.of(KEY, INPUT).originId(MARK + "\n"), () -> VALUE)));
        IdempotencyKey uuid = IdempotencyKey.of(MARK, "123e4567-e89b-42d3-a456-426614174000");
        end(scene.start(() -> {
            seen.add(executor.resolve(uuid, VALUE, 1));
            throw new AssertionError();
        }));
        thrown.add(new IdempotencyStoreException(ID, new StoreException("down", true, null)));
    }
}
