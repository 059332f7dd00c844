package io.onceguard.jdbc;

/** Texts for the eye of an operator, in a form that every database accepts. Which record it is, the digest says. */
final class ReadableText {

    private static final int MAX_CODE_POINTS = 255;
    private static final int REPLACEMENT = 0xFFFD;

    private ReadableText() {}

    /** The text, cut to 255 code points, with a mark in place of what a text column may refuse. */
    static String of(String text) {
        if (isPlain(text)) {
            return text;
        }
        StringBuilder readable = new StringBuilder(Math.min(text.length(), 2 * MAX_CODE_POINTS));
        text.codePoints()
                .limit(MAX_CODE_POINTS)
                .map(c -> isStorable(c) ? c : REPLACEMENT)
                .forEach(readable::appendCodePoint);
        return readable.toString();
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == 0 || Character.isSurrogate(unit)) {
                return false;
            }
        }
        return text.length() <= MAX_CODE_POINTS;
    }

    private static boolean isStorable(int codePoint) {
        return codePoint != 0 && Character.getType(codePoint) != Character.SURROGATE;
    }
}
