package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.CallEnded;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.IdempotencyListener.ResultStored;
import io.onceguard.IdempotencyListener.StoreFailed;
import io.onceguard.IdempotencyListener.WorkFailed;
import io.onceguard.IdempotencyListener.WriteDeferred;
import io.onceguard.spi.RecordState;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The listener is told, and what it throws, or what a log handler throws, concerns nobody. */
@Timeout(30)
class ListenerTest {

    private static final Logger LOGGER = Logger.getLogger("io.onceguard");

    /** What a listener or a log handler throws. */
    enum Planted {
        RUNTIME_EXCEPTION {
            @Override
            void raise() {
                throw new IllegalStateException("planted");
            }
        },
        ERROR {
            @Override
            void raise() {
                throw new NoClassDefFoundError("planted");
            }
        },
        NOTHING {
            @Override
            void raise() {}
        };

        abstract void raise();
    }

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    /** Implements every method of the interface: notes its name, then throws. */
    private IdempotencyListener throwing(Planted planted) {
        return (IdempotencyListener) Proxy.newProxyInstance(
                IdempotencyListener.class.getClassLoader(),
                new Class<?>[] {IdempotencyListener.class},
                (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.getName().equals("hashCode") ? 1 : null;
                    }
                    told.add(method.getName());
                    planted.raise();
                    return null;
                });
    }

    private static Set<String> allMethods() {
        Set<String> names = new TreeSet<>();
        Arrays.stream(IdempotencyListener.class.getMethods())
                .map(Method::getName)
                .forEach(names::add);
        return names;
    }

    /** Plays through everything that a listener is told about, and returns what the callers saw. */
    private List<String> playAll(IdempotencyListener listener) {
        List<String> seen = new ArrayList<>();
        IdempotencyExecutor<String> executor = scene.atLeastOnce()
                .listener(listener)
                .maxResultBytes(10)
                .onFailure(IllegalArgumentException.class, FailurePolicy.RECORD)
                .onFailure(UnsupportedOperationException.class, FailurePolicy.HOLD)
                .reconcile(attempt -> Reconciliation.notLanded())
                .build();
        IdempotencyExecutor<String> open =
                scene.atLeastOnce().listener(listener).failOpen().build();
        seen.add(call(executor, "plain", INPUT, () -> "value"));
        seen.add(call(executor, "plain", Fingerprint.none(), () -> "never"));
        seen.add(call(executor, "plain", Scene.OTHER_INPUT, () -> "never"));
        seen.add(call(executor, "large", INPUT, () -> "a value of more than ten bytes"));
        seen.add(call(executor, "recorded", INPUT, () -> {
            throw new IllegalArgumentException("declined");
        }));
        seen.add(call(executor, "recorded", INPUT, () -> "never"));
        seen.add(call(executor, "held", INPUT, () -> {
            throw new UnsupportedOperationException("unclear");
        }));
        seen.add(call(executor, "held", INPUT, () -> "again"));
        scene.store.always(Verb.ACQUIRE, Fault.refused());
        seen.add(call(executor, "closed", INPUT, () -> "never"));
        seen.add(call(open, "open", INPUT, () -> "unguarded"));
        scene.store.heal();
        scene.store.always(Verb.COMPLETE, Fault.refused());
        seen.add(call(executor, "deferred", INPUT, () -> "deferred"));
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));
        seen.add(call(executor, "deferred", INPUT, () -> "never"));
        ManualPlatform.Gate gate = scene.platform.gate();
        var lost = scene.start(() -> executor.execute(IdempotencyKey.unscoped("lost"), INPUT, new Scene.Gated(gate)));
        scene.platform.advance(LEASE);
        gate.openAndSettle();
        seen.add(lost.result().orElseThrow());
        return seen;
    }

    private static String call(
            IdempotencyExecutor<String> executor,
            String key,
            Fingerprint fingerprint,
            Work<String, RuntimeException> work) {
        try {
            return executor.execute(IdempotencyKey.unscoped(key), fingerprint, work)
                    .fold(
                            executed -> executed.recording() + " " + executed.value(),
                            replayed -> "replay of " + replayed.value(),
                            inProgress -> "in progress",
                            mismatch -> "mismatch",
                            unresolved -> "unresolved " + unresolved.reason());
        } catch (Throwable thrown) {
            return thrown.getClass().getSimpleName();
        }
    }

    private static final List<String> EXPECTED = List.of(
            "RECORDED value",
            "replay of value",
            "mismatch",
            "RESULT_NOT_KEPT a value of more than ten bytes",
            "IllegalArgumentException",
            "RecordedFailureException",
            "UnsupportedOperationException",
            "RECORDED again",
            "IdempotencyStoreException",
            "UNGUARDED unguarded",
            "DEFERRED deferred",
            "replay of deferred",
            "value-1");

    @ParameterizedTest
    @EnumSource
    void A36_listenerThatThrowsAtEveryEventChangesNothing(Planted planted) {
        List<String> seen = playAll(throwing(planted));
        scene.platform.settle();

        assertThat(seen).isEqualTo(EXPECTED);
        assertThat(told).containsExactlyInAnyOrderElementsOf(allMethods());
        assertThat(StoreNode.of(scene.store, scene.platform).meetings).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void A36_logHandlerThatThrowsAtEveryLineChangesNothing(Planted planted) {
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                synchronized (lines) {
                    lines.add(record.getMessage());
                }
                planted.raise();
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Level before = LOGGER.getLevel();
        boolean parents = LOGGER.getUseParentHandlers();
        LOGGER.setLevel(Level.ALL);
        LOGGER.setUseParentHandlers(false);
        LOGGER.addHandler(handler);
        try {
            assertThat(playAll(throwing(Planted.ERROR))).isEqualTo(EXPECTED);
            scene.platform.settle();
        } finally {
            LOGGER.removeHandler(handler);
            LOGGER.setUseParentHandlers(parents);
            LOGGER.setLevel(before);
        }

        assertThat(lines).isNotEmpty();
    }

    @Test
    void A36_eventsOfACallComeInOrderAndTheEndIsLast() {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        Expect.executed(executor.execute(KEY, INPUT, () -> "value"), "value", Recording.RECORDED);
        assertThat(scene.listener.events()).hasExactlyElementsOfTypes(ResultStored.class, CallEnded.class);
        scene.listener.clear();
        IdempotencyKey other = IdempotencyKey.unscoped("other");
        scene.store.always(Verb.RELEASE, Fault.lostRequest());

        var failing = scene.start(() -> executor.execute(other, INPUT, () -> {
            throw new IllegalStateException("planted");
        }));

        assertThat(failing.failure()).hasMessage("planted");
        assertThat(scene.listener.events())
                .hasExactlyElementsOfTypes(StoreFailed.class, StoreFailed.class, WriteDeferred.class, WorkFailed.class);
    }

    /** The keeper's thread and that of deferred writes have better things to do. */
    @Test
    void A36_listenerThatHangsHoldsUpNeitherRenewalsNorDeferredWrites() {
        ManualPlatform.Gate stuck = scene.platform.gate();
        IdempotencyListener hanging = new IdempotencyListener() {
            @Override
            public void onLeaseLost(LeaseLost event) {
                stuck.awaitUninterruptibly();
            }
        };
        IdempotencyExecutor<String> executor =
                scene.atLeastOnce().listener(hanging).build();
        ManualPlatform.Gate gate = scene.platform.gate();
        var lost = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(gate)));
        assertThat(scene.model.delete(Scene.id(KEY), 1)).isTrue();
        scene.platform.pass(LEASE); // told, and hangs
        IdempotencyKey other = IdempotencyKey.unscoped("other");
        ManualPlatform.Gate longer = scene.platform.gate();
        var renewed = scene.start(() -> executor.execute(other, INPUT, new Scene.Gated(longer)));
        scene.store.next(Verb.COMPLETE, Fault.refused());
        Expect.executed(
                executor.execute(IdempotencyKey.unscoped("third"), INPUT, () -> "value"), "value", Recording.DEFERRED);

        scene.platform.pass(LEASE.multipliedBy(3));

        assertThat(executor.awaitDeferred(Duration.ZERO)).isTrue();
        longer.openAndSettle();
        Expect.executed(renewed.result(), "value-1", Recording.RECORDED);
        stuck.openAndSettle();
        gate.openAndSettle();
        Expect.executed(lost.result(), "value-1", Recording.LEASE_LOST);
        assertThat(scene.model.find(Scene.id(KEY))).isEmpty();
        assertThat(scene.model.find(Scene.id(other)).map(record -> record.state()))
                .contains(RecordState.COMPLETED);
    }

    // ---- what must not be seen

    private static final String SECRET = "s3cret";

    @Test
    void A37_keysPayloadsAndResultsAppearInNoLogLineAndNoMessage() {
        List<String> texts = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                synchronized (texts) {
                    texts.add(record.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Level before = LOGGER.getLevel();
        boolean parents = LOGGER.getUseParentHandlers();
        LOGGER.setLevel(Level.ALL);
        LOGGER.setUseParentHandlers(false);
        LOGGER.addHandler(handler);
        try {
            playSecretly(texts);
            scene.platform.settle();
        } finally {
            LOGGER.removeHandler(handler);
            LOGGER.setUseParentHandlers(parents);
            LOGGER.setLevel(before);
        }

        assertThat(texts).hasSizeGreaterThan(30).noneMatch(text -> text.contains(SECRET));
    }

    private void playSecretly(List<String> texts) {
        IdempotencyKey key = IdempotencyKey.of("tenant-" + SECRET, "key-" + SECRET);
        IdempotencyExecutor<String> executor = scene.atMostOnce()
                .listener(throwingSecretly())
                .keyPolicy(value -> value.startsWith("refused") ? "must not be so" : null)
                .onFailure(IllegalArgumentException.class, FailurePolicy.RECORD)
                .build();
        IdempotencyKey failing = IdempotencyKey.of(SECRET, "failing-" + SECRET);
        IdempotencyKey unclear = IdempotencyKey.of(SECRET, "unclear-" + SECRET);
        texts.add(key.toString());
        see(texts, executor, key, Fingerprint.of(SECRET), () -> "value-" + SECRET);
        see(texts, executor, key, Fingerprint.of(SECRET), () -> "value-" + SECRET);
        see(texts, executor, key, Fingerprint.of("other"), () -> "value-" + SECRET);
        see(texts, executor, failing, INPUT, () -> {
            throw new IllegalArgumentException("message-" + SECRET);
        });
        see(texts, executor, failing, INPUT, () -> SECRET);
        see(texts, executor, unclear, INPUT, () -> {
            throw new IllegalStateException("message-" + SECRET);
        });
        see(texts, executor, unclear, INPUT, () -> SECRET);
        see(texts, executor, IdempotencyKey.unscoped("refused-" + SECRET), INPUT, () -> SECRET);
        scene.store.always(Fault.foreign());
        see(texts, executor, IdempotencyKey.unscoped("down-" + SECRET), INPUT, () -> SECRET);
        scene.store.heal();
        scene.store.always(Verb.COMPLETE, Fault.lostRequest());
        see(texts, executor, IdempotencyKey.unscoped("deferred-" + SECRET), INPUT, () -> SECRET);
        see(texts, executor, IdempotencyKey.unscoped("deferred-" + SECRET), INPUT, () -> SECRET);
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));
        ManualPlatform.Gate gate = scene.platform.gate();
        var lost = scene.start(() -> executor.execute(IdempotencyKey.unscoped(SECRET), INPUT, () -> {
            gate.awaitUninterruptibly();
            return "value-" + SECRET;
        }));
        scene.platform.advance(LEASE);
        assertThat(scene.atMostOnce().build().forget(IdempotencyKey.unscoped(SECRET)))
                .isTrue();
        gate.openAndSettle();
        see(texts, lost.result());
    }

    private static IdempotencyListener throwingSecretly() {
        return new IdempotencyListener() {
            @Override
            public void onCallEnded(CallEnded event) {
                throw new IllegalStateException("listener-" + SECRET);
            }
        };
    }

    /** Notes what the caller sees; the work's own exception is the caller's, and is not ours to hide. */
    private static void see(
            List<String> texts,
            IdempotencyExecutor<String> executor,
            IdempotencyKey key,
            Fingerprint fingerprint,
            Work<String, RuntimeException> work) {
        try {
            see(texts, executor.execute(key, fingerprint, work));
        } catch (IllegalStateException thrownByTheWork) {
            assertThat(thrownByTheWork).hasMessageContaining(SECRET);
        } catch (IllegalArgumentException thrown) {
            if (!thrown.getMessage().startsWith("message-")) {
                texts.add(thrown.toString());
            }
        } catch (RuntimeException thrown) {
            texts.add(thrown.toString());
        }
    }

    private static void see(List<String> texts, Outcome<String> outcome) {
        texts.add(outcome.toString());
        try {
            String unused = outcome.orElseThrow();
        } catch (IdempotencyException thrown) {
            texts.add(thrown.toString());
        }
    }
}
