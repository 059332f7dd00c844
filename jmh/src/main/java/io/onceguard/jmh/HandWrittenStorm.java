package io.onceguard.jmh;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one writes by hand for many callers of a key: whoever cannot claim is rejected, or waits for the result where all
 * callers are in one process. Beside two nodes that wait, too, the limit is that of one.
 */
final class HandWrittenStorm {

    /** What the caller who claimed the key does. */
    @FunctionalInterface
    interface First {
        byte[] run(String key) throws Exception;
    }

    private final RawLimit limit;
    private final First first;
    private final ConcurrentHashMap<String, CompletableFuture<byte[]>> flights = new ConcurrentHashMap<>();

    HandWrittenStorm(RawLimit limit, First first) {
        this.limit = limit;
        this.first = first;
    }

    /** A first execution that claims, works and keeps. Whoever comes when that is over finds the result. */
    static First claiming(RawLimit limit) {
        return key -> {
            if (!limit.claim(key)) {
                return requireNonNull(limit.result(key), "result");
            }
            byte[] result = Storm.work();
            limit.keep(key, result);
            return result;
        };
    }

    boolean reject(String key) throws Exception {
        boolean claimed = limit.claim(key);
        if (claimed) {
            limit.keep(key, Storm.work());
        }
        return claimed;
    }

    byte[] await(String key) throws Exception {
        CompletableFuture<byte[]> mine = new CompletableFuture<>();
        CompletableFuture<byte[]> theirs = flights.putIfAbsent(key, mine);
        if (theirs != null) {
            return theirs.get();
        }
        try {
            byte[] result = first.run(key);
            mine.complete(result);
            return result;
        } catch (Exception failure) {
            mine.completeExceptionally(failure);
            throw failure;
        } finally {
            flights.remove(key);
        }
    }
}
