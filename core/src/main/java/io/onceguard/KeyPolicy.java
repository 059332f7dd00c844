package io.onceguard;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stricter rule for the keys of an operation, on top of those of {@link IdempotencyKey}. It sees the client's value,
 * not the scope, before any store call.
 *
 * <p>Implementations are thread-safe and do not block.
 */
@FunctionalInterface
public interface KeyPolicy {

    /**
     * Checks a key.
     *
     * @param key the client's value
     * @return the rule that the key breaks, without any text of the key, for example {@code "must be a UUID"}; null if
     *     the key is accepted
     */
    @Nullable
    String violatedRule(String key);

    /**
     * Returns the policy that accepts UUIDs in their canonical form only: 8-4-4-4-12 hex digits, in either case
     * (RFC 9562, section 4). Two keys that differ in case remain two keys.
     *
     * @return the policy
     */
    static KeyPolicy uuid() {
        Pattern canonical = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
        return key -> canonical.matcher(key).matches() ? null : "must be a canonical UUID (8-4-4-4-12 hex digits)";
    }

    /**
     * Returns the policy that bounds the length of keys further.
     *
     * @param limit the most Unicode code points, 1 to {@link IdempotencyKey#MAX_CODE_POINTS}
     * @return the policy
     * @throws IllegalArgumentException if the limit is out of range
     */
    static KeyPolicy maxCodePoints(int limit) {
        if (limit < 1 || limit > IdempotencyKey.MAX_CODE_POINTS) {
            throw new IllegalArgumentException(
                    "maxCodePoints: 1.." + IdempotencyKey.MAX_CODE_POINTS + ", was " + limit);
        }
        return key -> {
            int length = key.codePointCount(0, key.length());
            return length <= limit ? null : "at most " + limit + " code points, was " + length;
        };
    }
}
