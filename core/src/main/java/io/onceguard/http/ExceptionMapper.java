package io.onceguard.http;

import org.jspecify.annotations.Nullable;

/** Turns exceptions of handlers into responses. Implementations are thread-safe. */
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
