package io.onceguard;

/** Texts of visible ASCII characters: no blanks, no control characters, one byte and one code point each. */
final class VisibleAscii {

    private VisibleAscii() {}

    /** Returns whether a text has no other characters; so it is for an empty one. */
    static boolean isAll(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit <= 0x20 || unit >= 0x7F) {
                return false;
            }
        }
        return true;
    }
}
