package io.onceguard.jdbc;

import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import org.junit.jupiter.api.Nested;

/** The contract on one database, with and without autocommit, at two isolation levels, in zones that are not UTC. */
abstract class JdbcContract {

    private static final String COMMITTED = "TRANSACTION_READ_COMMITTED";
    private static final String SERIALIZABLE = "TRANSACTION_SERIALIZABLE";
    private static final String EAST = "Pacific/Kiritimati";
    private static final String WEST = "America/St_Johns";

    private final TestDatabase database;

    JdbcContract(TestDatabase database) {
        this.database = database;
    }

    /** The contract in one configuration. */
    abstract class Configuration extends IdempotencyStoreContract {
        private final Session session;

        Configuration(Session session) {
            this.session = session;
        }

        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(database, session);
        }
    }

    @Nested
    class ReadCommitted extends Configuration {
        ReadCommitted() {
            super(new Session(true, COMMITTED, EAST));
        }
    }

    @Nested
    class Serializable extends Configuration {
        Serializable() {
            super(new Session(true, SERIALIZABLE, EAST));
        }
    }

    @Nested
    class ReadCommittedWithoutAutoCommit extends Configuration {
        ReadCommittedWithoutAutoCommit() {
            super(new Session(false, COMMITTED, WEST));
        }
    }

    @Nested
    class SerializableWithoutAutoCommit extends Configuration {
        SerializableWithoutAutoCommit() {
            super(new Session(false, SERIALIZABLE, WEST));
        }
    }
}
