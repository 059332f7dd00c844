package io.onceguard.messaging;

import static java.util.Objects.requireNonNull;

import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotentCall;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes from a message what names its piece of work. */
record Calls<M>(
        Function<? super M, IdempotencyKey> key,
        Function<? super M, Fingerprint> fingerprint,
        Function<? super M, @Nullable String> originId) {

    /** Throws what the extractors throw, or an exception about what they returned. */
    IdempotentCall of(M message) {
        IdempotentCall call = IdempotentCall.of(
                requireNonNull(key.apply(message), "the key extractor returned null"),
                requireNonNull(fingerprint.apply(message), "the fingerprint extractor returned null"));
        String origin = originId.apply(message);
        return origin == null ? call : call.originId(origin);
    }
}
