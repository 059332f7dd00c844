package io.onceguard.testservers;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis on a free loopback port, its data in a temporary folder. A server that cannot start fails the test with
 * its log. All that are still running when the JVM ends are killed.
 */
public final class RedisServer implements AutoCloseable {

    /** The address (redis://user:password@host:port) of an existing server for the tests that share one. */
    public static final String URL_VARIABLE = "ONCEGUARD_REDIS_URL";

    private static final Set<RedisServer> RUNNING = ConcurrentHashMap.newKeySet();
    private static final long PATIENCE_SECONDS = 60;

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> List.copyOf(RUNNING).forEach(RedisServer::close)));
    }

    private final Path folder;
    private final int port;
    private final List<String> command;
    private @Nullable Process process;

    private RedisServer(Path folder, int port, List<String> command) {
        this.folder = folder;
        this.port = port;
        this.command = command;
    }

    /**
     * Starts a server without persistence.
     *
     * @param options more words of the command line, such as {@code --maxmemory 10mb}
     */
    public static RedisServer start(RedisBinary binary, String... options) {
        try {
            Path folder = Files.createTempDirectory("onceguard-redis");
            int port = freePort();
            List<String> command = new ArrayList<>(List.of(
                    binary.file().toString(),
                    "--port",
                    "" + port,
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    folder.toString(),
                    "--save",
                    "",
                    "--repl-diskless-sync",
                    "yes",
                    "--repl-diskless-sync-delay",
                    "0"));
            command.addAll(List.of(options));
            RedisServer server = new RedisServer(folder, port, command);
            server.launch();
            return server;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Starts a sentinel that watches a primary under the name {@code primary}; two of them decide. */
    public static RedisServer startSentinel(RedisBinary binary, RedisServer primary) {
        try {
            Path folder = Files.createTempDirectory("onceguard-sentinel");
            int port = freePort();
            Path file = folder.resolve("sentinel.conf");
            Files.writeString(file, """
                    port %d
                    bind 127.0.0.1
                    dir %s
                    sentinel monitor primary 127.0.0.1 %d 2
                    sentinel down-after-milliseconds primary 600
                    sentinel failover-timeout primary 3000
                    """.formatted(port, folder, primary.port()));
            RedisServer sentinel =
                    new RedisServer(folder, port, List.of(binary.file().toString(), file.toString(), "--sentinel"));
            sentinel.launch();
            return sentinel;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int freePort() throws IOException {
        while (true) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                // a Cluster node also listens at its port plus 10,000
                if (socket.getLocalPort() < 50_000) {
                    return socket.getLocalPort();
                }
            }
        }
    }

    /**
     * Starts the server again, on the same port and the same data, after {@link #kill()}; waits until it listens.
     *
     * @param options more words of the command line, for this time
     */
    public void launch(String... options) {
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of(options));
        try {
            Process started = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
            process = started;
            RUNNING.add(this);
            long start = System.nanoTime();
            while (!answers()) {
                if (!started.isAlive() || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                    throw new AssertionError("Redis does not start; its log:\n" + Files.readString(log()));
                }
                started.waitFor(10, TimeUnit.MILLISECONDS);
            }
        } catch (IOException failure) {
            throw new AssertionError("Redis does not start", failure);
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (IOException notYet) {
            return false;
        }
    }

    private Path log() {
        return folder.resolve("server.log");
    }

    /** The port. */
    public int port() {
        return port;
    }

    /** The address as the client library takes it. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** The folder of the server's data. */
    public Path folder() {
        return folder;
    }

    private Process process() {
        return requireNonNull(process, "not launched");
    }

    /** Kills the server with SIGKILL, and waits until it is gone. */
    public void kill() {
        process().destroyForcibly();
        await();
    }

    /** Stops the process where it stands (SIGSTOP), or lets it go on (SIGCONT). */
    public void pause(boolean stop) {
        try {
            int exit = new ProcessBuilder(
                            "kill", stop ? "-STOP" : "-CONT", "" + process().pid())
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new AssertionError("kill ended with " + exit);
            }
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private void await() {
        try {
            process().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError("Redis does not end", failure);
        }
    }

    /** Kills the server and removes its data. */
    @Override
    public void close() {
        RUNNING.remove(this);
        kill();
        Folders.remove(folder);
    }
}
