package io.onceguard;

import static java.util.Objects.requireNonNull;

import io.onceguard.spi.RecordId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the failures of an operation are written and read: by the failure codec where there is one and it can, else as
 * type name, code and, on request, message.
 *
 * <p>The built-in format is three texts in that order, each given by its length in bytes (4 bytes, big-endian; -1 if
 * there is none) and its UTF-8.
 *
 * @param codec writes and reads failures, or null
 * @param codeOf gives a failure a code, or null
 * @param keepMessage whether the built-in format keeps the message of a failure
 */
record FailureFormat(
        @Nullable ResultCodec<Throwable> codec, Function<Throwable, @Nullable String> codeOf, boolean keepMessage) {

    static final String BUILT_IN = "onceguard-failure";

    /** The most code points of a code or a message that the built-in format keeps; it cuts off the rest. */
    static final int MAX_CODE = 255;

    static final int MAX_MESSAGE = 4096;

    private static final int ABSENT = -1;

    /** No failure codec, no codes, no messages. */
    static final FailureFormat DEFAULT = new FailureFormat(null, failure -> null, false);

    FailureFormat {
        requireNonNull(codeOf, "codeOf");
        if (codec != null) {
            CodecId.checked(codec.id());
        }
    }

    /** Returns the failure as the payload of an envelope; what the codec writes beyond the limit is not kept. */
    Content encode(Throwable failure, String originId, int maxBytes) {
        if (codec != null) {
            try {
                byte[] payload = codec.encode(failure);
                if (payload != null && payload.length <= maxBytes) {
                    return new Content(Content.Kind.FAILURE, codec.id(), originId, payload);
                }
            } catch (Exception notEncodable) {
                ResultEnvelope.keepInterrupt(notEncodable);
            }
        }
        return new Content(Content.Kind.FAILURE, BUILT_IN, originId, builtIn(failure));
    }

    /** Returns the failure that a content holds. */
    Throwable decode(RecordId id, Content content) {
        String found = content.codecId();
        if (codec != null && codec.id().equals(found)) {
            return ResultEnvelope.decodeWith(codec, id, content);
        }
        if (!found.equals(BUILT_IN)) {
            String expected = codec == null ? "" : " or " + codec.id();
            throw new UnreadableResultException(
                    id, "a failure of codec " + found, "a failure of codec " + BUILT_IN + expected, null);
        }
        try {
            return recorded(id, ByteBuffer.wrap(content.payload()));
        } catch (CharacterCodingException | BufferUnderflowException malformed) {
            throw new UnreadableResultException(
                    id, "a malformed failure of codec " + BUILT_IN, "type name, code and message", malformed);
        }
    }

    private byte[] builtIn(Throwable failure) {
        byte[][] texts = {
            utf8(failure.getClass().getName(), Integer.MAX_VALUE),
            utf8(orNull(codeOf, failure), MAX_CODE),
            keepMessage ? utf8(orNull(Throwable::getMessage, failure), MAX_MESSAGE) : null
        };
        int size = 0;
        for (byte[] text : texts) {
            size += Integer.BYTES + (text == null ? 0 : text.length);
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        for (byte[] text : texts) {
            if (text == null) {
                out.putInt(ABSENT);
            } else {
                out.putInt(text.length).put(text);
            }
        }
        return out.array();
    }

    private static RecordedFailureException recorded(RecordId id, ByteBuffer in) throws CharacterCodingException {
        String typeName = text(in);
        String code = text(in);
        String message = text(in);
        if (typeName == null || in.hasRemaining()) {
            throw new BufferUnderflowException();
        }
        return new RecordedFailureException(id, typeName, code, message);
    }

    @SuppressWarnings("ByteBufferBackingArray") // wraps a whole array
    private static @Nullable String text(ByteBuffer in) throws CharacterCodingException {
        int length = in.getInt();
        if (length == ABSENT) {
            return null;
        }
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] text = new byte[length];
        in.get(text);
        return StrictUtf8.decode(text, 0, length);
    }

    /** A failure that cannot describe itself is recorded all the same. */
    private static @Nullable String orNull(Function<Throwable, @Nullable String> property, Throwable failure) {
        try {
            return property.apply(failure);
        } catch (RuntimeException unknown) {
            return null;
        }
    }

    private static byte @Nullable [] utf8(@Nullable String text, int maxCodePoints) {
        if (text == null) {
            return null;
        }
        boolean fits = text.codePointCount(0, text.length()) <= maxCodePoints;
        String kept = fits ? text : text.substring(0, text.offsetByCodePoints(0, maxCodePoints));
        return kept.getBytes(StandardCharsets.UTF_8);
    }
}
