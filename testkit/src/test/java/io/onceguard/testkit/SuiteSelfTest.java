package io.onceguard.testkit;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import io.onceguard.testkit.ModelStore.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the suite against stores with one fault each: a suite that catches nothing proves nothing. */
class SuiteSelfTest {

    /** What the suite runs against at the moment; the suites of this class run one after another. */
    private static volatile Supplier<StoreHarness> subject = () -> new QuickHarness(ModelStore::new);

    private static final List<String> TABLE = Collections.synchronizedList(new ArrayList<>());

    /** The suite against the subject. Not discovered by itself: its name does not say that it is a test. */
    static class Subject extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return subject.get();
        }
    }

    private static class QuickHarness extends ModelHarness {

        QuickHarness(Function<Storage, ? extends ModelStore> opener) {
            super(opener);
        }

        @Override
        public int fuzzCalls() {
            return 5_000;
        }

        @Override
        public int raceRounds() {
            return 50;
        }
    }

    @Test
    void suitePassesTheCorrectStore() {
        assertThat(failuresOf(() -> new QuickHarness(ModelStore::new)).tests).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> suiteCatches() {
        Map<String, Supplier<StoreHarness>> broken = new LinkedHashMap<>();
        BrokenStores.all().forEach((name, opener) -> broken.put(name, () -> new QuickHarness(opener)));
        broken.putAll(badFailures());
        return broken.entrySet().stream()
                .map(one -> dynamicTest(one.getKey(), () -> {
                    Failures failures = failuresOf(one.getValue());

                    TABLE.add(one.getKey() + " | " + failures.methods());
                    assertThat(failures.tests)
                            .as("tests that caught it and name the rule")
                            .anyMatch(name -> name.matches("(B|R)\\d\\d_.*") && !name.startsWith("B19_"));
                }));
    }

    /** Stores that do right until their engine fails. */
    private static Map<String, Supplier<StoreHarness>> badFailures() {
        return Map.of(
                "failure of the engine escapes as it is",
                        () -> unreachable(id -> new IllegalStateException("connection refused")),
                "unreachable engine is called ambiguous",
                        () -> unreachable(id -> new StoreException("connection refused", true, null)),
                "raw key in the message of a failure",
                        () -> unreachable(id -> new StoreException("cannot find " + id.key(), false, null)),
                "raw key in the message of the cause",
                        () -> unreachable(
                                id -> new StoreException("refused", false, new IllegalStateException(id.key()))));
    }

    private static StoreHarness unreachable(Function<RecordId, RuntimeException> failure) {
        return new QuickHarness(ModelStore::new) {
            @Override
            public Optional<IdempotencyStore> unreachableStore() {
                return Optional.of(new ModelStore(storage) {
                    @Override
                    Object keyOf(RecordId id) {
                        throw failure.apply(id);
                    }
                });
            }
        };
    }

    @Test
    void suiteCatchesAStepThatWasAppliedAndIsCalledUnapplied() {
        Failures failures = failuresOf(() -> new QuickHarness(ModelStore::new) {
            @Override
            public Optional<IdempotencyStore> replyLosingStore() {
                return Optional.of(new ModelStore(storage) {
                    @Override
                    public boolean complete(Lease lease, StoredResult result, Retention retention) {
                        super.complete(lease, result, retention);
                        throw new StoreException("broken pipe", false, null);
                    }
                });
            }
        });
        assertThat(failures.tests).contains("B16_lostReplyIsAmbiguousAndAskingAgainTellsTheTruth");
    }

    @Test
    void suiteChecksTheInvariantsOfTheStoreAfterEveryTest() {
        AtomicInteger checks = new AtomicInteger();
        Failures failures = failuresOf(() -> new QuickHarness(ModelStore::new) {
            @Override
            public void checkInvariants() {
                checks.incrementAndGet();
                throw new AssertionError("a connection is still borrowed");
            }
        });
        // a table of dynamic tests is one test method
        assertThat(checks).hasValueGreaterThan(100);
        assertThat(failures.tests).hasSize(checks.get());
    }

    @AfterAll
    static void printTable() {
        System.out.println("broken store | caught by");
        TABLE.forEach(System.out::println);
    }

    private static Failures failuresOf(Supplier<StoreHarness> harness) {
        subject = harness;
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(Subject.class))
                .build();
        Launcher launcher = LauncherFactory.create();
        Failures failures = new Failures();
        launcher.execute(request, failures);
        assertThat(failures.finished).as("tests that ran").hasValueGreaterThan(200);
        return failures;
    }

    private static final class Failures implements TestExecutionListener {

        private final List<String> tests = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger finished = new AtomicInteger();

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                finished.incrementAndGet();
            }
            if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
                test.getSource()
                        .filter(MethodSource.class::isInstance)
                        .map(MethodSource.class::cast)
                        .ifPresent(source -> tests.add(source.getMethodName()));
            }
        }

        private String methods() {
            return new TreeSet<>(tests).stream().collect(joining(", "));
        }
    }
}
