package io.onceguard.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.github.benmanes.caffeine.cache.Scheduler;
import io.onceguard.memory.CopiedStore.Fault;
import io.onceguard.memory.HistoryRun.Divergence;
import io.onceguard.spi.IdempotencyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of a few attempts and operators on a few keys, with time that stops at the ends of leases and
 * retentions: the store says at every step what the plain model says. A seed makes one history, always the same.
 */
class ModelHistoriesTest {

    private static final long FIRST_SEED = 20_240_601;
    private static final int HISTORIES = Boolean.getBoolean("onceguard.soak") ? 500_000 : 20_000;
    private static final int FAILURES_SHOWN = 5;

    /** The most steps that a history takes to show the hardest of the planted faults. */
    private static final int FEW_STEPS = 5;

    @Test
    void theStoreSaysWhatTheModelSays() {
        assertThat(failures(HISTORIES, ModelHistoriesTest::store))
                .as("histories in which the two part")
                .isEmpty();
        System.out.printf("histories: %,d from seed %d on, store and model agree%n", HISTORIES, FIRST_SEED);
    }

    @Test
    void theCopyWithoutAFaultSaysWhatTheModelSays() {
        assertThat(failures(1_000, ticker -> new CopiedStore(ticker, Fault.NONE)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedFaultIsFoundAndShownInAFewSteps(Fault fault) {
        Function<LongSupplier, IdempotencyStore> faulty = ticker -> new CopiedStore(ticker, fault);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 1_000; seed++) {
            History history = History.of(seed);
            if (HistoryRun.play(history, faulty) != null) {
                History smallest = new HistoryShrinker(faulty).shrink(history);
                String script = script(smallest, faulty);
                System.out.println(fault + ", of " + history.steps().size() + " steps made small: " + script + "\n");
                assertThat(smallest.steps()).as(script).hasSizeLessThanOrEqualTo(FEW_STEPS);
                assertThat(HistoryRun.play(smallest, ModelHistoriesTest::store)).isNull();
                return;
            }
        }
        fail("not found: " + fault);
    }

    @Test
    void aDivergenceIsToldAsAScript() {
        List<String> scripts = failures(100, ticker -> new CopiedStore(ticker, Fault.SECOND_COMPLETION_OVERWRITES));

        assertThat(scripts).first().isEqualTo("""
                seed 20240657, clock begins at 9223372036804543664
                  1. key 0, attempt 2: acquire, fingerprint other, lease 0.003s, retention 0.007s, takeover NEVER
                  2. key 0, attempt 2: complete with 1 bytes, retention 0.001s
                  3. key 0, attempt 2: complete with 1 bytes, retention 0.007s
                  The store keeps Optional[StoredRecord[state=COMPLETED, fingerprint=fingerprint(other), number=1, \
                token=0, age=PT0S, leaseLeft=PT0S, retentionLeft=PT0.007S, result=1 bytes]]
                  The model keeps Optional[StoredRecord[state=COMPLETED, fingerprint=fingerprint(other), number=1, \
                token=0, age=PT0S, leaseLeft=PT0S, retentionLeft=PT0.001S, result=1 bytes]]
                """.stripTrailing());
    }

    @Test
    void aSeedAlwaysMakesTheSameHistory() {
        assertThat(History.of(7)).isEqualTo(History.of(7)).isNotEqualTo(History.of(8));
    }

    /** Plays the histories and returns those in which the two part, shrunk, as scripts. */
    private static List<String> failures(int histories, Function<LongSupplier, IdempotencyStore> tested) {
        List<String> failures = new ArrayList<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + histories && failures.size() < FAILURES_SHOWN; seed++) {
            History history = History.of(seed);
            if (HistoryRun.play(history, tested) != null) {
                failures.add(script(new HistoryShrinker(tested).shrink(history), tested));
            }
        }
        return failures;
    }

    private static String script(History history, Function<LongSupplier, IdempotencyStore> tested) {
        Divergence divergence = HistoryRun.play(history, tested);
        return divergence == null ? "no divergence" : HistoryRun.describe(history, divergence);
    }

    /** Upkeep happens within the calls, so that a history always takes the same course. */
    private static IdempotencyStore store(LongSupplier ticker) {
        return InMemoryIdempotencyStore.builder()
                .ticker(ticker)
                .maintenance(Scheduler.disabledScheduler(), Runnable::run)
                .build();
    }
}
