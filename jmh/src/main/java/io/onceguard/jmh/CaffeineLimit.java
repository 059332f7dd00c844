package io.onceguard.jmh;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cache of results that expire, with a marker for keys that are being worked on. */
final class CaffeineLimit implements RawLimit {

    private static final byte[] IN_PROGRESS = {};

    private final Cache<String, byte[]> cache =
            Caffeine.newBuilder().expireAfterWrite(Duration.ofHours(24)).build();

    @Override
    public boolean claim(String key) {
        boolean[] fresh = {false};
        cache.asMap().compute(key, (same, known) -> {
            fresh[0] = known == null;
            return known == null ? IN_PROGRESS : known;
        });
        return fresh[0];
    }

    @Override
    public void keep(String key, byte[] result) {
        cache.put(key, result);
    }

    @Override
    public byte @Nullable [] result(String key) {
        return cache.getIfPresent(key);
    }

    @Override
    public void claimAndKeepAll(List<String> keys, byte[] result) {
        for (String key : keys) {
            claim(key);
            keep(key, result);
        }
    }
}
