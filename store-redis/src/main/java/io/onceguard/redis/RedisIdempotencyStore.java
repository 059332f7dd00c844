package io.onceguard.redis;

import static java.util.Objects.requireNonNull;

import io.onceguard.redis.ScriptRunner.Answered;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Watch;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/**
 * Keeps records in Redis, from 6.2: a standalone server, one that Sentinel watches, or a Cluster.
 *
 * <p><b>What is promised</b> is what the server keeps. A failover loses what the replica did not have yet, and a restart
 * what was not on disk: such work may run again, and {@link RedisIdempotencyStoreBuilder#replicaAcknowledgements} closes
 * the first gap as far as {@code WAIT} does. A server that may evict keys is refused.
 *
 * <p><b>Record.</b> One string for each record, under a name that begins with the prefix and ends with the client's key;
 * see the package. It expires by itself: in progress at the end of the lease plus the retention, otherwise when the
 * retention is over. A completed record that is kept for ever is the only key without an expiry.
 *
 * <p><b>Steps.</b> Each verb is one Lua script, called by its digest and brought along once when the server does not know
 * it. A first execution takes two commands, a replay one, a rejection one. What this node has seen completed it replays
 * by a plain {@code GET}; if the record is gone by then, that is one command more. Only the server's clock counts. Tokens
 * are {@code max(previous + 1, time in microseconds)}.
 *
 * <p><b>Failures.</b> An error that the server replies with says that nothing was applied; a connection that is lost
 * after the command was sent is {@linkplain StoreException#ambiguous() ambiguous}. A Cluster client repeats a command
 * by itself when a connection is lost. The verbs of attempts can be repeated; of the operators' verbs an answer
 * {@code false} to a repeated command is reported as an ambiguous failure.
 *
 * <p>The client stays the caller's. Calls block for as long as its pool and its sockets do: set both timeouts. Batches
 * are pipelined. Safe for use by many threads.
 */
public final class RedisIdempotencyStore implements IdempotencyStore {

    private static final Object DONE = 1L;

    private final ScriptRunner runner;
    private final Calls calls;
    private final Replays replays;
    private final @Nullable Replicas replicas;
    private final @Nullable Notices notices;

    RedisIdempotencyStore(RedisIdempotencyStoreBuilder options, Calls calls, RecordNames names) {
        this.runner = new ScriptRunner(options.jedis);
        this.calls = calls;
        this.replays = new Replays(options, names);
        this.replicas = options.replicas;
        this.notices = options.push ? new Notices(options.jedis, names.ofNone()) : null;
    }

    /**
     * Begins a store over a client, which stays the caller's.
     *
     * @param jedis a client with a pool: {@code RedisClient}, {@code RedisSentinelClient} or {@code RedisClusterClient}
     * @return a builder with the defaults
     */
    public static RedisIdempotencyStoreBuilder builder(UnifiedJedis jedis) {
        return new RedisIdempotencyStoreBuilder(jedis);
    }

    @Override
    public AcquireResult acquire(AcquireRequest request) {
        Completed replayed = replays.find(request.id());
        if (replayed != null) {
            return replayed;
        }
        long asked = replays.now();
        return acquired(request, runner.run(calls.acquire(request), replicas), asked);
    }

    @Override
    public boolean renew(Lease lease) {
        return done(runner.run(calls.renew(lease)));
    }

    @Override
    public boolean complete(Lease lease, StoredResult result, Retention retention) {
        Completion item = new Completion(lease, result, retention);
        return completed(item, runner.run(calls.complete(item), replicas));
    }

    @Override
    public boolean release(Lease lease) {
        return done(runner.run(calls.release(lease)));
    }

    @Override
    public boolean hold(Lease lease) {
        return done(runner.run(calls.hold(lease)));
    }

    @Override
    public boolean resolve(RecordId id, long expectedToken, StoredResult result, Retention retention) {
        return doneOnce(calls.resolve(id, expectedToken, result, retention));
    }

    @Override
    public boolean delete(RecordId id, long expectedToken) {
        return doneOnce(calls.delete(id, expectedToken));
    }

    @Override
    public Optional<StoredRecord> find(RecordId id) {
        List<?> found = (List<?>) runner.run(calls.find(id));
        return found == null
                ? Optional.empty()
                : Optional.of(record(found, 0).view((Long) found.get(1), (Long) found.get(2)));
    }

