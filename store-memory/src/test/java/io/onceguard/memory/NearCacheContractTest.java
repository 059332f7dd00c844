package io.onceguard.memory;

import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.RecordId;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import java.time.Duration;

/** The published contract, on one node: of what another node forgets, a near cache does not hear. */
class NearCacheContractTest extends IdempotencyStoreContract {

    @Override
    protected StoreHarness openHarness() {
        return new Harness();
    }

    private static final class Harness implements StoreHarness {

        private final TestClock clock = new TestClock();
        private final IdempotencyStore store = NearCacheIdempotencyStore.builder(
                        InMemoryIdempotencyStore.builder().ticker(clock::read).build())
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
    }
}
