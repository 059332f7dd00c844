package io.onceguard.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** One pipeline of scripts: sends all calls, then takes all replies. One thread, one use. */
final class Exchange {

    /**
     * What came back for one call.
     *
     * @param value the reply, perhaps null
     * @param failure the failure, or null if there is a reply; {@link JedisDataException} if the server said so
     */
    record Reply(@Nullable Object value, @Nullable RuntimeException failure) {}

    /** A call on its way: the response that will come, or why it was not sent. */
    private record Sent(
            @Nullable Response<Object> response, @Nullable RuntimeException failure) {}

    private final List<Sent> sent = new ArrayList<>();
    private @Nullable Response<Long> replicas;
    private @Nullable RuntimeException broken;

    /**
     * Sends the calls and takes the replies.
     *
     * @param wait the replicas to wait for on the same connection, or null; then all calls go to one server
     */
    Exchange(
            UnifiedJedis jedis,
            List<ScriptCall> calls,
            Function<ScriptCall, CommandObject<Object>> form,
            @Nullable Replicas wait) {
        try (AbstractPipeline pipeline = jedis.pipelined()) {
            calls.forEach(call -> sent.add(send(pipeline, call, form)));
            if (wait != null && broken == null) {
                replicas = pipeline.waitReplicas(
                        calls.get(0).key(), wait.count(), wait.timeout().toMillis());
            }
            pipeline.sync();
        } catch (RuntimeException failure) {
            broken = broken == null ? failure : broken;
        }
        while (sent.size() < calls.size()) {
            sent.add(new Sent(null, broken));
        }
    }

    /** After a connection broke, nothing more is sent: a connection made anew would answer in the wrong order. */
    private Sent send(AbstractPipeline pipeline, ScriptCall call, Function<ScriptCall, CommandObject<Object>> form) {
        if (broken != null) {
            return new Sent(null, broken);
        }
        try {
            return new Sent(pipeline.executeCommand(form.apply(call)), null);
        } catch (RuntimeException failure) {
            if (call.wasSent()) {
                broken = failure;
            }
            return new Sent(null, failure);
        }
    }

    /** Returns what came back for the call with this position. */
    Reply reply(int position) {
        Sent one = sent.get(position);
        if (one.response == null) {
            return new Reply(null, one.failure);
        }
        try {
            return new Reply(one.response.get(), null);
        } catch (JedisDataException error) {
            return new Reply(null, error);
        } catch (RuntimeException missing) {
            // a Cluster client keeps the failure to itself and leaves the response empty
            return new Reply(null, broken == null ? new JedisConnectionException("no reply came", missing) : broken);
        }
    }

    /** Returns whether the replicas that were asked for have the writes; false if that is not known. */
    boolean reached(@Nullable Replicas wait) {
        if (wait == null) {
            return true;
        }
        try {
            return replicas != null && replicas.get() >= wait.count();
        } catch (RuntimeException unknown) {
            return false;
        }
    }
}
