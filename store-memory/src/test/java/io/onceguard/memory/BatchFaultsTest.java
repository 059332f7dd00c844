package io.onceguard.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Attempt;
import io.onceguard.BatchExecutor;
import io.onceguard.FailurePolicy;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.IdempotencyKey;
import io.onceguard.ResultCodec;
import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.Rejected.Reason;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.messaging.IdempotentConsumerBuilder;
import io.onceguard.testkit.FaultInjectingStore;
import io.onceguard.testkit.FaultInjectingStore.Fault;
import io.onceguard.testkit.FaultInjectingStore.Verb;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Batches of messages are delivered until they are done with, over a store whose batch verbs fail or lose their replies
 * at random. No process dies, so each message has its effect once; or it is given up before its effect, which at most
 * once allows.
 */
@Timeout(60)
class BatchFaultsTest {

    private static final Logger LOGGER = Logger.getLogger("io.onceguard");
    private static final Level BEFORE = LOGGER.getLevel();
    private static final int SEEDS = Boolean.getBoolean("onceguard.soak") ? 5_000 : 40;
    private static final int ROUNDS = 40;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final List<Verb> VERBS =
            List.of(Verb.ACQUIRE_ALL, Verb.COMPLETE_ALL, Verb.RELEASE_ALL, Verb.HOLD_ALL, Verb.COMPLETE, Verb.RELEASE);

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF); // planted faults are nobody's news
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(BEFORE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void G06_noFaultOfTheStoreDoublesAnEffect(boolean atMostOnce) {
        for (long seed = 0; seed < SEEDS; seed++) {
            new Run(seed, atMostOnce).play();
        }
    }

    private static final class Run {
        private final long seed;
        private final boolean atMostOnce;
        private final SplittableRandom random;
        private final TestClock clock = new TestClock();
        private final FaultInjectingStore store;
        private final IdempotencyExecutor<String> executor;
        private final IdempotentConsumer<Integer> consumer;
        private final Map<Integer, Integer> effects = new HashMap<>();

        Run(long seed, boolean atMostOnce) {
            this.seed = seed;
            this.atMostOnce = atMostOnce;
            this.random = new SplittableRandom(seed);
            this.store = new FaultInjectingStore(
                    InMemoryIdempotencyStore.builder().ticker(clock::read).build());
            IdempotencyExecutorBuilder<String> builder = atMostOnce
                    ? IdempotencyExecutor.atMostOnce("book", ResultCodec.utf8(), store)
                    : IdempotencyExecutor.atLeastOnce("book", ResultCodec.utf8(), store);
            this.executor = builder.lease(LEASE)
                    .onFailure(IOException.class, FailurePolicy.RELEASE)
                    .build();
            IdempotentConsumerBuilder<Integer, Attempt, String> messages = IdempotentConsumer.of(
                    BatchExecutor.of(executor), message -> IdempotencyKey.of("orders", "message-" + message));
            this.consumer = messages.fingerprint(message -> Fingerprint.of("content of " + message))
                    .handler(this::book)
                    .build();
        }

        private String book(int message) throws IOException {
            if (random.nextInt(8) == 0) {
                throw new IOException("before its effect");
            }
            effects.merge(message, 1, Integer::sum);
            return "booked";
        }

        void play() {
            List<Integer> open = new ArrayList<>();
            int size = 1 + random.nextInt(12);
            for (int i = 0; i < size; i++) {
                open.add(random.nextInt(size));
            }
            for (int round = 0; !open.isEmpty(); round++) {
                assertThat(round).as("rounds, seed %s", seed).isLessThan(ROUNDS);
                if (round < ROUNDS / 2) {
                    plant();
                }
                open = deliver(open);
                if (random.nextInt(4) == 0 || round >= ROUNDS / 2) {
                    assertThat(executor.awaitDeferred(Duration.ofSeconds(20))).isTrue();
                    clock.advance(LEASE.plusSeconds(1)); // what was claimed and not given back is over
                }
            }
        }

        private void plant() {
            for (Verb verb : VERBS) {
                if (random.nextInt(4) == 0) {
                    int often = 1 + random.nextInt(2);
                    for (int i = 0; i < often; i++) {
                        store.next(verb, random.nextBoolean() ? Fault.FAIL_BEFORE : Fault.LOSE_REPLY);
                    }
                }
            }
        }

        private List<Integer> deliver(List<Integer> messages) {
            List<Disposition> told = consumer.acceptAll(messages);
            List<Integer> again = new ArrayList<>();
            for (int i = 0; i < messages.size(); i++) {
                int message = messages.get(i);
                String what = "message " + message + " is told " + told.get(i) + ", seed " + seed;
                int booked = effects.getOrDefault(message, 0);
                assertThat(booked).as(what).isLessThanOrEqualTo(1);
                if (told.get(i).isDone()) {
                    assertThat(booked).as(what).isEqualTo(1);
                } else if (told.get(i) instanceof Rejected rejected) {
                    assertThat(atMostOnce).as(what).isTrue();
                    assertThat(rejected.reason()).as(what).isEqualTo(Reason.INTERRUPTED);
                } else {
                    again.add(message);
                }
            }
            return again;
        }
    }
}
