package io.onceguard;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * UTF-8 without replacement characters: two different strings never have the same bytes, and what was not written as
 * UTF-8 is refused.
 */
final class StrictUtf8 {

    private static final char REPLACEMENT = '\uFFFD';

    private StrictUtf8() {}

    /** Returns whether every surrogate has its partner. */
    static boolean isWellFormed(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                i++;
                if (i == length || !Character.isSurrogatePair(unit, text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Returns the bytes of a text.
     *
     * @throws IllegalArgumentException if a surrogate has no partner
     */
    static byte[] encode(String text) {
        if (!isWellFormed(text)) {
            throw new IllegalArgumentException("text: unpaired surrogates are refused");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Returns the text of some bytes.
     *
     * @throws CharacterCodingException if the bytes are not UTF-8
     */
    static String decode(byte[] bytes, int offset, int length) throws CharacterCodingException {
        String text = new String(bytes, offset, length, StandardCharsets.UTF_8);
        // The fast decoder replaces what it cannot read; only a text with that character needs the slow, strict one.
        return text.indexOf(REPLACEMENT) < 0
                ? text
                : StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes, offset, length))
                        .toString();
    }
}
