package io.onceguard.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.onceguard.testservers.MariaDbServer;
import io.onceguard.testservers.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.tools.Server;

/** The databases that the tests run on, and pools over them. */
enum TestDatabase implements HarnessDatabase {
    H2_MEMORY("H2"),
    H2_FILE("H2"),
    H2_SERVER("H2"),
    POSTGRESQL("PostgreSQL"),
    MARIADB("MariaDB"),
    /** The dialect of MySQL through its driver, which takes a MariaDB for a MySQL. */
    MYSQL_DRIVER("MySQL");

    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** A MariaDB knows a zone by name only if somebody told it. */
    private static final Map<String, String> OFFSETS = Map.of(
            "UTC", "+00:00",
            "Pacific/Kiritimati", "+12:45",
            "America/St_Johns", "-03:30",
            "Asia/Kathmandu", "+05:45");

    private final String product;

    TestDatabase(String product) {
        this.product = product;
    }

    /** How the connections of a pool are set up; the settings are further ones of MariaDB, as {@code a = 1, b = 2}. */
    record Session(boolean autoCommit, String isolation, String zone, String settings) {

        static final Session DEFAULT = new Session(true, "TRANSACTION_READ_COMMITTED", "UTC");

        Session(boolean autoCommit, String isolation, String zone) {
            this(autoCommit, isolation, zone, "");
        }

        @Override
        public String toString() {
            return (autoCommit ? "autocommit " : "no autocommit ") + isolation + " " + zone + " " + settings;
        }
    }

    String product() {
        return product;
    }

    boolean isH2() {
        return product.equals("H2");
    }

    boolean isMariaDb() {
        return this == MARIADB || this == MYSQL_DRIVER;
    }

    JdbcDialect dialect() {
        return JdbcDialect.of(product).orElseThrow();
    }

    /** The URL of a database; an empty one of its own for H2, the shared server for PostgreSQL. */
    @Override
    public String newUrl() {
        return switch (this) {
            case H2_MEMORY -> "jdbc:h2:mem:test" + NUMBER.incrementAndGet() + ";DB_CLOSE_DELAY=-1";
            case H2_FILE -> "jdbc:h2:file:" + newFolder() + "/db;WRITE_DELAY=0";
            case H2_SERVER -> H2Server.newUrl();
            case POSTGRESQL -> PostgresServer.sharedUrl();
            case MARIADB -> MariaDbServer.sharedUrl();
            case MYSQL_DRIVER ->
                MariaDbServer.sharedUrl()
                        .replace("jdbc:mariadb:", "jdbc:mysql:")
                        .replace("sslMode=disable", "sslMode=DISABLED");
        };
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("onceguard-h2");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** H2's TCP server in this JVM, started by the first that asks. */
    private static final class H2Server {
        private static final Server SERVER = start();

        private static Server start() {
            try {
                return Server.createTcpServer("-tcpPort", "0", "-tcpDaemon", "-ifNotExists")
                        .start();
            } catch (SQLException failure) {
                throw new AssertionError("H2's server does not start", failure);
            }
        }

        /** A file of its own, opened by the server. */
        static String newUrl() {
            return "jdbc:h2:tcp://127.0.0.1:" + SERVER.getPort() + "/" + newFolder() + "/db;WRITE_DELAY=0";
        }
    }

    @Override
    public void createTable(DataSource dataSource, String table) {
        JdbcSchema.createIfAbsent(dataSource, table);
    }

    /** A name that no other test has, in this JVM or in one beside it. */
    static String newTable() {
        return "record_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    }

    /** Creates a table of its own. */
    static String newTable(DataSource dataSource) {
        String table = newTable();
        JdbcSchema.createIfAbsent(dataSource, table);
        return table;
    }

    static HikariDataSource pool(String url, int connections, Session session) {
        return new HikariDataSource(config(url, connections, session));
    }

    static HikariConfig config(String url, int connections, Session session) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (url.startsWith("jdbc:h2:")) {
            config.setUsername("sa");
            config.setPassword("");
        }
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setAutoCommit(session.autoCommit());
        config.setTransactionIsolation(session.isolation());
        config.setConnectionInitSql(initSql(url, session));
        config.setConnectionTimeout(60_000);
        return config;
    }

    private static String initSql(String url, Session session) {
        if (url.startsWith("jdbc:hsqldb:")) {
            return "SET TIME ZONE INTERVAL '" + OFFSETS.get(session.zone()) + "' HOUR TO MINUTE";
        }
        if (!url.matches("jdbc:(mariadb|mysql):.*")) {
            return "SET TIME ZONE '" + session.zone() + "'";
        }
        String zone = OFFSETS.get(session.zone());
        return "SET time_zone = '" + zone + "'" + (session.settings().isEmpty() ? "" : ", " + session.settings());
    }

    static void execute(DataSource dataSource, String sql) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException failure) {
            throw new AssertionError(sql, failure);
        }
    }

    /** The first column of the first row. */
    static String query(DataSource dataSource, String sql) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            String answer = row.next() ? row.getString(1) : null;
            row.close();
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            return answer;
        } catch (SQLException failure) {
            throw new AssertionError(sql, failure);
        }
    }
}
