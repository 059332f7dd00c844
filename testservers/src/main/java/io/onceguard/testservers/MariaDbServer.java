package io.onceguard.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real MariaDB on a free loopback port, its data in a temporary folder. Its default collation takes upper and lower
 * case for the same, and commits are not flushed to the disk: what a kill of the server leaves is not its subject. A
 * server that cannot start fails the test with its log.
 */
public final class MariaDbServer implements AutoCloseable {

    /** A JDBC URL, with user and password in it, of an existing server for the tests that share one. */
    public static final String URL_VARIABLE = "ONCEGUARD_MARIADB_URL";

    private static final String NAME = "onceguard";
    private static final String READY = "ready for connections";

    private final Path folder;
    private final int port;
    private final Process process;

    private MariaDbServer(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /** Holds the server that all tests of this JVM share; it is started by the first that asks. */
    private static final class Shared {
        private static final String URL = urlOfShared();

        private static String urlOfShared() {
            String given = System.getenv(URL_VARIABLE);
            if (given != null) {
                return answering(given);
            }
            MariaDbServer server = start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            return server.url();
        }

        private static String answering(String url) {
            try (Connection connection = DriverManager.getConnection(url)) {
                requireNonNull(connection);
                return url;
            } catch (SQLException failure) {
                throw new IllegalStateException(
                        "the MariaDB that " + URL_VARIABLE + " names does not answer; without the variable the tests"
                                + " start one",
                        failure);
            }
        }
    }

    /** The URL, for MariaDB's driver, of the server that all tests of this JVM share, with user and password in it. */
    public static String sharedUrl() {
        return Shared.URL;
    }

    /**
     * Starts a server of the caller's own.
     *
     * @param options further options, as {@code --innodb-rollback-on-timeout=ON}
     */
    public static MariaDbServer start(String... options) {
        try {
            MariaDbFiles files = MariaDbFiles.unpacked();
            Path folder = Files.createTempDirectory("onceguard-mariadb");
            Path data = files.newData(folder.resolve("data"));
            int port = freePort();
            Path init = folder.resolve("init.sql");
            Files.writeString(init, """
                    CREATE DATABASE IF NOT EXISTS %1$s;
                    CREATE USER IF NOT EXISTS %1$s@'127.0.0.1' IDENTIFIED BY '%1$s';
                    GRANT ALL ON *.* TO %1$s@'127.0.0.1';
                    """.formatted(NAME));
            List<String> command = files.command(data);
            command.addAll(List.of(
                    "--init-file=" + init,
                    "--port=" + port,
                    "--bind-address=127.0.0.1",
                    "--socket=" + folder.resolve("socket"),
                    "--pid-file=" + folder.resolve("pid"),
                    "--skip-name-resolve",
                    "--max-connections=400",
                    "--max-allowed-packet=24M",
                    "--character-set-server=latin1",
                    "--collation-server=latin1_swedish_ci",
                    // the key that it makes for itself takes seconds
                    "--skip-ssl"));
            command.addAll(List.of(options));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            awaitReady(process);
            return new MariaDbServer(folder, port, process);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Reads the log until the server says that it is ready; from there on it is read and forgotten. */
    private static void awaitReady(Process process) throws IOException {
        List<String> log = new ArrayList<>();
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            log.add(line);
            if (line.contains(READY)) {
                Thread reader = new Thread(() -> output.lines().forEach(rest -> {}), "mariadb-log");
                reader.setDaemon(true);
                reader.start();
                return;
            }
        }
        throw new AssertionError("MariaDB does not start; its log:\n" + String.join("\n", log));
    }

    /** The URL for MariaDB's driver, with user and password in it. */
    public String url() {
        return "jdbc:mariadb://127.0.0.1:" + port + "/" + NAME + "?user=" + NAME + "&password=" + NAME
                + "&sslMode=disable";
    }

    /** Kills the server: nobody needs what it leaves. */
    @Override
    public void close() {
        try {
            process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            MariaDbFiles.delete(folder);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
