package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request as a server has received it. The body is shared, not copied: nobody writes to it. {@code toString()} shows
 * no path, no header and no body.
 *
 * @param method the method, in the case it came in, for example {@code POST}
 * @param target the request target, for example {@code /payments?dry=1}
 * @param headers all header lines
 * @param body the body; empty if there is none, or if the handler streams it
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below, and documented as shared
public record HttpRequestData(String method, String target, HttpHeaders headers, byte[] body) {

    private static final byte[] NO_BODY = {};

    /** Refuses null. */
    public HttpRequestData {
        requireNonNull(method, "method");
        requireNonNull(target, "target");
        requireNonNull(headers, "headers");
        requireNonNull(body, "body");
    }

    /**
     * Returns a request without its body, for a handler that streams.
     *
     * @param method the method
     * @param target the request target
     * @param headers all header lines
     * @return the request
     */
    public static HttpRequestData head(String method, String target, HttpHeaders headers) {
        return new HttpRequestData(method, target, headers, NO_BODY);
    }

    /** Returns the path of the target, as it was sent: nothing is decoded or normalised. */
    public String path() {
        int from = pathStart();
        int query = target.indexOf('?', from);
        return query < 0 ? target.substring(from) : target.substring(from, query);
    }

    /** Returns the query of the target, as it was sent, without the question mark; null if there is none. */
    public @Nullable String query() {
        int query = target.indexOf('?', pathStart());
        return query < 0 ? null : target.substring(query + 1);
    }

    /** A proxy's absolute form names the server before the path (RFC 9112, section 3.2.2). */
    private int pathStart() {
        int authority = target.startsWith("/") ? -1 : target.indexOf("://");
        int query = target.indexOf('?');
        if (authority < 0 || (query >= 0 && query < authority)) {
            return 0;
        }
        for (int i = authority + 3; i < target.length(); i++) {
            if (target.charAt(i) == '/' || target.charAt(i) == '?') {
                return i;
            }
        }
        return target.length();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HttpRequestData that
                && method.equals(that.method)
                && target.equals(that.target)
                && headers.equals(that.headers)
                && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return Objects.hash(method, target, headers, Arrays.hashCode(body));
    }

    @Override
    public String toString() {
        return "HttpRequestData[" + headers + ", body of " + body.length + " bytes]";
    }
}
