package io.onceguard.spi;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;

/**
 * Names one record exactly: operation, scope and key are compared code unit by code unit, and no two different
 * triples ever meet in a store.
 *
 * <p>A store must keep ids apart that differ only in case, accents, Unicode normal form, trailing blanks, or in where
 * the scope ends and the key begins. A store that cannot compare strings exactly uses {@link #digest()} as its key.
 *
 * <p>{@link #toString()} shows the operation and the first eight hex digits of the digest, never the scope or the key.
 *
 * @param operation the bounded constant that names the kind of work
 * @param scope the tenant or caller; empty for a key that was declared without a scope
 * @param key the client's value
 */
public record RecordId(String operation, String scope, String key) implements Comparable<RecordId> {

    private static final Comparator<RecordId> ORDER = Comparator.comparing(RecordId::operation)
            .thenComparing(RecordId::scope)
            .thenComparing(RecordId::key);

    /**
     * Creates an id. The limits of its parts are the caller's business; a store accepts whatever it is given.
     *
     * @throws NullPointerException if a part is null
     */
    public RecordId {
        requireNonNull(operation, "operation");
        requireNonNull(scope, "scope");
        requireNonNull(key, "key");
    }

    /**
     * Returns the SHA-256 digest of the three parts, each framed by its length, so that it is as exact as the id.
     *
     * @return 32 new bytes
     */
    public byte[] digest() {
        byte[] first = operation.getBytes(StandardCharsets.UTF_8);
        byte[] second = scope.getBytes(StandardCharsets.UTF_8);
        byte[] third = key.getBytes(StandardCharsets.UTF_8);
        byte[] framed = ByteBuffer.allocate(3 * Integer.BYTES + first.length + second.length + third.length)
                .putInt(first.length)
                .put(first)
                .putInt(second.length)
                .put(second)
                .putInt(third.length)
                .put(third)
                .array();
        return sha256().digest(framed);
    }

    /** Orders by operation, scope and key, code unit by code unit: the order in which batches take their locks. */
    @Override
    public int compareTo(RecordId other) {
        return ORDER.compare(this, other);
    }

    /** Returns the operation and a short digest; safe to log. */
    @Override
    public String toString() {
        return operation + "/" + HexFormat.of().formatHex(digest(), 0, 4);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
