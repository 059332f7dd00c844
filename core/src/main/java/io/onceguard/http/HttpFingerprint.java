package io.onceguard.http;

import io.onceguard.Fingerprint;
import io.onceguard.FingerprintBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What makes two requests the same: method, path, query, chosen headers, and the content. The default compares the bytes
 * of the content; {@link #json()} compares JSON by what it says; {@link #endpoint()} compares neither query nor content.
 * Immutable and thread-safe; each option returns a new object. Every part is framed by its length, so that no part can
 * pass for another.
 */
public final class HttpFingerprint {

    /** The default limit of the content in bytes: 4 MiB. */
    public static final int DEFAULT_MAX_BYTES = 4 << 20;

    /** The default limit of nested arrays and objects. */
    public static final int DEFAULT_MAX_DEPTH = 64;

    private static final int HIGHEST_MAX_DEPTH = 512;

    /** How contents are compared. */
    enum Content {
        IGNORED,
        BYTES,
        JSON
    }

    final int maxBytes;
    final int maxDepth;
    private final Content content;
    private final List<String> headerNames;

    private HttpFingerprint(Content content, int maxBytes, int maxDepth, List<String> headerNames) {
        this.content = content;
        this.maxBytes = maxBytes;
        this.maxDepth = maxDepth;
        this.headerNames = headerNames;
    }

    private static HttpFingerprint of(Content content) {
        return new HttpFingerprint(content, DEFAULT_MAX_BYTES, DEFAULT_MAX_DEPTH, List.of());
    }

    /** Returns the fingerprint that compares the bytes of the content. The default. */
    public static HttpFingerprint raw() {
        return of(Content.BYTES);
    }

    /**
     * Returns the fingerprint that compares method and path, and {@linkplain #headers chosen headers}: whoever brings a
     * key to its endpoint gets the response, whatever else the request says. The content's size is limited all the same.
     *
     * @return the fingerprint
     */
    public static HttpFingerprint endpoint() {
        return of(Content.IGNORED);
    }

    /**
     * Returns the fingerprint that takes two JSON texts for the same if they differ in white space, in the order of
     * members, and in how strings are escaped, and in nothing else: the text of numbers is kept, {@code 1.0} is not
     * {@code 1}. Content that is not one JSON text in UTF-8, nests deeper than {@value #DEFAULT_MAX_DEPTH}, or has two
     * members of one name, is unusable. Empty content, and content with a {@code Content-Type} that is not JSON, is compared
     * by its bytes; without that field it has to be JSON. The content is collected in memory, up to the limit.
     *
     * @return the fingerprint
     */
    public static HttpFingerprint json() {
        return of(Content.JSON);
    }

    /**
     * Limits the content; larger content is unusable.
     *
     * @param limit the most bytes, at least 0
     * @return the fingerprint
     * @throws IllegalArgumentException if the limit is negative
     */
    public HttpFingerprint maxBytes(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("max bytes: at least 0, was " + limit);
        }
        return new HttpFingerprint(content, limit, maxDepth, headerNames);
    }

    /**
     * Limits the nesting of JSON; makes this a fingerprint of JSON.
     *
     * @param limit the most arrays and objects within one another, 1 to 512
     * @return the fingerprint
     * @throws IllegalArgumentException if the limit is out of range
     */
    public HttpFingerprint maxDepth(int limit) {
        if (limit < 1 || limit > HIGHEST_MAX_DEPTH) {
            throw new IllegalArgumentException("max depth: 1.." + HIGHEST_MAX_DEPTH + ", was " + limit);
        }
        return new HttpFingerprint(Content.JSON, maxBytes, limit, headerNames);
    }

    /**
     * Counts header lines, too. Default: none, because proxies and clients change many from one attempt to the next.
     *
     * @param names the names, in any case
     * @return the fingerprint, with these names in place of those before
     */
    public HttpFingerprint headers(String... names) {
        List<String> sorted = Arrays.stream(names)
                .map(name -> name.toLowerCase(Locale.ROOT))
                .distinct()
                .sorted()
                .toList();
        return new HttpFingerprint(content, maxBytes, maxDepth, sorted);
    }

    /**
     * Returns the fingerprint of a request whose body is at hand.
     *
     * @param request the request; its body stays readable
     * @return the fingerprint
     * @throws UnusableBodyException if the body is too large, or to be JSON and is not
     */
    public Fingerprint of(HttpRequestData request) throws UnusableBodyException {
        return start(request).update(request.body(), 0, request.body().length).finish();
    }

    /**
     * Begins the fingerprint of a request whose body comes in pieces.
     *
     * @param head the request; its body is not looked at
     * @return what takes the body
     */
    public HttpBodyDigest start(HttpRequestData head) {
        FingerprintBuilder builder = Fingerprint.builder();
        builder.part(utf16(head.method())).part(utf16(head.path()));
        if (content != Content.IGNORED) {
            String query = head.query();
            builder.part(query == null ? "no query" : "query").part(utf16(query == null ? "" : query));
        }
        for (String name : headerNames) {
            List<String> values = head.headers().values(name);
            builder.part(utf16(name)).part(Integer.toString(values.size()));
            values.forEach(value -> builder.part(utf16(value)));
        }
        boolean bytes = content == Content.JSON && !mayBeJson(head.headers());
        return new HttpBodyDigest(builder, this, bytes ? Content.BYTES : content);
    }

    private static boolean mayBeJson(HttpHeaders headers) {
        String mediaType = headers.first("Content-Type");
        return mediaType == null || isJson(mediaType) || isJsonSuffix(mediaType);
    }

    /** Whether a Content-Type is exactly JSON; its parameters do not count. */
    static boolean isJson(String contentType) {
        return essence(contentType).equals("application/json");
    }

    private static boolean isJsonSuffix(String contentType) {
        return essence(contentType).endsWith("+json");
    }

    private static String essence(String contentType) {
        int parameters = contentType.indexOf(';');
        String essence = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return essence.strip().toLowerCase(Locale.ROOT);
    }

    /** Any text has this form, be it well formed or not. */
    static byte[] utf16(String text) {
        byte[] bytes = new byte[2 * text.length()];
        for (int i = 0; i < text.length(); i++) {
            bytes[2 * i] = (byte) (text.charAt(i) >> 8);
            bytes[2 * i + 1] = (byte) text.charAt(i);
        }
        return bytes;
    }
}
