package io.onceguard.redis;

import static java.util.Objects.requireNonNull;

import io.onceguard.redis.Exchange.Reply;
import io.onceguard.spi.Answer;
import io.onceguard.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * Runs scripts: one at a time, or many in a pipeline, which a Cluster client splits by node. A server that does not
 * know a script has not run it, and gets it once more with its text.
 */
final class ScriptRunner {

    /** Calls in a pipeline: their replies wait in the server's memory until all are sent. */
    static final int PIPELINE = 500;

    private final UnifiedJedis jedis;

    ScriptRunner(UnifiedJedis jedis) {
        this.jedis = jedis;
    }

    /**
     * A reply of the server.
     *
     * @param value the reply
     * @param replicated whether the replicas that were asked for have the write
     */
    record Answered(Object value, boolean replicated) {}

    /** Runs one script, and returns its reply, which is null if there is no record to find. */
    @Nullable
    Object run(ScriptCall call) {
        try {
            try {
                return jedis.executeCommand(call.byDigest());
            } catch (JedisNoScriptException unknown) {
                call.notRun();
                return jedis.executeCommand(call.byText());
            }
        } catch (RuntimeException failure) {
            throw call.failed(failure);
        }
    }

    /** Runs one script that returns something, and waits for replicas, if that is asked for. */
    Answered run(ScriptCall call, @Nullable Replicas wait) {
        return wait == null
                ? new Answered(requireNonNull(run(call)), true)
                : together(List.of(call), wait).get(0).orElseThrow();
    }

    /** Runs all scripts in pipelines, and waits for replicas, if that is asked for. */
    List<Answer<Answered>> runAll(List<ScriptCall> calls, @Nullable Replicas wait) {
        // WAIT counts for one connection: where records are spread over servers, each call waits for itself
        int most = wait != null && Nodes.areMany(jedis) ? 1 : PIPELINE;
        List<Answer<Answered>> answers = new ArrayList<>(calls.size());
        for (int start = 0; start < calls.size(); start += most) {
            answers.addAll(together(calls.subList(start, Math.min(calls.size(), start + most)), wait));
        }
        return answers;
    }

    private List<Answer<Answered>> together(List<ScriptCall> calls, @Nullable Replicas wait) {
        Exchange known = new Exchange(jedis, calls, ScriptCall::byDigest, wait);
        List<ScriptCall> again = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            if (known.reply(i).failure() instanceof JedisNoScriptException) {
                calls.get(i).notRun();
                again.add(calls.get(i));
            }
        }
        Exchange brought = again.isEmpty() ? known : new Exchange(jedis, again, ScriptCall::byText, wait);
        List<Answer<Answered>> answers = new ArrayList<>(calls.size());
        int next = 0;
        for (int i = 0; i < calls.size(); i++) {
            boolean first = next == again.size() || calls.get(i) != again.get(next);
            answers.add(
                    first
                            ? answer(calls.get(i), known.reply(i), known, wait)
                            : answer(calls.get(i), brought.reply(next++), brought, wait));
        }
        return answers;
    }

    private Answer<Answered> answer(ScriptCall call, Reply reply, Exchange exchange, @Nullable Replicas wait) {
        try {
            if (reply.failure() instanceof JedisRedirectionException) {
                return Answer.of(redirected(call, wait));
            }
            return reply.failure() == null
                    ? Answer.of(new Answered(requireNonNull(reply.value()), exchange.reached(wait)))
                    : Answer.failed(call.failed(reply.failure()));
        } catch (StoreException failure) {
            return Answer.failed(failure);
        }
    }

    /**
     * A pipeline follows no slot that moved; a single command does, and makes the client look for the new place. The
     * verbs that wait for replicas can be repeated, and a slot on its way from node to node has no replicas to ask.
     */
    private Answered redirected(ScriptCall call, @Nullable Replicas wait) {
        call.notRun();
        Answered answered = new Answered(requireNonNull(run(call)), wait == null);
        if (wait == null) {
            return answered;
        }
        Exchange repeated = new Exchange(jedis, List.of(call), ScriptCall::byDigest, wait);
        Reply reply = repeated.reply(0);
        return reply.failure() == null ? new Answered(requireNonNull(reply.value()), repeated.reached(wait)) : answered;
    }
}
