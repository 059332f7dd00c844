package io.onceguard.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells whom a request comes from. Keys belong to their caller: one key of two callers names two pieces of work. Take the
 * identity from the authenticated principal. Implementations are thread-safe; what they throw reaches the server, and
 * neither the work nor the store is called then.
 */
@FunctionalInterface
public interface CallerIdentity {

    /**
     * Returns the caller of a request, as the scope of its key.
     *
     * @param request the request
     * @return 1 to 255 code points, not blank and without control characters; null if the caller cannot be told. The
     *     request is refused then, and when the text breaks these limits: an identity that is not known is never shared
     */
    @Nullable
    String of(HttpRequestData request);

    /**
     * Returns the identity of the {@code Authorization} field: a digest (SHA-256) of its one line. The default. A client
     * whose credentials change between a request and its retry is another caller then; where that happens (tokens that
     * are renewed), tell the principal instead.
     *
     * @return the identity
     */
    static CallerIdentity authorization() {
        return request -> {
            List<String> lines = request.headers().values("Authorization");
            return lines.size() != 1 || lines.get(0).isBlank() ? null : digest(lines.get(0));
        };
    }

    /**
     * Declares that keys belong to nobody: whoever brings a key and its request gets the response. Only for endpoints
     * whose callers may all see each other's responses.
     *
     * @return the identity
     */
    static CallerIdentity none() {
        return Unscoped.NOBODY;
    }

    /**
     * Returns this identity with the request in it: one key with another method, target or content names another piece
     * of work, so that {@link HttpRefusal#KEY_REUSED} never comes. Content counts only where the whole body is at hand,
     * not for handlers that {@linkplain HttpIdempotency#stream stream}.
     *
     * @return the identity
     */
    default CallerIdentity withRequest() {
        return request -> {
            String caller = Scopes.ofCaller(this, request);
            return caller == null ? null : Scopes.ofRequest(caller, request);
        };
    }

    private static @Nullable String digest(String credentials) {
        return UTF_8.newEncoder().canEncode(credentials)
                ? "sha256:" + Scopes.digest(credentials.getBytes(UTF_8))
                : null;
    }
}
