package io.onceguard.redis;

import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import org.junit.jupiter.api.Nested;

/** The contract on each kind of server. */
class RedisContractTest {

    /** The contract in one configuration. */
    abstract static class Configuration extends IdempotencyStoreContract {
        private final Topology topology;

        Configuration(Topology topology) {
            this.topology = topology;
        }

        @Override
        protected StoreHarness openHarness() {
            return new RedisHarness(topology);
        }
    }

    @Nested
    class Standalone extends Configuration {
        Standalone() {
            super(Topology.STANDALONE);
        }
    }

    @Nested
    class Standalone62 extends Configuration {
        Standalone62() {
            super(Topology.STANDALONE_6_2);
        }
    }

    @Nested
    class Sentinel extends Configuration {
        Sentinel() {
            super(Topology.SENTINEL);
        }
    }

    @Nested
    class Cluster extends Configuration {
        Cluster() {
            super(Topology.CLUSTER);
        }
    }
}
