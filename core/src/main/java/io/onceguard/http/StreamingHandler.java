package io.onceguard.http;

import io.onceguard.Attempt;

/**
 * A handler that sends its response by itself, for example in chunks.
 *
 * @param <X> the checked exception that it throws; several have their common supertype
 */
@FunctionalInterface
public interface StreamingHandler<X extends Exception> {

    /**
     * Does the work and sends the response.
     *
     * @param attempt the attempt
     * @param added header lines to send in addition
     * @return the status and the headers that were sent; a body is not looked at
     * @throws X if the work fails
     */
    HttpResponseData stream(Attempt attempt, HttpHeaders added) throws X;
}
