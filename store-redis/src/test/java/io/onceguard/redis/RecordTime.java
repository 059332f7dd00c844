package io.onceguard.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.UnifiedJedis;

/** Lets time pass for one record, without waiting: moves every moment that it keeps back, in one step. */
final class RecordTime {

    private static final byte[] SCRIPT = """
            local record = redis.call('GET', KEYS[1])
            if not record then return 0 end
            local head, since, lease_end, rest = string.sub(record, 1, 15), struct.unpack('>I8I8', record, 16)
            since, lease_end = since - ARGV[1], lease_end - ARGV[1]
            record = head .. struct.pack('>I8I8', since, lease_end) .. string.sub(record, rest)
            local left = redis.call('PTTL', KEYS[1])
            if left < 0 then
                redis.call('SET', KEYS[1], record)
            elseif left - ARGV[2] > 0 then
                redis.call('SET', KEYS[1], record, 'PX', string.format('%.0f', left - ARGV[2]))
            else
                redis.call('DEL', KEYS[1])
            end
            return 1
            """.getBytes(UTF_8);

    private RecordTime() {}

    static void pass(UnifiedJedis jedis, byte[] name, Duration duration) {
        long micros = TimeUnit.MICROSECONDS.convert(duration.plusNanos(999));
        jedis.eval(
                SCRIPT,
                List.of(name),
                List.of(("" + micros).getBytes(UTF_8), ("" + (micros + 999) / 1_000).getBytes(UTF_8)));
    }
}
