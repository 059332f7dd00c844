package io.onceguard.jdbc;

import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;

/** The contract on a file that H2's server has open. */
class H2ServerContractTest extends IdempotencyStoreContract {

    @Override
    protected StoreHarness openHarness() {
        return new JdbcHarness(TestDatabase.H2_SERVER, Session.DEFAULT);
    }
}