    /** {@inheritDoc} Tells nobody unless {@link RedisIdempotencyStoreBuilder#push} was chosen. */
    @Override
    public Watch watch(RecordId id, Runnable signal) {
        return notices == null ? Watch.NONE : notices.watch(calls.channel(id), signal);
    }

    @Override
    public List<Answer<AcquireResult>> acquireAll(List<AcquireRequest> requests) {
        long asked = replays.now();
        return all(requests, calls::acquire, replicas, (request, answered) -> acquired(request, answered, asked));
    }

    @Override
    public List<Answer<Boolean>> renewAll(List<Lease> leases) {
        return all(leases, calls::renew, null, (lease, answered) -> done(answered.value()));
    }

    @Override
    public List<Answer<Boolean>> completeAll(List<Completion> completions) {
        return all(completions, calls::complete, replicas, this::completed);
    }

    @Override
    public List<Answer<Boolean>> releaseAll(List<Lease> leases) {
        return all(leases, calls::release, null, (lease, answered) -> done(answered.value()));
    }

    @Override
    public List<Answer<Boolean>> holdAll(List<Lease> leases) {
        return all(leases, calls::hold, null, (lease, answered) -> done(answered.value()));
    }

    private <I, T> List<Answer<T>> all(
            List<I> items,
            Function<I, ScriptCall> script,
            @Nullable Replicas wait,
            BiFunction<I, Answered, T> reading) {
        List<Answer<Answered>> answers =
                runner.runAll(items.stream().map(script).toList(), wait);
        return IntStream.range(0, items.size())
                .mapToObj(i -> read(items.get(i), answers.get(i), reading))
                .toList();
    }

    private static <I, T> Answer<T> read(I item, Answer<Answered> answer, BiFunction<I, Answered, T> reading) {
        try {
            return Answer.of(reading.apply(item, answer.orElseThrow()));
        } catch (StoreException failure) {
            return Answer.failed(failure);
        }
    }

    private AcquireResult acquired(AcquireRequest request, Answered answered, long asked) {
        AcquireResult result = answered.value() instanceof Long now
                ? first(request, now, asked)
                : later(request, (List<?>) answered.value(), asked);
        if (result instanceof Acquired acquired && !answered.replicated()) {
            giveBack(acquired.lease());
        }
        return result;
    }

    private AcquireResult first(AcquireRequest request, long now, long asked) {
        replays.tells(now, asked);
        return PackedRecord.first(request, now);
    }

    /** What a request got for which there was a record. */
    private AcquireResult later(AcquireRequest request, List<?> reply, long asked) {
        PackedRecord record = record(reply, 1);
        if (DONE.equals(reply.get(0))) {
            return record.acquired(request);
        }
        long now = (Long) reply.get(2);
        replays.tells(now, asked);
        if (!record.isCompleted()) {
            return record.refused(now, (Long) reply.get(3));
        }
        replays.add(request.id());
        return record.completed(now);
    }

    /** The claim could be lost with the primary: nobody may work under it. */
    private void giveBack(Lease lease) {
        try {
            release(lease);
        } catch (StoreException failure) {
            throw new StoreException(
                    "Redis: too few replicas acknowledged the acquire, and it could not be released", true, failure);
        }
        throw new StoreException("Redis: too few replicas acknowledged the acquire, it was released", false, null);
    }

    private boolean completed(Completion item, Answered answered) {
        boolean done = done(answered.value());
        if (done && !answered.replicated()) {
            throw new StoreException(
                    "Redis: too few replicas acknowledged the completion, which the primary has", true, null);
        }
        if (done) {
            replays.add(item.lease().id());
        }
        return done;
    }

    private static boolean done(@Nullable Object reply) {
        return DONE.equals(reply);
    }

    private boolean doneOnce(ScriptCall call) {
        boolean done = done(runner.run(call));
        if (!done && call.wasRepeated()) {
            throw new StoreException(
                    "Redis: the client sent it twice, and the first copy may have been applied", true, null);
        }
        return done;
    }

    private static PackedRecord record(List<?> reply, int position) {
        return PackedRecord.of((byte[]) requireNonNull(reply.get(position)));
    }
}
