package io.onceguard.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.onceguard.http.HttpHeaders;
import io.onceguard.http.HttpIdempotency;
import io.onceguard.http.HttpRequestData;
import io.onceguard.http.HttpResponseData;
import java.io.IOException;

/** Puts {@link HttpIdempotency} in front of a handler of the JDK's server. */
record IdempotentHandler(HttpIdempotency idempotency, Endpoint endpoint, int maxBody) implements HttpHandler {

    /** What is run once per key. */
    interface Endpoint {
        HttpResponseData handle(HttpRequestData request);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readNBytes(maxBody + 1); // one more, so that too much is noticed
            HttpRequestData request = new HttpRequestData(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    HttpHeaders.of(exchange.getRequestHeaders()),
                    body);

            HttpResponseData response = idempotency.handle(
                    request, () -> body.length > maxBody ? HttpResponseData.of(413) : endpoint.handle(request));

            response.headers()
                    .lines()
                    .forEach(line -> exchange.getResponseHeaders().add(line.name(), line.value()));
            int length = response.body().length;
            exchange.sendResponseHeaders(response.status(), length == 0 ? -1 : length);
            if (length > 0) {
                exchange.getResponseBody().write(response.body());
            }
        }
    }
}
