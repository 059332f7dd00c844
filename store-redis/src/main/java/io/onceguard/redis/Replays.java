package io.onceguard.redis;

import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.RecordId;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Replays by a plain {@code GET} what this node has seen completed: the script that claims costs the server several times
 * as much, and finds nothing else there. The record itself says when it was completed and how long it is kept; the
 * server's time is known from a script's answer of this second, and counted on from there.
 *
 * <p>What is remembered are hints: hashes, of which the later one stands, read and written by many threads without a
 * lock. A wrong one costs a command, for a record that is gone or another with the same hash; the script then decides.
 */
final class Replays {

    /** So many records are remembered, in 64 KiB. */
    private static final int SLOTS = 1 << 14;

    private static final long USABLE_NANOS = 1_000_000_000L;

    private final UnifiedJedis jedis;
    private final RecordNames names;
    private final LongSupplier nanoTime;
    private final int[] hashes = new int[SLOTS];
    private volatile @Nullable Moment known;

    /** The server's time in microseconds, and the local one from before it was asked for. */
    private record Moment(long micros, long asked) {}

    Replays(RedisIdempotencyStoreBuilder options, RecordNames names) {
        this.jedis = options.jedis;
        this.nanoTime = options.nanoTime;
        this.names = names;
    }

    /** The local time, for {@link #tells}. */
    long now() {
        return nanoTime.getAsLong();
    }

    /** The server said what time it is, in an answer to what was asked at that local time. */
    void tells(long micros, long asked) {
        known = new Moment(micros, asked);
    }

    /** The record is completed. */
    void add(RecordId id) {
        int hash = id.hashCode();
        hashes[hash & (SLOTS - 1)] = hash;
    }

    /** Returns the record if it is still there; null if the script is to be asked. */
    @Nullable
    Completed find(RecordId id) {
        int hash = id.hashCode();
        Moment moment = known;
        if (hashes[hash & (SLOTS - 1)] != hash || moment == null || now() - moment.asked > USABLE_NANOS) {
            return null;
        }
        byte[] found;
        try {
            found = jedis.get(names.of(id));
        } catch (JedisConnectionException lost) {
            return null; // nothing was written: the script asks again
        } catch (RuntimeException failure) {
            throw RedisFailure.exception("acquire", failure, 0);
        }
        PackedRecord record = found == null ? null : PackedRecord.of(found);
        if (record == null || !record.isCompleted()) {
            hashes[hash & (SLOTS - 1)] = 0;
            return null;
        }
        // never too early, so that nobody keeps a copy of it longer than the record lives
        return record.completed(moment.micros + (now() - moment.asked) / 1_000 + 1);
    }
}
