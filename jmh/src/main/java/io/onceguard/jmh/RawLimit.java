package io.onceguard.jmh;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The least code for the work of an idempotency store, on the same server as the library's store. */
interface RawLimit {

    /** Claims a key; false if it has been claimed. */
    boolean claim(String key) throws Exception;

    /** Keeps the result of a claimed key. */
    void keep(String key, byte[] result) throws Exception;

    /** The result of a key, or null. */
    byte @Nullable [] result(String key) throws Exception;

    /** Claims keys and keeps the same result for all of them, in as few round trips as the server allows. */
    void claimAndKeepAll(List<String> keys, byte[] result) throws Exception;

    /** A first execution. */
    default byte[] first(String key, byte[] result) throws Exception {
        if (!claim(key)) {
            throw new IllegalStateException("the key is not fresh");
        }
        keep(key, result);
        return result;
    }
}
