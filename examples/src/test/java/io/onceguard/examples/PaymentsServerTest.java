package io.onceguard.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server answers what the README says, to the JDK's client and to curl. */
class PaymentsServerTest {

    private interface Client {
        String send(Session.Step step) throws Exception;
    }

    private static final Path ADAPTER = Path.of("examples/src/main/java/io/onceguard/examples/IdempotentHandler.java");

    @TempDir
    private Path folder;

    private final CountDownLatch large = new CountDownLatch(1);
    private final CountDownLatch mayClear = new CountDownLatch(1);
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService background = Executors.newSingleThreadExecutor();
    private PaymentsServer server;

    @BeforeEach
    void start() throws Exception {
        server = PaymentsServer.start(folder, this::clear, 0);
    }

    @AfterEach
    void stop() {
        mayClear.countDown();
        background.shutdownNow();
        server.close();
    }

    private void clear(Payments.Order order) throws InterruptedException {
        if (order.amountInCents() >= PaymentsServer.LARGE) {
            large.countDown();
            mayClear.await();
        }
    }

    @Test
    void theSessionOfTheReadme() throws Exception {
        play(this::sendWithTheJdk);
    }

    @Test
    void theSessionOfTheReadmeWithCurl() throws Exception {
        if (curlIsThere() || Boolean.getBoolean("onceguard.servers")) {
            play(this::sendWithCurl);
        } else {
            System.err.println("[WARNING] the session with curl: left out, because no curl is on the path; the profile"
                    + " servers makes this a failure");
        }
    }

    @Test
    void theAdapterHasAtMost60Lines() throws IOException {
        assertThat(Files.readAllLines(ADAPTER)).hasSizeLessThanOrEqualTo(60);
    }

    @Test
    void H10_clientsCanReadThePolicy() throws Exception {
        HttpRequest options = HttpRequest.newBuilder(uri("/payments"))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .build();

        HttpResponse<String> response = http.send(options, HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().allValues("Content-Type")).containsExactly("application/json");
        assertThat(response.body())
                .contains("\"methods\":[\"PATCH\",\"POST\"]", "\"retention\":\"PT24H\"", "\"keyPattern\":");
    }

    @Test
    void aBodyThatIsTooLargeIsNotServed() throws Exception {
        for (String method : List.of("POST", "OPTIONS")) {
            HttpRequest request = HttpRequest.newBuilder(uri("/payments"))
                    .header("Authorization", "Bearer alice")
                    .header("Idempotency-Key", "large")
                    .method(method, HttpRequest.BodyPublishers.ofString(" ".repeat((64 << 10) + 1)))
                    .build();
            assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(413);
        }
        assertThat(server.payments().all()).isEmpty();
    }

    @Test
    void aNoteIsAddedOnce() throws Exception {
        long id = server.payments().pay(new Payments.Order("alice", 1, "EUR")).id();
        HttpRequest patch = HttpRequest.newBuilder(uri("/payments/" + id))
                .header("Authorization", "Bearer alice")
                .header("Idempotency-Key", "note-1")
                .method("PATCH", HttpRequest.BodyPublishers.ofString("called back"))
                .build();

        HttpResponse<String> first = http.send(patch, HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> replay = http.send(patch, HttpResponse.BodyHandlers.ofString());

        assertThat(List.of(first.statusCode(), replay.statusCode())).containsExactly(204, 204);
        assertThat(replay.headers().allValues("Idempotent-Replayed")).containsExactly("true");
        assertThat(server.payments().all()).extracting(Payments.Payment::note).containsExactly("called back\n");
    }

    @Test
    void aRequestThatWasCutIsNotServedAndItsKeyIsFree() throws Exception {
        String body = "{\"account\":\"DE02\",\"amountInCents\":1,\"currency\":\"EUR\"}";
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String head = "POST /payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice\r\n"
                    + "Idempotency-Key: cut\r\nContent-Length: " + body.length() + "\r\n\r\n";
            client.getOutputStream().write((head + body.substring(0, 20)).getBytes(UTF_8));
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEmpty();
        }
        HttpRequest whole = HttpRequest.newBuilder(uri("/payments"))
                .header("Authorization", "Bearer alice")
                .header("Idempotency-Key", "cut")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();

        HttpResponse<String> response = http.send(whole, HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Idempotent-Replayed")).isEmpty();
    }

    private void play(Client client) throws Exception {
        Session session = Session.of(Files.readString(Path.of("README.md")));
        assertThat(session.steps()).hasSize(6);
        List<Future<?>> unfinished = new ArrayList<>();
        for (Session.Step step : session.steps()) {
            if (step.background()) {
                unfinished.add(background.submit(() -> client.send(step)));
                assertThat(large.await(60, TimeUnit.SECONDS)).isTrue();
            } else {
                assertThat(Session.comparable(client.send(step)))
                        .as(String.join(" ", step.words()))
                        .isEqualTo(step.answer());
            }
        }
        mayClear.countDown();
        for (Future<?> each : unfinished) {
            each.get(60, TimeUnit.SECONDS);
        }
        assertThat(server.payments().all()).hasSize(2);
    }

    private String sendWithTheJdk(Session.Step step) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(step.target().substring("localhost:8080".length())))
                .POST(HttpRequest.BodyPublishers.ofString(step.values("-d").get(0)));
        for (String header : step.values("-H")) {
            request.header(header.substring(0, header.indexOf(':')), header.substring(header.indexOf(':') + 2));
        }
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        Stream<String> headers = response.headers().map().entrySet().stream()
                .flatMap(header -> header.getValue().stream().map(value -> header.getKey() + ": " + value));
        String status = "HTTP/1.1 " + response.statusCode();
        return Stream.concat(Stream.of(status), headers)
                        .reduce((all, line) -> all + "\n" + line)
                        .orElseThrow()
                + "\n\n"
                + response.body();
    }

    private String sendWithCurl(Session.Step step) throws Exception {
        List<String> command = step.words().stream()
                .map(word -> word.replace("localhost:8080", "localhost:" + server.port()))
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("no_proxy", "localhost");
        Process curl = builder.start();
        String output = new String(curl.getInputStream().readAllBytes(), UTF_8);
        assertThat(curl.waitFor()).isZero();
        return output;
    }

    private URI uri(String path) {
        return URI.create("http://localhost:" + server.port() + path);
    }

    private static boolean curlIsThere() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "curl")));
    }
}
