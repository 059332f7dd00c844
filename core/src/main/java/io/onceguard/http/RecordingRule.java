package io.onceguard.http;

/**
 * Says which responses are recorded and replayed. After any other, the key is free and the next request runs the handler
 * again; so a response that leaves it open whether the work took effect must be recorded, or be an exception instead,
 * whose fate the operation's guarantee decides. Implementations are thread-safe; one that throws counts as true.
 */
@FunctionalInterface
public interface RecordingRule {

    /**
     * Returns whether to record a response.
     *
     * @param request the request
     * @param response what the handler answered
     * @return whether every retry is to get this response
     */
    boolean records(HttpRequestData request, HttpResponseData response);

    /** Returns the rule of Stripe: every response of a handler, a 500 too, because work was begun. The default. */
    static RecordingRule stripe() {
        return (request, response) -> true;
    }

    /** Returns the rule of idempo: status 200 to 499, except 425 and 429. */
    static RecordingRule idempo() {
        return (request, response) -> response.status() < 500 && response.status() != 425 && response.status() != 429;
    }

    /** Returns the rule of asgi-idempotency-header: responses whose media type is {@code application/json}. */
    static RecordingRule jsonOnly() {
        return (request, response) -> {
            String contentType = response.headers().first("Content-Type");
            return contentType != null && HttpFingerprint.isJson(contentType);
        };
    }
}
