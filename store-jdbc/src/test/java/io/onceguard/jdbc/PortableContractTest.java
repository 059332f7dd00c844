package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract with the statements for databases that nobody knows: on an H2 that takes itself for an Oracle, to which
 * empty is null, and on HSQLDB. Not on SQLite: its driver gives errors no SQLState, and only one connection writes at a
 * time, so that what is shown there about races would be little.
 */
class PortableContractTest {

    @Nested
    class H2InOracleMode extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(PortableDatabase.H2_AS_ORACLE, Session.DEFAULT);
        }
    }

    @Nested
    class Hsqldb extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(PortableDatabase.HSQLDB, Session.DEFAULT);
        }
    }

    @Nested
    class HsqldbWithoutAutoCommit extends IdempotencyStoreContract {
        @Override
        protected StoreHarness openHarness() {
            return new JdbcHarness(
                    PortableDatabase.HSQLDB, new Session(false, "TRANSACTION_SERIALIZABLE", "America/St_Johns"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "now(); DROP TABLE t", "?", "{1}", "f(:now)"})
    void D10_clocksThatAreNoExpressionAreRefused(String clock) {
        assertThatIllegalArgumentException().isThrownBy(() -> JdbcDialect.portable(clock));
    }
}
