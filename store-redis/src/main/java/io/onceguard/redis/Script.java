package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A verb as a Lua script: a constant text from this package's resources, and the digest by which the server knows it. */
final class Script {

    private final String verb;
    private final byte[] text;
    private final byte[] digest;

    private Script(String verb, byte[] text) {
        this.verb = verb;
        this.text = text;
        digest = HexFormat.of().formatHex(sha1().digest(text)).getBytes(UTF_8);
    }

    /** Reads a script from its resource. */
    static Script of(String verb) {
        return new Script(verb, read(verb + ".lua"));
    }

    /**
     * Reads a script that the server runs even when it has no memory left: what ends an attempt must not fail for want
     * of the little that it takes.
     *
     * @param flags whether the server knows flags of scripts (from 7.0)
     */
    static Script evenWithoutMemory(String verb, boolean flags) {
        String shebang = flags ? "#!lua flags=allow-oom\n" : "";
        return new Script(verb, (shebang + new String(read(verb + ".lua"), UTF_8)).getBytes(UTF_8));
    }

    private static byte[] read(String resource) {
        try (InputStream stream = Script.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("missing resource: " + resource);
            }
            return stream.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-1", impossible);
        }
    }

    String verb() {
        return verb;
    }

    byte[] text() {
        return text;
    }

    byte[] digest() {
        return digest;
    }
}
