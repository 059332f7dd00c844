package io.onceguard.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.jdbc.TestDatabase.Session;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Lease;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.function.Consumer;
import liquibase.command.CommandScope;
import liquibase.command.core.UpdateCommandStep;
import liquibase.command.core.helpers.DbUrlConnectionArgumentsCommandStep;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The DDL of the jar, applied by somebody else. */
class MigrationToolsTest {

    @TempDir
    private Path folder;

    /** Applies the DDL in an empty schema, and shows that store and {@link JdbcSchema} take the table for theirs. */
    private static void assertUsable(TestDatabase database, Consumer<HikariDataSource> migration) {
        String schema = TestDatabase.newTable();
        String url = database.newUrl();
        try (HikariDataSource pool = TestDatabase.pool(url, 2, Session.DEFAULT)) {
            TestDatabase.execute(pool, "CREATE SCHEMA " + schema);
        }
        String there = switch (database) {
            case POSTGRESQL -> url + "&currentSchema=" + schema;
            case MARIADB, MYSQL_DRIVER -> url.replaceFirst("/\\w+\\?", "/" + schema + "?");
            default -> url + ";SCHEMA=" + schema;
        };
        try (HikariDataSource pool = TestDatabase.pool(there, 2, Session.DEFAULT)) {
            migration.accept(pool);

            JdbcSchema.createIfAbsent(pool);
            JdbcIdempotencyStore store = JdbcIdempotencyStore.builder(pool).build();
            Lease lease = Requests.acquire(store, Requests.newId());
            assertThat(store.complete(lease, Requests.RESULT, Requests.RETENTION))
                    .isTrue();
            assertThat(store.acquire(Requests.request(lease.id()))).isInstanceOf(Completed.class);
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_flywayAppliesTheDdl(TestDatabase database) throws Exception {
        try (InputStream ddl = JdbcSchema.class.getResourceAsStream(
                "/schema/" + database.dialect().schema())) {
            Files.copy(ddl, folder.resolve("V1__onceguard.sql"));
        }
        assertUsable(database, pool -> {
            Flyway flyway = Flyway.configure()
                    .dataSource(pool)
                    .locations("filesystem:" + folder)
                    .load();
            assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);
            assertThat(flyway.migrate().migrationsExecuted).isZero();
        });
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void D01_liquibaseAppliesTheDdl(TestDatabase database) throws Exception {
        Files.writeString(folder.resolve("changelog.json"), """
                {"databaseChangeLog": [{"changeSet": {"id": "1", "author": "test", "changes": [
                    {"sqlFile": {"path": "schema/%s"}}]}}]}
                """.formatted(
                        database.dialect().schema()));
        assertUsable(database, pool -> {
            for (int run = 0; run < 2; run++) {
                update(pool);
            }
        });
    }

    private void update(HikariDataSource pool) {
        try (Connection connection = pool.getConnection()) {
            Database target =
                    DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
            liquibase.Scope.child(
                    liquibase.Scope.Attr.resourceAccessor,
                    new liquibase.resource.CompositeResourceAccessor(
                            new liquibase.resource.DirectoryResourceAccessor(folder),
                            new liquibase.resource.ClassLoaderResourceAccessor()),
                    () -> new CommandScope(UpdateCommandStep.COMMAND_NAME)
                            .addArgumentValue(DbUrlConnectionArgumentsCommandStep.DATABASE_ARG, target)
                            .addArgumentValue(UpdateCommandStep.CHANGELOG_FILE_ARG, "changelog.json")
                            .execute());
        } catch (Exception failure) {
            throw new AssertionError("the update failed", failure);
        }
    }
}
