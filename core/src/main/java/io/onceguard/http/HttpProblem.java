package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/**
 * A problem (RFC 9457) with the extension member {@code code}. It never has text of the request.
 *
 * @param type a URI; the documentation's with the code as its fragment, or {@code about:blank} without documentation
 * @param title the same for every problem with this code
 * @param status the status
 * @param code what clients branch on
 * @param detail one sentence
 */
public record HttpProblem(String type, String title, int status, String code, String detail) {

    /** The media type of {@link #toResponse}. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** Refuses null. */
    public HttpProblem {
        requireNonNull(type, "type");
        requireNonNull(title, "title");
        requireNonNull(code, "code");
        requireNonNull(detail, "detail");
    }

    /** Returns the problem as a JSON object, members in the order of this record, without white space. */
    public String toJson() {
        StringBuilder json = new StringBuilder("{\"type\":");
        JsonText.write(json, type);
        JsonText.write(json.append(",\"title\":"), title);
        json.append(",\"status\":").append(status);
        JsonText.write(json.append(",\"code\":"), code);
        JsonText.write(json.append(",\"detail\":"), detail);
        return json.append('}').toString();
    }

    /** Returns the response with this problem as its body. */
    public HttpResponseData toResponse() {
        HttpHeaders headers =
                HttpHeaders.none().with("Content-Type", MEDIA_TYPE).with("Content-Language", "en");
        return new HttpResponseData(status, headers, toJson().getBytes(StandardCharsets.UTF_8));
    }
}
