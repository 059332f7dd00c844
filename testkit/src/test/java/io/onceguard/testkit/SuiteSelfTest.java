package io.onceguard.testkit;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.testkit.ModelStore.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
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

    /** The store that the suite runs against at the moment; the suites of this class run one after another. */
    private static volatile Function<Storage, ? extends IdempotencyStore> subject = ModelStore::new;

    private static final List<String> TABLE = Collections.synchronizedList(new ArrayList<>());

    /** The suite against the subject. Not discovered by itself: its name does not say that it is a test. */
    static class Subject extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new ModelHarness(subject) {
                @Override
                public int fuzzCalls() {
                    return 5_000;
                }

                @Override
                public int raceRounds() {
                    return 50;
                }
            };
        }
    }

    @Test
    void suitePassesTheCorrectStore() {
        assertThat(failuresOf(ModelStore::new).tests).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> suiteCatches() {
        Map<String, Function<Storage, IdempotencyStore>> broken = BrokenStores.all();
        return broken.entrySet().stream().map(one -> dynamicTest(one.getKey(), () -> {
            Failures failures = failuresOf(one.getValue());

            TABLE.add(one.getKey() + " | " + failures.methods());
            assertThat(failures.tests).as("tests that caught it").isNotEmpty();
            assertThat(failures.tests)
                    .as("a test names the rule")
                    .anyMatch(name -> name.matches("(B|R)\\d\\d_.*") && !name.startsWith("B19_"));
        }));
    }

    @AfterAll
    static void printTable() {
        System.out.println("broken store | caught by");
        TABLE.forEach(System.out::println);
    }

    private static Failures failuresOf(Function<Storage, ? extends IdempotencyStore> store) {
        subject = store;
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(Subject.class))
                .build();
        Launcher launcher = LauncherFactory.create();
        Failures failures = new Failures();
        launcher.execute(request, failures);
        assertThat(failures.finished).as("tests that ran").isGreaterThan(200);
        return failures;
    }

    private static final class Failures implements TestExecutionListener {

        private final List<String> tests = Collections.synchronizedList(new ArrayList<>());
        private volatile int finished;

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                finished++;
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
