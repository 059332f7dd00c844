package io.onceguard.jdbc;

import javax.sql.DataSource;

/** What the harness asks of a database. */
interface HarnessDatabase {

    /** The URL of a database that is there. */
    String newUrl();

    void createTable(DataSource dataSource, String table);

    default JdbcIdempotencyStoreBuilder builder(DataSource dataSource, String table) {
        return Requests.builder(dataSource, table);
    }
}
