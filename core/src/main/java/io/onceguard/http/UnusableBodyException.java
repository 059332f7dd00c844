package io.onceguard.http;

import static java.util.Objects.requireNonNull;

/** A request's body that no fingerprint can be taken of. The message has no text of the body. */
public final class UnusableBodyException extends Exception {

    private static final long serialVersionUID = 1;

    private final HttpRefusal refusal;

    UnusableBodyException(HttpRefusal refusal, String reason) {
        super(requireNonNull(reason, "reason"));
        this.refusal = refusal;
    }

    /** Returns {@link HttpRefusal#BODY_TOO_LARGE} or {@link HttpRefusal#UNREADABLE_BODY}. */
    public HttpRefusal refusal() {
        return refusal;
    }

    String reason() {
        return requireNonNull(getMessage());
    }
}
