package io.onceguard.jdbc;

class PostgresContractTest extends JdbcContract {

    PostgresContractTest() {
        super(TestDatabase.POSTGRESQL);
    }
}
