package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoredRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real threads and real time: operations, keys and stores side by side, and no result goes astray. */
@Timeout(60)
class ManyExecutorsTest {

    private static final int THREADS = 8;
    private static final int CALLS = 4_000;
    private static final int STORES = 2;
    private static final int OPERATIONS = 4;
    private static final int KEYS = 25;

    /** What one key of one operation in one store is to hold, for ever. */
    private static String origin(int store, int operation, int key) {
        return "store-" + store + " operation-" + operation + " key-" + key + ";";
    }

    @ParameterizedTest
    @EnumSource
    void A34_resultsAreNeverFiledUnderAnotherOperationKeyOrStore(Scene.Kind kind) throws Exception {
        List<ModelStore> models = new ArrayList<>();
        List<List<IdempotencyExecutor<String>>> executors = new ArrayList<>();
        for (int s = 0; s < STORES; s++) {
            ModelStore model = new ModelStore(System::nanoTime);
            FaultyStore store = new FaultyStore(model, kind == Scene.Kind.LOCAL);
            models.add(model);
            List<IdempotencyExecutor<String>> ofStore = new ArrayList<>();
            for (int o = 0; o < OPERATIONS; o++) {
                ofStore.add(
                        o % 2 == 0
                                ? IdempotencyExecutor.atLeastOnce("operation-" + o, ResultCodec.utf8(), store)
                                        .build()
                                : IdempotencyExecutor.atMostOnce("operation-" + o, ResultCodec.utf8(), store)
                                        .build());
            }
            executors.add(ofStore);
        }
        Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Callable<Integer>> bodies = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            Random random = new Random(ManualPlatform.SEED + t);
            bodies.add(() -> {
                start.await();
                int inProgress = 0;
                for (int i = 0; i < CALLS; i++) {
                    int s = random.nextInt(STORES);
                    int o = random.nextInt(OPERATIONS);
                    int k = random.nextInt(KEYS);
                    String expected = origin(s, o, k);
                    Outcome<String> outcome = executors
                            .get(s)
                            .get(o)
                            .execute(IdempotencyKey.unscoped("key-" + k), INPUT, () -> {
                                runs.computeIfAbsent(expected, none -> new AtomicInteger())
                                        .incrementAndGet();
                                return expected;
                            });
                    if (outcome.hasValue()) {
                        assertThat(outcome.orElseThrow()).isEqualTo(expected);
                    } else {
                        Expect.inProgress(outcome);
                        inProgress++;
                    }
                }
                return inProgress;
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (Future<Integer> each : threads.invokeAll(bodies)) {
                assertThat(each.get()).as("seed " + ManualPlatform.SEED).isLessThan(CALLS / 2);
            }
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(runs).hasSize(STORES * OPERATIONS * KEYS);
        assertThat(runs.values()).allMatch(each -> each.get() == 1);
        for (int s = 0; s < STORES; s++) {
            for (int o = 0; o < OPERATIONS; o++) {
                for (int k = 0; k < KEYS; k++) {
                    RecordId id = new RecordId("operation-" + o, "", "key-" + k);
                    Optional<StoredRecord> record = models.get(s).find(id);
                    String stored = new String(record.orElseThrow().result().bytes(), StandardCharsets.UTF_8);
                    assertThat(stored).contains(origin(s, o, k));
                }
            }
        }
    }
}
