package io.onceguard.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** Databases that are spoken to in portable words. The table is made as an administrator makes it. */
enum PortableDatabase implements HarnessDatabase {
    H2_AS_ORACLE("CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)"),
    HSQLDB("UNIX_MILLIS() * 1000");

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final JdbcDialect dialect;

    PortableDatabase(String clock) {
        dialect = JdbcDialect.portable(clock);
    }

    @Override
    public String newUrl() {
        int number = NUMBER.incrementAndGet();
        return switch (this) {
            case H2_AS_ORACLE -> "jdbc:h2:mem:portable" + number + ";DB_CLOSE_DELAY=-1;MODE=Oracle";
            case HSQLDB -> "jdbc:hsqldb:mem:portable" + number + ";hsqldb.tx=mvcc";
        };
    }

    @Override
    public void createTable(DataSource dataSource, String table) {
        try (InputStream ddl = JdbcSchema.class.getResourceAsStream("/schema/portable.sql")) {
            String sql = new String(ddl.readAllBytes(), StandardCharsets.UTF_8).replaceAll("--.*", "");
            for (String statement : sql.split(";", -1)) {
                if (!statement.isBlank()) {
                    TestDatabase.execute(dataSource, statement.replace("onceguard_record", table));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public JdbcIdempotencyStoreBuilder builder(DataSource dataSource, String table) {
        return Requests.builder(dataSource, table).dialect(dialect);
    }
}
