package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.Retention;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint asks of keys and promises for them, for clients to read. The draft wants a server to publish it, the
 * expiry above all; serve {@link #toResponse} in your documentation or in answer to {@code OPTIONS}. Immutable.
 *
 * @param headerNames the fields that may have the key, the one that counts first
 * @param methods the methods for which it is looked at, in alphabetical order
 * @param key the form of keys
 * @param retention how long a result is kept from completion, unless its handler says otherwise
 * @param documentation the page for people; null if there is none
 */
public record HttpPolicy(
        List<String> headerNames,
        List<String> methods,
        KeyForm key,
        Retention retention,
        @Nullable URI documentation) {

    /**
     * The form of keys.
     *
     * @param required whether a request without a key is refused
     * @param quotesRequired whether the key must stand in quotes
     * @param pattern a regular expression (of ECMAScript and of Java alike) for the key without its quotes
     * @param furtherRules whether there are rules that the pattern does not tell
     */
    public record KeyForm(boolean required, boolean quotesRequired, String pattern, boolean furtherRules) {

        /** Refuses null. */
        public KeyForm {
            requireNonNull(pattern, "pattern");
        }
    }

    /** Refuses null, except for the documentation; copies the lists. */
    public HttpPolicy {
        headerNames = List.copyOf(headerNames);
        methods = List.copyOf(methods);
        requireNonNull(key, "key");
        requireNonNull(retention, "retention");
    }

    /**
     * Returns the policy as a JSON object, without white space. Its members are {@code headerNames}, {@code methods},
     * {@code keyRequired}, {@code quotesRequired}, {@code keyPattern}, {@code furtherKeyRules}, {@code retention} (an ISO
     * 8601 duration, such as {@code PT24H}; null for ever) and {@code documentation} (or null).
     */
    public String toJson() {
        StringBuilder json = new StringBuilder("{\"headerNames\":");
        texts(json, headerNames);
        texts(json.append(",\"methods\":"), methods);
        json.append(",\"keyRequired\":").append(key.required());
        json.append(",\"quotesRequired\":").append(key.quotesRequired());
        text(json.append(",\"keyPattern\":"), key.pattern());
        json.append(",\"furtherKeyRules\":").append(key.furtherRules());
        text(
                json.append(",\"retention\":"),
                retention.duration().map(Duration::toString).orElse(null));
        text(json.append(",\"documentation\":"), documentation == null ? null : documentation.toString());
        return json.append('}').toString();
    }

    /** Returns the response with this policy as its body, {@code application/json}. */
    public HttpResponseData toResponse() {
        HttpHeaders headers = HttpHeaders.none().with("Content-Type", "application/json");
        return new HttpResponseData(200, headers, toJson().getBytes(StandardCharsets.UTF_8));
    }

    private static void texts(StringBuilder json, List<String> texts) {
        String separator = "[";
        for (String text : texts) {
            JsonText.write(json.append(separator), text);
            separator = ",";
        }
        json.append(texts.isEmpty() ? "[]" : "]");
    }

    private static void text(StringBuilder json, @Nullable String text) {
        if (text == null) {
            json.append("null");
        } else {
            JsonText.write(json, text);
        }
    }
}
