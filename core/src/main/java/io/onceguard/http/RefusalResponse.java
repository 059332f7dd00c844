package io.onceguard.http;

/** Makes the response of a refusal. Implementations are thread-safe; what they throw reaches the server. */
@FunctionalInterface
public interface RefusalResponse {

    /**
     * Returns the response to a refused request. {@code Retry-After} and the link to the documentation are added, unless
     * the response has its own.
     *
     * @param request the request
     * @param problem what the response would say by default; its status is the one to send
     * @return the response
     */
    HttpResponseData respond(HttpRequestData request, HttpProblem problem);
}
