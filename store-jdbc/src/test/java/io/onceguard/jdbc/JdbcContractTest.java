package io.onceguard.jdbc;

import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import org.junit.jupiter.api.Nested;

/** The contract on every database, with and without autocommit, at two isolation levels, in zones that are not UTC. */
class JdbcContractTest {

    private static final String COMMITTED = "TRANSACTION_READ_COMMITTED";
    private static final String SERIALIZABLE = "TRANSACTION_SERIALIZABLE";
    private static final String EAST = "Pacific/Kiritimati";
    private static final String WEST = "America/St_Johns";

    /** The contract in one configuration. */
    abstract static class Configuration extends IdempotencyStoreContract {
        private final TestDatabase database;
        private final Session session;

        Configuration(TestDatabase database, Session session) {
            this.database = database;
            this.session = session;
        }

        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(database, session);
        }
    }

    @Nested
    class H2MemoryReadCommitted extends Configuration {
        H2MemoryReadCommitted() {
            super(TestDatabase.H2_MEMORY, new Session(true, COMMITTED, EAST));
        }
    }

    @Nested
    class H2MemorySerializable extends Configuration {
        H2MemorySerializable() {
            super(TestDatabase.H2_MEMORY, new Session(true, SERIALIZABLE, EAST));
        }
    }

    @Nested
    class H2MemoryReadCommittedWithoutAutoCommit extends Configuration {
        H2MemoryReadCommittedWithoutAutoCommit() {
            super(TestDatabase.H2_MEMORY, new Session(false, COMMITTED, WEST));
        }
    }

    @Nested
    class H2MemorySerializableWithoutAutoCommit extends Configuration {
        H2MemorySerializableWithoutAutoCommit() {
            super(TestDatabase.H2_MEMORY, new Session(false, SERIALIZABLE, WEST));
        }
    }

    @Nested
    class H2FileReadCommitted extends Configuration {
        H2FileReadCommitted() {
            super(TestDatabase.H2_FILE, new Session(true, COMMITTED, EAST));
        }
    }

    @Nested
    class H2FileSerializable extends Configuration {
        H2FileSerializable() {
            super(TestDatabase.H2_FILE, new Session(true, SERIALIZABLE, EAST));
        }
    }

    @Nested
    class H2FileReadCommittedWithoutAutoCommit extends Configuration {
        H2FileReadCommittedWithoutAutoCommit() {
            super(TestDatabase.H2_FILE, new Session(false, COMMITTED, WEST));
        }
    }

    @Nested
    class H2FileSerializableWithoutAutoCommit extends Configuration {
        H2FileSerializableWithoutAutoCommit() {
            super(TestDatabase.H2_FILE, new Session(false, SERIALIZABLE, WEST));
        }
    }

    @Nested
    class PostgresReadCommitted extends Configuration {
        PostgresReadCommitted() {
            super(TestDatabase.POSTGRESQL, new Session(true, COMMITTED, EAST));
        }
    }

    @Nested
    class PostgresSerializable extends Configuration {
        PostgresSerializable() {
            super(TestDatabase.POSTGRESQL, new Session(true, SERIALIZABLE, EAST));
        }
    }

    @Nested
    class PostgresReadCommittedWithoutAutoCommit extends Configuration {
        PostgresReadCommittedWithoutAutoCommit() {
            super(TestDatabase.POSTGRESQL, new Session(false, COMMITTED, WEST));
        }
    }

    @Nested
    class PostgresSerializableWithoutAutoCommit extends Configuration {
        PostgresSerializableWithoutAutoCommit() {
            super(TestDatabase.POSTGRESQL, new Session(false, SERIALIZABLE, WEST));
        }
    }
}
