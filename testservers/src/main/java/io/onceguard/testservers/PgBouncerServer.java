package io.onceguard.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * PgBouncer in transaction mode, on a free loopback port, in front of the PostgreSQL that the tests of this JVM share.
 * No Maven artifact brings it: it is there if it is installed.
 */
public final class PgBouncerServer {

    /** A JDBC URL, with user and password in it, of an existing PgBouncer in front of the shared PostgreSQL. */
    public static final String URL_VARIABLE = "ONCEGUARD_PGBOUNCER_URL";

    private static final String PROGRAM = "pgbouncer";
    private static final String READY = "process up";

    private PgBouncerServer() {}

    /** Holds what all tests of this JVM share; it is started by the first that asks. */
    private static final class Shared {
        private static final String URL = urlOfShared();

        private static String urlOfShared() {
            String given = System.getenv(URL_VARIABLE);
            return given != null ? given : start();
        }
    }

    /** Whether there is one to be used. */
    public static boolean isThere() {
        return System.getenv(URL_VARIABLE) != null || program().isPresent();
    }

    /** The URL, with user and password in it; statements are not prepared on the server, which needs a newer PgBouncer. */
    public static String sharedUrl() {
        return Shared.URL;
    }

    /** On the path, or where Debian puts it. */
    private static Optional<Path> program() {
        String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin";
        return Stream.of(path.split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, PROGRAM))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static String start() {
        Path program = program()
                .orElseThrow(() -> new AssertionError(
                        "PgBouncer is not installed: there is no program " + PROGRAM + " on the path, and "
                                + URL_VARIABLE + " does not name one (Debian: apt-get install pgbouncer)"));
        try {
            Path folder = Files.createTempDirectory("onceguard-pgbouncer");
            int port = freePort();
            Path configuration = folder.resolve("pgbouncer.ini");
            Files.writeString(configuration, configuration(port));
            Process process = new ProcessBuilder(program.toString(), configuration.toString())
                    .redirectErrorStream(true)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            awaitReady(process);
            return "jdbc:postgresql://127.0.0.1:" + port + "/shared?user=any&prepareThreshold=0";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String configuration(int port) {
        URI server = URI.create(PostgresServer.sharedUrl().substring("jdbc:".length()));
        boolean root = System.getProperty("user.name").equals("root");
        return """
                [databases]
                shared = host=%s port=%d dbname=%s user=%s password=%s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = 8
                max_client_conn = 500
                ignore_startup_parameters = extra_float_digits
                %s
                """.formatted(
                        server.getHost(),
                        server.getPort(),
                        server.getPath().substring(1),
                        parameter(server, "user"),
                        parameter(server, "password"),
                        port,
                        root ? "user = nobody" : ""); // it does not run as root
    }

    private static String parameter(URI server, String name) {
        return Stream.of(server.getQuery().split("&", -1))
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> pair.substring(name.length() + 1))
                .findFirst()
                .orElse("");
    }

    private static void awaitReady(Process process) throws IOException {
        List<String> log = new ArrayList<>();
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            log.add(line);
            if (line.contains(READY)) {
                Thread reader = new Thread(() -> output.lines().forEach(rest -> {}), "pgbouncer-log");
                reader.setDaemon(true);
                reader.start();
                return;
            }
        }
        throw new AssertionError("PgBouncer does not start; its log:\n" + String.join("\n", log));
    }
}
