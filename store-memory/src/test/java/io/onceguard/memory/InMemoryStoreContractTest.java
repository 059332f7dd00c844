package io.onceguard.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import java.time.Duration;

/** The published contract, at full length: memory is fast. */
class InMemoryStoreContractTest extends IdempotencyStoreContract {

    @Override
    protected StoreHarness openHarness() {
        return new Harness();
    }

    private static final class Harness implements StoreHarness {

        private static final long MAX_RESULT_BYTES = 64L << 20;

        private final TestClock clock = new TestClock();
        private final InMemoryIdempotencyStore store = InMemoryIdempotencyStore.builder()
                .maxResultBytes(MAX_RESULT_BYTES)
                .ticker(clock::read)
                .build();

        @Override
        public IdempotencyStore store() {
            return store;
        }

        @Override
        public IdempotencyStore anotherNode() {
            return store;
        }

        @Override
        public void passTime(RecordId id, Duration duration) {
            clock.advance(duration);
        }

        @Override
        public boolean timePassesForAll() {
            return true;
        }

        @Override
        public boolean purgesItself() {
            return true;
        }

        @Override
        public int raceRounds() {
            return 1_000;
        }

        @Override
        public int fuzzCalls() {
            return 100_000;
        }

        @Override
        public void checkInvariants() {
            assertThat(store.resultBytes()).isBetween(0L, MAX_RESULT_BYTES);
            assertThat(store.isLocal()).isTrue();
        }
    }
}
