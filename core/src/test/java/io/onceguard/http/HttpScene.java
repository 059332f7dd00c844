package io.onceguard.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyExecutorBuilder;
import io.onceguard.Work;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** An endpoint for payments, whose handler counts its runs. */
final class HttpScene {

    static final URI DOCUMENTATION = URI.create("https://example.com/docs/idempotency");
    static final String KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324";

    final WatchedStore watched = new WatchedStore();
    final AtomicInteger runs = new AtomicInteger();

    IdempotencyExecutorBuilder<HttpResponseData> atMostOnce() {
        return IdempotencyExecutor.atMostOnce("payments", HttpResponseData.codec(), watched.store);
    }

    HttpIdempotencyBuilder endpoint() {
        return HttpIdempotency.of(atMostOnce().build()).documentation(DOCUMENTATION);
    }

    HttpIdempotency with(UnaryOperator<HttpIdempotencyBuilder> options) {
        return options.apply(endpoint()).build();
    }

    /** A handler that answers 201 and the number of its run. */
    Work<HttpResponseData, RuntimeException> handler() {
        return () -> response(201, "run " + runs.incrementAndGet());
    }

    /** A handler that answers this, and counts. */
    Work<HttpResponseData, RuntimeException> answering(HttpResponseData response) {
        return () -> {
            runs.incrementAndGet();
            return response;
        };
    }

    static HttpResponseData response(int status, String body) {
        return new HttpResponseData(
                status, HttpHeaders.none().with("Content-Type", "text/plain"), body.getBytes(UTF_8));
    }

    static HttpHeaders caller() {
        return HttpHeaders.none().with("Authorization", "Bearer alice");
    }

    static HttpHeaders keyed(String fieldValue) {
        return caller().with("Idempotency-Key", fieldValue);
    }

    static HttpRequestData post(HttpHeaders headers, String body) {
        return request("POST", "/payments", headers, body);
    }

    static HttpRequestData request(String method, String target, HttpHeaders headers, String body) {
        return new HttpRequestData(method, target, headers, body.getBytes(UTF_8));
    }

    /** The usual request. */
    static HttpRequestData payment() {
        return post(keyed(KEY), "{\"amount\":1000}");
    }

    static String body(HttpResponseData response) {
        return new String(response.body(), UTF_8);
    }
}
