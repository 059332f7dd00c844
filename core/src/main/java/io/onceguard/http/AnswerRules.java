package io.onceguard.http;

import io.onceguard.Attempt;
import io.onceguard.spi.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What of a response is sent first, what is stored, and what a replay adds. */
record AnswerRules(RecordingRule recording, Set<String> notReplayed, Names names, Limit limit) {

    private static final Set<String> HOP_BY_HOP = Set.of(
            "Connection",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade");
    private static final long LONGEST_SECONDS = Duration.ofDays(3650).toSeconds();
    private static final String NO_STORE = "no-store";

    /** The names of the header fields that are read from, or added to, responses. */
    record Names(String replayed, String originalRequest, String bodyNotKept, String policy, String persistFor) {}

    /**
     * The largest response that is stored with its body.
     *
     * @param bytes of the encoded response
     * @param frees whether the key of a larger one is freed
     */
    record Limit(int bytes, boolean frees) {}

    /** Returns the response without what only this layer is to see. */
    HttpResponseData withoutDirectives(HttpResponseData response) {
        return response.with(response.headers().without(directives()));
    }

    /** Returns what to store, and tells the attempt whether and for how long. */
    HttpResponseData toStore(HttpRequestData request, HttpResponseData response, boolean streamed, Attempt attempt) {
        boolean bodyKept = !streamed && HttpResponseCodec.encodedBytes(response) <= limit.bytes();
        if (!records(request, response) || (!bodyKept && limit.frees())) {
            attempt.doNotRecord();
        }
        retain(response, attempt);
        List<String> unwanted = new ArrayList<>(HOP_BY_HOP);
        unwanted.addAll(response.headers().elements("Connection"));
        unwanted.addAll(notReplayed);
        unwanted.addAll(directives());
        HttpHeaders kept = response.headers().without(unwanted);
        if (bodyKept) {
            return response.with(kept);
        }
        HttpHeaders marked = kept.without(List.of("Content-Length")).withOnly(names.bodyNotKept(), "true");
        return HttpResponseData.of(response.status()).with(marked);
    }

    /** Whether the directive and the rule both let this response be recorded. */
    boolean records(HttpRequestData request, HttpResponseData response) {
        if (response.headers().elements(names.policy()).stream().anyMatch(NO_STORE::equalsIgnoreCase)) {
            return false;
        }
        try {
            return recording.records(request, response);
        } catch (RuntimeException fault) {
            return true; // the work was done: a fault of the rule must not let it run again
        }
    }

    /** Obeys a number of seconds; anything else leaves the operation's retention as it is. */
    private void retain(HttpResponseData response, Attempt attempt) {
        String seconds = response.headers().first(names.persistFor());
        if (seconds != null && seconds.strip().matches("[0-9]{1,9}")) {
            long number = Long.parseLong(seconds.strip());
            if (number > 0 && number <= LONGEST_SECONDS) {
                attempt.retainFor(Retention.of(Duration.ofSeconds(number)));
            }
        }
    }

    private List<String> directives() {
        return List.of(names.policy(), names.persistFor());
    }
}
