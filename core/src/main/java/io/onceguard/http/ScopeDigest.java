package io.onceguard.http;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Makes scopes of what is too secret for one, or too long. */
final class ScopeDigest {

    private ScopeDigest() {}

    /** Returns the SHA-256 digest of parts, each framed by its length, in hex digits. */
    static String of(byte[]... parts) {
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
