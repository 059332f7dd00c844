package io.onceguard.testservers;

import static java.util.Objects.requireNonNull;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
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
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL on a free loopback port, its data in a temporary folder. A server that cannot start fails the test
 * with its log.
 */
public final class PostgresServer implements AutoCloseable {

    /** A JDBC URL, with user and password in it, of an existing server for the tests that share one. */
    public static final String URL_VARIABLE = "ONCEGUARD_PG_URL";

    private final Path folder;
    private final int port;
    private final boolean fsync;
    private @Nullable EmbeddedPostgres server;

    private PostgresServer(Path folder, int port, boolean fsync) {
        this.folder = folder;
        this.port = port;
        this.fsync = fsync;
    }

    /** Holds the server that all tests of this JVM share; it is started by the first that asks. */
    private static final class Shared {
        private static final String URL = urlOfShared();

        private static String urlOfShared() {
            String given = System.getenv(URL_VARIABLE);
            if (given != null) {
                return answering(given);
            }
            PostgresServer server = start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            return server.url();
        }

        private static String answering(String url) {
            try (Connection connection = DriverManager.getConnection(url)) {
                requireNonNull(connection);
                return url;
            } catch (SQLException failure) {
                throw new IllegalStateException(
                        "the PostgreSQL that " + URL_VARIABLE + " names does not answer; without the variable the"
                                + " tests start one",
                        failure);
            }
        }
    }

    /** The URL of the server that all tests of this JVM share, with user and password in it. */
    public static String sharedUrl() {
        return Shared.URL;
    }

    /** Starts a server of the caller's own, which would lose commits in a power failure, and is the faster for it. */
    public static PostgresServer start() {
        return start(false);
    }

    /** Starts a server of the caller's own that forces each commit to the disk, as it does in production. */
    public static PostgresServer startDurable() {
        return start(true);
    }

    private static PostgresServer start(boolean fsync) {
        try {
            PostgresServer server = new PostgresServer(Files.createTempDirectory("onceguard-pg"), freePort(), fsync);
            server.launch();
            return server;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts the server again, on the same port and the same data, after {@link #kill()}. */
    public void launch() {
        Path log = folder.resolve("server.log");
        try {
            server = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(folder.resolve("data"))
                    .setCleanDataDirectory(false)
                    .setServerConfig("max_connections", "300")
                    // off by default here, and then a kill loses commits that were acknowledged
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("fsync", fsync ? "on" : "off")
                    .setServerConfig("full_page_writes", "on")
                    .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException | RuntimeException failure) {
            throw new AssertionError("PostgreSQL does not start; its log:\n" + read(log), failure);
        }
    }

    private static String read(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log) : "(none)";
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    /** The URL, with user and password in it. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&password=postgres";
    }

    /** Kills the server and everything that it started with SIGKILL, and waits until all are gone. */
    public void kill() {
        try {
            long postmaster = Long.parseLong(Files.readAllLines(folder.resolve("data/postmaster.pid"))
                    .get(0)
                    .trim());
            ProcessHandle root = ProcessHandle.of(postmaster).orElseThrow();
            List<ProcessHandle> all = new ArrayList<>(root.descendants().toList());
            all.add(0, root);
            all.forEach(ProcessHandle::destroyForcibly);
            for (ProcessHandle process : all) {
                process.onExit().get(30, TimeUnit.SECONDS);
            }
            close(); // finds nothing to stop, and gives its lock on the data back
        } catch (Exception failure) {
            throw new AssertionError("PostgreSQL cannot be killed", failure);
        }
    }

    /** Stops the server. */
    @Override
    public void close() {
        try {
            if (server != null) {
                server.close();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
