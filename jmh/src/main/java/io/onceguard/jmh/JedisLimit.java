package io.onceguard.jmh;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.SetParams;

/** {@code SET NX PX} claims, {@code SET PX} keeps, {@code GET} finds. */
final class JedisLimit implements RawLimit {

    private static final long DAY_MILLIS = 86_400_000;
    private static final byte[] IN_PROGRESS = {};
    private static final SetParams CLAIM = SetParams.setParams().nx().px(DAY_MILLIS);
    private static final SetParams KEEP = SetParams.setParams().px(DAY_MILLIS);

    private final UnifiedJedis jedis;

    JedisLimit(UnifiedJedis jedis) {
        this.jedis = jedis;
    }

    @Override
    public boolean claim(String key) {
        return jedis.set(bytes(key), IN_PROGRESS, CLAIM) != null;
    }

    @Override
    public void keep(String key, byte[] result) {
        jedis.set(bytes(key), result, KEEP);
    }

    @Override
    public byte @Nullable [] result(String key) {
        return jedis.get(bytes(key));
    }

    @Override
    public void claimAndKeepAll(List<String> keys, byte[] result) {
        try (AbstractPipeline pipeline = jedis.pipelined()) {
            keys.forEach(key -> pipeline.set(bytes(key), IN_PROGRESS, CLAIM));
        }
        try (AbstractPipeline pipeline = jedis.pipelined()) {
            keys.forEach(key -> pipeline.set(bytes(key), result, KEEP));
        }
    }

    private static byte[] bytes(String key) {
        return ("limit:" + key).getBytes(StandardCharsets.UTF_8);
    }
}
