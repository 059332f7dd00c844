package io.onceguard.jdbc;

import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.testkit.IdempotencyStoreContract;
import io.onceguard.testkit.StoreHarness;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract on MariaDB, through both drivers: with and without autocommit, at each isolation level, with and without
 * snapshot isolation, in zones that are not UTC and with modes that read SQL otherwise. Each of these is in one of three
 * configurations; all their combinations are left to the soak.
 */
@ParameterizedClass
@MethodSource("configurations")
class MariaDbContractTest extends IdempotencyStoreContract {

    private static final String[] LEVELS = {
        "TRANSACTION_READ_COMMITTED", "TRANSACTION_REPEATABLE_READ", "TRANSACTION_SERIALIZABLE"
    };

    private final TestDatabase database;
    private final Session session;

    MariaDbContractTest(TestDatabase database, Session session) {
        this.database = database;
        this.session = session;
    }

    static Stream<Arguments> configurations() {
        if (!Boolean.getBoolean(StoreHarness.SOAK_PROPERTY)) {
            return Stream.of(
                    configuration(TestDatabase.MARIADB, true, LEVELS[0], "OFF"),
                    configuration(TestDatabase.MARIADB, false, LEVELS[1], "ON"),
                    configuration(TestDatabase.MYSQL_DRIVER, true, LEVELS[2], "ON"));
        }
        return Stream.of(TestDatabase.MARIADB, TestDatabase.MYSQL_DRIVER)
                .flatMap(database -> Stream.of(true, false)
                        .flatMap(autoCommit -> Stream.of(LEVELS)
                                .flatMap(level -> Stream.of("OFF", "ON")
                                        .map(snapshot -> configuration(database, autoCommit, level, snapshot)))));
    }

    private static Arguments configuration(TestDatabase database, boolean autoCommit, String level, String snapshot) {
        String settings = "innodb_snapshot_isolation = " + snapshot;
        return Arguments.of(
                database,
                autoCommit
                        ? new Session(true, level, "Pacific/Kiritimati", settings)
                        : new Session(false, level, "America/St_Johns", settings + ", sql_mode = 'ANSI,TRADITIONAL'"));
    }

    @Override
    protected StoreHarness openHarness() {
        return new JdbcHarness(database, session);
    }
}
