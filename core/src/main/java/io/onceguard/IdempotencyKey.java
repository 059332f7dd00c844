package io.onceguard;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Names one piece of work of an operation: a scope (the tenant or caller, from the authenticated principal) and the
 * client's value. The same value under two scopes names two pieces of work.
 *
 * <p>Scope and value have 1 to {@value #MAX_CODE_POINTS} Unicode code points each. Refused are blank ones (nothing but
 * white space, no-break spaces included), control characters and unpaired surrogates. Both are compared exactly: case,
 * accents, Unicode normal form and trailing blanks count. Immutable.
 */
public final class IdempotencyKey {

    /** The most code points that a scope or a value may have. */
    public static final int MAX_CODE_POINTS = 255;

    private static final String UNSCOPED = "";

    private final String scope;
    private final String value;

    private IdempotencyKey(String scope, String value) {
        this.scope = scope;
        this.value = value;
    }

    /**
     * Returns a key within a scope.
     *
     * @param scope the tenant or caller
     * @param key the client's value
     * @return the key
     * @throws IllegalArgumentException if a part breaks a rule; the message names part and rule, never the part's text
     */
    public static IdempotencyKey of(String scope, String key) {
        return new IdempotencyKey(checked("scope", scope), checked("key", key));
    }

    /**
     * Returns a key without a scope: every caller that brings the same value means the same work.
     *
     * @param key the client's value
     * @return the key
     * @throws IllegalArgumentException if it breaks a rule; the message names the rule, never the key's text
     */
    public static IdempotencyKey unscoped(String key) {
        return new IdempotencyKey(UNSCOPED, checked("key", key));
    }

    /** Returns the scope; empty if the key is unscoped. */
    public String scope() {
        return scope;
    }

    /** Returns the client's value. */
    public String value() {
        return value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IdempotencyKey that && scope.equals(that.scope) && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return 31 * scope.hashCode() + value.hashCode();
    }

    /** Returns the lengths only, never the scope or the value; safe to log. */
    @Override
    public String toString() {
        String length = value.codePointCount(0, value.length()) + " code points";
        return scope.isEmpty() ? "key(" + length + ", unscoped)" : "key(" + length + ", scoped)";
    }

    private static String checked(String part, String text) {
        String broken = brokenRule(requireNonNull(text, part));
        if (broken != null) {
            throw new IllegalArgumentException(part + ": " + broken);
        }
        return text;
    }

    private static @Nullable String brokenRule(String text) {
        if (text.isEmpty()) {
            return "must not be empty";
        }
        if (text.length() <= MAX_CODE_POINTS && VisibleAscii.isAll(text)) {
            return null; // as most keys are, which breaks none of the rules
        }
        int length = text.codePointCount(0, text.length());
        if (length > MAX_CODE_POINTS) {
            return "at most " + MAX_CODE_POINTS + " code points, was " + length;
        }
        if (!StrictUtf8.isWellFormed(text)) {
            return "must not have unpaired surrogates";
        }
        if (text.codePoints().anyMatch(Character::isISOControl)) {
            return "must not have control characters";
        }
        if (text.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
            return "must not be blank";
        }
        return null;
    }
}
