package io.onceguard.examples;

import com.sun.net.httpserver.HttpServer;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.http.HttpFingerprint;
import io.onceguard.http.HttpHeaders;
import io.onceguard.http.HttpIdempotency;
import io.onceguard.http.HttpRequestData;
import io.onceguard.http.HttpResponseData;
import io.onceguard.jdbc.H2File;
import io.onceguard.jdbc.JdbcIdempotencyStore;
import io.onceguard.jdbc.JdbcSchema;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code POST /payments} and {@code PATCH /payments/{id}} on the JDK's HTTP server, with an embedded H2 file:
 *
 * <pre>{@code mvn -q -Pquickstart -pl examples -am compile -Dexample=PaymentsServer}</pre>
 *
 * <p>What makes it safe to retry is {@link #idempotency} and {@link IdempotentHandler}. A caller is whoever the
 * {@code Authorization} field names; a real server would have checked it before.
 */
public final class PaymentsServer implements AutoCloseable {

    /** Lets an order through, in its own time. */
    interface Clearing {
        void clear(Payments.Order order) throws InterruptedException;
    }

    /** From this amount on, clearing takes a while: 10,000.00. */
    static final long LARGE = 1_000_000;

    private static final int PORT = 8080;
    private static final int THREADS = 32;
    private static final int MAX_BODY = 64 << 10;
    private static final Duration SLOW = Duration.ofSeconds(20);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final JdbcConnectionPool pool;
    private final Payments payments;
    private final Clearing clearing;
    private final HttpIdempotency idempotency;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    private PaymentsServer(JdbcConnectionPool pool, Clearing clearing, int port) throws SQLException, IOException {
        this.pool = pool;
        this.clearing = clearing;
        DataSource connections = H2File.takingTurns(pool); // so that a kill leaves whole transactions in the file
        this.payments = new Payments(connections);
        JdbcSchema.createIfAbsent(connections);
        this.idempotency = idempotency(JdbcIdempotencyStore.builder(connections).build());
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/payments", new IdempotentHandler(idempotency, this::respond, MAX_BODY));
        server.setExecutor(threads);
        server.start();
    }

    /** Opens the database in a folder, and serves on a port of this machine; port 0 is any free one. */
    static PaymentsServer start(Path folder, Clearing clearing, int port) throws SQLException, IOException {
        // WRITE_DELAY=0: a commit is in the file when it returns, so that a kill of the process loses nothing
        String url = "jdbc:h2:file:" + folder.resolve("server").toAbsolutePath() + ";WRITE_DELAY=0";
        return new PaymentsServer(JdbcConnectionPool.create(url, "sa", ""), clearing, port);
    }

    /**
     * Serves on port 8080 of this machine until the process is ended.
     *
     * @param args the folder of the database; if there is none, a new one for temporary files
     * @throws Exception if the database cannot be opened or the port is taken
     */
    public static void main(String[] args) throws Exception {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("onceguard-payments");
        PaymentsServer server =
                start(folder, order -> Thread.sleep(order.amountInCents() < LARGE ? 0 : SLOW.toMillis()), PORT);
        System.out.println("serving http://localhost:" + server.port() + "/payments, database in " + folder);
    }

    private static HttpIdempotency idempotency(JdbcIdempotencyStore store) {
        IdempotencyExecutor<HttpResponseData> operation = IdempotencyExecutor.atMostOnce(
                        "payments", HttpResponseData.codec(), store)
                .build();
        return HttpIdempotency.of(operation)
                .documentation(URI.create("https://example.com/idempotency"))
                .fingerprint(HttpFingerprint.raw().maxBytes(MAX_BODY))
                .build();
    }

    private HttpResponseData respond(HttpRequestData request) {
        return switch (request.method()) {
            case "POST" -> pay(request);
            case "PATCH" -> addNote(request);
            case "OPTIONS" -> idempotency.policy().toResponse();
            default -> HttpResponseData.of(405);
        };
    }

    private HttpResponseData pay(HttpRequestData request) {
        Payments.Order order;
        try {
            order = JSON.readValue(request.body(), Payments.Order.class);
            clearing.clear(order);
        } catch (JacksonException unreadable) {
            return HttpResponseData.of(400);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the server is stopping", stopped);
        }
        Payments.Payment payment = payments.pay(order);
        HttpHeaders headers = HttpHeaders.none()
                .with("Content-Type", "application/json")
                .with("Location", "/payments/" + payment.id());
        return new HttpResponseData(201, headers, JSON.writeValueAsBytes(payment));
    }

    private HttpResponseData addNote(HttpRequestData request) {
        String id = request.path().substring(request.path().lastIndexOf('/') + 1);
        String line = new String(request.body(), StandardCharsets.UTF_8);
        boolean found = id.matches("[0-9]{1,18}") && payments.addNote(Long.parseLong(id), line);
        return HttpResponseData.of(found ? 204 : 404);
    }

    int port() {
        return server.getAddress().getPort();
    }

    Payments payments() {
        return payments;
    }

    /** Ends at once; requests that are being worked on are cut. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        pool.dispose();
    }
}
