package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyKey;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Makes the scopes of keys. Those of several parts are digests, because the parts may be too long for a scope. */
final class Scopes {

    private Scopes() {}

    /** Returns the caller's scope, empty if keys are nobody's; null if it cannot be told, or is none. */
    static @Nullable String ofCaller(CallerIdentity caller, HttpRequestData request) {
        String scope = caller.of(request);
        if (scope == null || caller == Unscoped.NOBODY) {
            return scope;
        }
        try {
            return requireNonNull(IdempotencyKey.of(scope, "key")).scope();
        } catch (IllegalArgumentException unusable) {
            return null;
        }
    }

    static String ofEndpoint(String caller, HttpRequestData request) {
        return "endpoint:"
                + digest(
                        HttpFingerprint.utf16(caller),
                        HttpFingerprint.utf16(request.method()),
                        HttpFingerprint.utf16(request.path()));
    }

    static String ofRequest(String caller, HttpRequestData request) {
        return "request:"
                + digest(
                        HttpFingerprint.utf16(caller),
                        HttpFingerprint.utf16(request.method()),
                        HttpFingerprint.utf16(request.target()),
                        request.body());
    }

    /** Returns the SHA-256 digest of parts, each framed by its length, in hex digits. */
    static String digest(byte[]... parts) {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
        for (byte[] part : parts) {
            sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
            sha256.update(part);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }
}
