package io.onceguard.http;

/**
 * Why a request was answered without running its handler. The status is a default; see {@link
 * HttpIdempotencyBuilder#status}. The code is stable: clients may branch on it. What they do then is the
 * {@linkplain #advice() advice}; only answers that say {@link RetryAdvice#SEND_AGAIN} have {@code Retry-After}.
 */
public enum HttpRefusal {
    /** The request needs a key and has none. The store was not called. */
    MISSING_KEY(400, RetryAdvice.CORRECT_FIRST, "missing-key", "Idempotency-Key is missing"),
    /** The key is malformed, or breaks a rule. The store was not called. */
    INVALID_KEY(400, RetryAdvice.CORRECT_FIRST, "invalid-key", "Idempotency-Key is invalid"),
    /** Only UUIDs are accepted, and the key is none. The store was not called. */
    NOT_A_UUID(422, RetryAdvice.CORRECT_FIRST, "invalid-key", "Idempotency-Key is invalid"),
    /** The caller's identity, which keys belong to, cannot be told. The store was not called. */
    UNKNOWN_CALLER(400, RetryAdvice.CORRECT_FIRST, "unknown-caller", "The caller of this request cannot be told"),
    /** The body is larger than its limit. The store was not called. */
    BODY_TOO_LARGE(413, RetryAdvice.CORRECT_FIRST, "body-too-large", "The content of this request is too large"),
    /** The body is to be JSON and is not. The store was not called. */
    UNREADABLE_BODY(
            400, RetryAdvice.CORRECT_FIRST, "unreadable-body", "The content of this request is not readable JSON"),
    /** The key was used for another request. The record is untouched. */
    KEY_REUSED(422, RetryAdvice.CORRECT_FIRST, "key-reused", "Idempotency-Key is already used"),
    /** The first request with this key is being worked on. The answer has {@code Retry-After}. */
    IN_PROGRESS(409, RetryAdvice.SEND_AGAIN, "in-progress", "A request is outstanding for this Idempotency-Key"),
    /** The request was begun before and nobody here knows whether it took effect. */
    OUTCOME_UNKNOWN(
            409,
            RetryAdvice.FIND_OUT,
            "outcome-unknown",
            "The outcome of the request with this Idempotency-Key is unknown"),
    /** The request was done before, and its response is gone. */
    RESULT_NOT_KEPT(409, RetryAdvice.FIND_OUT, "result-not-kept", "The response for this Idempotency-Key was not kept"),
    /** The store cannot be reached. The answer has {@code Retry-After}. */
    STORE_UNAVAILABLE(
            503, RetryAdvice.SEND_AGAIN, "store-unavailable", "Requests with an Idempotency-Key cannot be served now"),
    /** The request was done before, and its stored response cannot be read by this program. */
    UNREADABLE_RESULT(
            500, RetryAdvice.FIND_OUT, "unreadable-result", "The response for this Idempotency-Key cannot be read");

    private final int status;
    private final RetryAdvice advice;
    private final String code;
    private final String title;

    HttpRefusal(int status, RetryAdvice advice, String code, String title) {
        this.status = status;
        this.advice = advice;
        this.code = code;
        this.title = title;
    }

    /** Returns the default status. */
    public int status() {
        return status;
    }

    /** Returns what a client does after this answer, whatever its status was made. */
    public RetryAdvice advice() {
        return advice;
    }

    /** Returns the value of the problem's {@code code} member. */
    public String code() {
        return code;
    }

    /** Returns the value of the problem's {@code title} member. */
    public String title() {
        return title;
    }
}
