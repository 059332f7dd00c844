package io.onceguard.http;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the responses to requests that are not served. */
record Refusals(
        Map<HttpRefusal, Integer> statuses,
        Map<HttpRefusal, RefusalResponse> responses,
        @Nullable URI documentation) {

    Refusals {
        statuses = Map.copyOf(statuses);
        responses = Map.copyOf(responses);
    }

    HttpResponseData respond(HttpRequestData request, HttpRefusal refusal, String detail) {
        return respond(request, refusal, detail, 1);
    }

    HttpResponseData respond(HttpRequestData request, HttpRefusal refusal, String detail, long retryAfterSeconds) {
        int status = statuses.getOrDefault(refusal, refusal.status());
        String type = documentation == null ? "about:blank" : documentation + "#" + refusal.code();
        HttpProblem problem = new HttpProblem(type, refusal.title(), status, refusal.code(), detail);
        RefusalResponse replaced = responses.get(refusal);
        HttpResponseData response = replaced == null ? problem.toResponse() : replaced.respond(request, problem);
        HttpHeaders headers = response.headers();
        if (refusal.advice() == RetryAdvice.SEND_AGAIN && headers.first("Retry-After") == null) {
            headers = headers.with("Retry-After", Long.toString(retryAfterSeconds));
        }
        if (documentation != null && headers.first("Link") == null) {
            headers = headers.with("Link", "<" + documentation + ">; rel=\"describedby\"; type=\"text/html\"");
        }
        return response.with(headers);
    }
}
