package io.onceguard.http;

import org.jspecify.annotations.Nullable;

/**
 * What a client does after an answer, or after none, to a request with a key. Sending the same request with the same key
 * again is always safe; this says whether it helps. The {@linkplain io.onceguard.http package's page} has the table of
 * all answers.
 */
public enum RetryAdvice {
    /**
     * Send the same request with the same key again: not before {@code Retry-After}, if there is one, else after a pause
     * that grows and is jittered.
     */
    SEND_AGAIN,
    /** Correct the request first; as it is, it is refused again. Nothing was done for it. */
    CORRECT_FIRST,
    /**
     * Do not send it again: it was begun or done before, and no retry brings the response. Find out in another way
     * what came of it. With a new key it might be done twice.
     */
    FIND_OUT,
    /** There is the answer. A retry gets the same one for as long as it is kept. */
    FINAL;

    /**
     * Returns what to do after an answer. After none, because the connection broke or the time was up, it is
     * {@link #SEND_AGAIN}.
     *
     * @param status the status of the answer
     * @param code the {@code code} member of its problem; null if it has none
     * @return the advice of the {@linkplain HttpRefusal#advice() refusal} with this code; without one, {@code SEND_AGAIN}
     *     after 408, 425, 429 and 500 to 599, else {@code FINAL}
     */
    public static RetryAdvice of(int status, @Nullable String code) {
        for (HttpRefusal refusal : HttpRefusal.values()) {
            if (refusal.code().equals(code)) {
                return refusal.advice();
            }
        }
        boolean mayPass = status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
        return mayPass ? SEND_AGAIN : FINAL;
    }
}
