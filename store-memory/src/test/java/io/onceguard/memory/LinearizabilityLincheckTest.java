package io.onceguard.memory;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import com.github.benmanes.caffeine.cache.Scheduler;
import io.onceguard.ModelStore;
import io.onceguard.memory.CopiedStore.Fault;
import io.onceguard.spi.IdempotencyStore;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever threads do with a record at the same time, each is told what it would be told if the calls came one after
 * the other to the plain model: at every interleaving of our own reads and writes that Lincheck tries. Caffeine's map is
 * taken at its word to be atomic.
 *
 * <p>No steps come before or after the parallel ones: they would fill the record before the race begins.
 */
@Tag("lincheck")
class LinearizabilityLincheckTest {

    private static final int RANDOM_SCENARIOS = Boolean.getBoolean("onceguard.soak") ? 200 : 8;
    private static final int INTERLEAVINGS = Boolean.getBoolean("onceguard.soak") ? 500 : 50;

    public static final class OnAFreshKey extends StoreOperations {
        public OnAFreshKey() {
            super(LinearizabilityLincheckTest::store);
        }
    }

    public static final class ModelOnAFreshKey extends StoreOperations {
        public ModelOnAFreshKey() {
            super(ModelStore::new);
        }
    }

    public static final class WhileAnAttemptRuns extends StoreOperations {
        public WhileAnAttemptRuns() {
            super(LinearizabilityLincheckTest::store);
            begun();
        }
    }

    public static final class ModelWhileAnAttemptRuns extends StoreOperations {
        public ModelWhileAnAttemptRuns() {
            super(ModelStore::new);
            begun();
        }
    }

    /** Acquires by a look and then a write. */
    public static final class Racy extends StoreOperations {
        public Racy() {
            super(ticker -> new CopiedStore(ticker, Fault.NONE));
        }
    }

    @Test
    void rule1_callsOnAFreshKeyAreAtomic() {
        racesForAFreshKey().check(OnAFreshKey.class);
    }

    @Test
    void aCheckThenActAcquireIsFound() {
        assertThatThrownBy(() -> racesForAFreshKey().check(Racy.class))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("Invalid execution results")
                .hasMessageContaining("attempt 1 after NONE");
    }

    @Test
    void rule1_callsWhileAnAttemptRunsAreAtomic() {
        options(ModelWhileAnAttemptRuns.class)
                .addCustomScenario(race(List.of(acquire(3)), List.of(complete(1), leaseEnds())))
                .addCustomScenario(race(List.of(acquire(3)), List.of(complete(1), timePasses())))
                .addCustomScenario(race(List.of(find(1)), List.of(complete(1), leaseEnds())))
                .addCustomScenario(race(List.of(complete(1)), List.of(leaseEnds(), acquire(2), complete(2))))
                .addCustomScenario(race(List.of(find(1), resolve(1)), List.of(leaseEnds(), complete(1))))
                .addCustomScenario(race(List.of(find(1), delete(1)), List.of(release(1), acquire(2), hold(2))))
                .check(WhileAnAttemptRuns.class);
    }

    private static ModelCheckingOptions racesForAFreshKey() {
        return options(ModelOnAFreshKey.class)
                .addCustomScenario(race(List.of(acquire(1)), List.of(acquire(2))))
                .addCustomScenario(race(List.of(acquire(1), complete(1)), List.of(acquire(2), complete(2))))
                .addCustomScenario(race(List.of(acquire(1), find(1), delete(1)), List.of(acquire(2), renew(2))))
                .addCustomScenario(race(List.of(acquire(1), acquire(1)), List.of(acquire(1), release(1))));
    }

    private static ModelCheckingOptions options(Class<?> specification) {
        return new ModelCheckingOptions()
                .sequentialSpecification(specification)
                .actorsBefore(0)
                .actorsAfter(0)
                .threads(2)
                .actorsPerThread(3)
                .iterations(RANDOM_SCENARIOS)
                .invocationsPerIteration(INTERLEAVINGS)
                .addGuarantee(forClasses(name -> name.startsWith("com.github.benmanes.caffeine."))
                        .allMethods()
                        .treatAsAtomic());
    }

    private static ExecutionScenario race(List<Actor> one, List<Actor> other) {
        return new ExecutionScenario(List.of(), List.of(one, other), List.of(), null);
    }

    private static Actor timePasses() {
        return call("timePasses");
    }

    private static Actor leaseEnds() {
        return call("leaseEnds");
    }

    private static Actor acquire(int attempt) {
        return call("acquire", attempt);
    }

    private static Actor renew(int attempt) {
        return call("renew", attempt);
    }

    private static Actor complete(int attempt) {
        return call("complete", attempt);
    }

    private static Actor release(int attempt) {
        return call("release", attempt);
    }

    private static Actor hold(int attempt) {
        return call("hold", attempt);
    }

    private static Actor find(int thread) {
        return call("find", thread);
    }

    private static Actor delete(int thread) {
        return call("delete", thread);
    }

    private static Actor resolve(int thread) {
        return call("resolve", thread);
    }

    private static Actor call(String operation, Object... arguments) {
        Method method = Arrays.stream(StoreOperations.class.getMethods())
                .filter(each -> each.getName().equals(operation))
                .findFirst()
                .orElseThrow();
        return new Actor(method, List.of(arguments));
    }

    private static IdempotencyStore store(LongSupplier ticker) {
        return InMemoryIdempotencyStore.builder()
                .ticker(ticker)
                .maintenance(Scheduler.disabledScheduler(), Runnable::run)
                .build();
    }
}
