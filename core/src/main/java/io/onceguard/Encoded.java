package io.onceguard;

import io.onceguard.spi.StoredResult;

/** What became of a value or a failure on its way to the store. */
sealed interface Encoded {

    /** The envelope to store. */
    record Kept(StoredResult result) implements Encoded {}

    /** The codec wrote more bytes than the operation keeps. */
    record TooLarge(int bytes, int limit) implements Encoded {}

    /** The codec or the cipher threw. */
    record NotEncodable(Throwable cause) implements Encoded {}
}
