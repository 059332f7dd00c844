package io.onceguard.http;

import static java.util.Objects.checkFromIndexSize;

import io.onceguard.Fingerprint;
import io.onceguard.FingerprintBuilder;
import java.io.ByteArrayOutputStream;

/**
 * Takes the body of a request in pieces; how it was cut does not matter. Raw bytes are not kept; JSON is collected up to
 * the limit. Good for one fingerprint. Not thread-safe.
 */
public final class HttpBodyDigest {

    private final FingerprintBuilder builder;
    private final HttpFingerprint options;
    private final HttpFingerprint.Content content;
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream(0);
    private long bytes;

    HttpBodyDigest(FingerprintBuilder builder, HttpFingerprint options, HttpFingerprint.Content content) {
        this.builder = builder;
        this.options = options;
        this.content = content;
        if (content == HttpFingerprint.Content.BYTES) {
            builder.part("bytes");
        }
    }

    /**
     * Adds a piece.
     *
     * @param buffer holds the piece
     * @param offset where the piece begins
     * @param count its length in bytes
     * @return this
     * @throws UnusableBodyException if the body is larger than its limit; this object is then of no more use
     * @throws IndexOutOfBoundsException if the piece does not lie within the buffer
     */
    public HttpBodyDigest update(byte[] buffer, int offset, int count) throws UnusableBodyException {
        checkFromIndexSize(offset, count, buffer.length);
        bytes += count;
        if (bytes > options.maxBytes) {
            throw new UnusableBodyException(
                    HttpRefusal.BODY_TOO_LARGE, "At most " + options.maxBytes + " bytes are accepted.");
        }
        switch (content) {
            case BYTES -> builder.update(buffer, offset, count);
            case JSON -> collected.write(buffer, offset, count);
            case IGNORED -> {}
        }
        return this;
    }

    /**
     * Returns the fingerprint and ends this object.
     *
     * @return the fingerprint
     * @throws UnusableBodyException if the body is to be JSON and is not
     * @throws IllegalStateException if the fingerprint was returned before
     */
    public Fingerprint finish() throws UnusableBodyException {
        if (content == HttpFingerprint.Content.IGNORED) {
            return builder.build();
        }
        if (content == HttpFingerprint.Content.BYTES) {
            return builder.endPart().build();
        }
        if (bytes == 0) {
            return builder.part("bytes").endPart().build();
        }
        byte[] canonical = JsonCanonicalizer.canonical(collected.toByteArray(), options.maxDepth);
        return builder.part("json").part(canonical).build();
    }
}
