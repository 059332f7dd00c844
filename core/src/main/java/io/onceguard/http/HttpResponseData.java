package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.ResultCodec;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A response. The body is shared, not copied: nobody writes to it. {@code toString()} shows the status, never a header or
 * the body.
 *
 * @param status 200 to 599
 * @param headers all header lines, in order
 * @param body the body, without any transfer coding; empty if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below, and documented as shared
public record HttpResponseData(int status, HttpHeaders headers, byte[] body) {

    private static final byte[] NO_BODY = {};

    /**
     * Refuses null, a status out of range, and a header that would break the message apart.
     *
     * @throws IllegalArgumentException if the status is out of range, or a header line has a control character
     */
    public HttpResponseData {
        requireNonNull(headers, "headers");
        requireNonNull(body, "body");
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status: 200..599, was " + status);
        }
        for (HttpHeaders.Line line : headers.lines()) {
            if (hasControlCharacter(line.name()) || hasControlCharacter(line.value())) {
                throw new IllegalArgumentException("header: must not have control characters");
            }
        }
    }

    /**
     * Returns a response without header lines and body.
     *
     * @param status 200 to 599
     * @return the response
     */
    public static HttpResponseData of(int status) {
        return new HttpResponseData(status, HttpHeaders.none(), NO_BODY);
    }

    /**
     * Returns the codec of responses, id {@code http-response-1}. It keeps the status, every header line in order, names
     * in their case, and the body byte by byte.
     *
     * @return the codec
     */
    public static ResultCodec<HttpResponseData> codec() {
        return HttpResponseCodec.INSTANCE;
    }

    /** Returns this response with other headers. */
    HttpResponseData with(HttpHeaders others) {
        return new HttpResponseData(status, others, body);
    }

    /** A tab may stand in a value (RFC 9110, section 5.5). */
    private static boolean hasControlCharacter(String text) {
        return text.chars().anyMatch(c -> (c < 0x20 && c != '\t') || c == 0x7F);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HttpResponseData that
                && status == that.status
                && headers.equals(that.headers)
                && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, headers, Arrays.hashCode(body));
    }

    @Override
    public String toString() {
        return "HttpResponseData[" + status + ", " + headers + ", body of " + body.length + " bytes]";
    }
}
