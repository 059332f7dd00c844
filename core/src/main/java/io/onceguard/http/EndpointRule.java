package io.onceguard.http;

/** What a key is at another endpoint, that is, with another method or path. It is never a replay. */
public enum EndpointRule {
    /** The same key, used for another request: {@link HttpRefusal#KEY_REUSED}. The default. */
    MISMATCH,
    /** Another key: each endpoint has keys of its own. */
    SEPARATE
}
