package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceguard.spi.RecordId;

/**
 * Names the server's key of a record: prefix, operation, scope and key, with a colon between them.
 *
 * <p>Colons and percent signs in operation and scope are written as {@code %3A} and {@code %25}, so that no two records
 * share a name; the key comes last and stays as it is. Braces need no care: each call touches one key.
 */
final class RecordNames {

    private final String prefix;

    RecordNames(String prefix) {
        this.prefix = prefix;
    }

    /** A name that no record has. */
    byte[] ofNone() {
        return prefix.getBytes(UTF_8);
    }

    byte[] of(RecordId id) {
        return (prefix + escaped(id.operation()) + ':' + escaped(id.scope()) + ':' + id.key()).getBytes(UTF_8);
    }

    private static String escaped(String part) {
        return part.replace("%", "%25").replace(":", "%3A");
    }
}
