package io.onceguard;

import io.onceguard.Content.Kind;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoredResult;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the work of one operation returned or threw into the bytes that its store keeps, and back. Never throws
 * while encoding, except an {@link Error}: the work was done, and its value must reach the caller. Immutable and
 * thread-safe.
 *
 * @param <T> the type of the values
 */
final class ResultEnvelope<T> {

    private static final byte[] EMPTY = {};

    private final ResultFormat<T> results;
    private final FailureFormat failures;
    private final EnvelopeFormat format;

    ResultEnvelope(ResultFormat<T> results, FailureFormat failures, EnvelopeFormat format) {
        this.results = results;
        this.failures = failures;
        this.format = format;
    }

    /** Encodes what the work returned; null does not pass through the codec. */
    Encoded encodeValue(RecordId id, @Nullable T value, String originId) {
        String codecId = results.codec().id();
        if (value == null) {
            return kept(EnvelopeFormat.sealPlain(new Content(Kind.NULL, codecId, originId, EMPTY)));
        }
        byte[] payload;
        try {
            payload = results.codec().encode(value);
        } catch (Exception notEncodable) {
            keepInterrupt(notEncodable);
            return new Encoded.NotEncodable(notEncodable);
        }
        if (payload == null) {
            return new Encoded.NotEncodable(new NullPointerException("codec " + codecId + " returned null"));
        }
        if (payload.length > results.maxBytes()) {
            return new Encoded.TooLarge(payload.length, results.maxBytes());
        }
        return seal(id, new Content(Kind.VALUE, codecId, originId, payload));
    }

    /** Encodes what the work threw; never too large. */
    Encoded encodeFailure(RecordId id, Throwable failure, String originId) {
        return seal(id, failures.encode(failure, originId, results.maxBytes()));
    }

    /** Encodes that the work was done and that its result is not kept; the reason must hold nothing of the result. */
    StoredResult encodeNoResult(RecordId id, String reason, String originId) {
        byte[] payload = reason.getBytes(StandardCharsets.UTF_8);
        return StoredResult.of(EnvelopeFormat.sealPlain(
                new Content(Kind.NO_RESULT, results.codec().id(), originId, payload)));
    }

    /**
     * Decodes afresh.
     *
     * @throws UnreadableResultException if this operation cannot read the bytes
     */
    Decoded<T> decode(RecordId id, byte[] bytes) {
        Content content = format.open(id, bytes, results.codec().id());
        String originId = content.originId();
        return switch (content.kind()) {
            case VALUE -> new Decoded.Value<>(decodeValue(id, content), originId);
            case NULL -> new Decoded.Value<>(null, originId);
            case FAILURE -> new Decoded.Failure<>(failures.decode(id, content), originId);
            case NO_RESULT -> new Decoded.NoResult<>(reason(id, content.payload()), originId);
        };
    }

    private T decodeValue(RecordId id, Content content) {
        ResultCodec<? extends T> codec = results.decoder(content.codecId());
        if (codec == null) {
            throw new UnreadableResultException(id, "codec " + content.codecId(), results.expected(), null);
        }
        return decodeWith(codec, id, content);
    }

    static <V> V decodeWith(ResultCodec<V> codec, RecordId id, Content content) {
        String codecId = content.codecId();
        V value;
        try {
            value = codec.decode(content.payload());
        } catch (Exception undecodable) {
            keepInterrupt(undecodable);
            throw new UnreadableResultException(
                    id,
                    content.payload().length + " bytes that codec " + codecId + " cannot decode",
                    "bytes that it wrote",
                    undecodable);
        }
        if (value == null) {
            throw new UnreadableResultException(
                    id, "bytes that codec " + codecId + " decodes to null", "a value", null);
        }
        return value;
    }

    /** An interrupt that a codec reports as an exception stays visible to the caller. */
    static void keepInterrupt(Exception exception) {
        if (exception instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
    }

    private Encoded seal(RecordId id, Content content) {
        try {
            return kept(format.seal(id, content));
        } catch (GeneralSecurityException | RuntimeException notSealed) {
            return new Encoded.NotEncodable(notSealed);
        }
    }

    private static Encoded kept(byte[] envelope) {
        return new Encoded.Kept(StoredResult.of(envelope));
    }

    private static String reason(RecordId id, byte[] payload) {
        try {
            return StrictUtf8.decode(payload, 0, payload.length);
        } catch (CharacterCodingException malformed) {
            throw new UnreadableResultException(id, "a reason that is not UTF-8", "UTF-8", malformed);
        }
    }
}
