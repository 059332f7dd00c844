package io.onceguard.testkit;

/** The model store passes the whole suite, at full length. */
class ModelStoreTest extends IdempotencyStoreContract {

    @Override
    protected StoreHarness openHarness() {
        return new ModelHarness(ModelStore::new) {
            @Override
            public int fuzzCalls() {
                return 100_000;
            }
        };
    }
}
