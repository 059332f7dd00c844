package io.onceguard.testkit;

/** Test data that shows any byte that is lost, swapped or decoded as text. */
final class AllBytes {

    private AllBytes() {}

    /** Consecutive byte values from a start, wrapping after 255. */
    static byte[] from(int start, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (start + i);
        }
        return bytes;
    }
}
