package io.onceguard.http;

import org.jspecify.annotations.Nullable;

/**
 * Turns exceptions of handlers into responses. Implementations are thread-safe. One that throws counts as null; what it
 * threw is suppressed into the failure.
 */
@FunctionalInterface
public interface ExceptionMapper {

    /**
     * Returns the response to an exception.
     *
     * @param failure what the handler threw, or a recorded failure
     * @return the response; null to throw the exception on
     */
    @Nullable
    HttpResponseData responseTo(Exception failure);
}
