package io.onceguard.redis;

import io.onceguard.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;

/** One script on one record, and how often it was handed to a connection. Used by one thread. */
final class ScriptCall {

    private static final byte[] ONE_KEY = {'1'};

    private final Script script;
    private final byte[] key;
    private final List<byte[]> arguments;
    private int sent;

    ScriptCall(Script script, byte[] key, List<byte[]> arguments) {
        this.script = script;
        this.key = key;
        this.arguments = arguments;
    }

    /** The same call, not sent yet, with one more argument. */
    ScriptCall with(byte[] argument) {
        List<byte[]> more = new ArrayList<>(arguments);
        more.add(argument);
        return new ScriptCall(script, key, more);
    }

    byte[] key() {
        return key;
    }

    /** The command that names the script by its digest. */
    CommandObject<Object> byDigest() {
        return command(Command.EVALSHA, script.digest());
    }

    /** The command that brings the script with it, and leaves it with the server. */
    CommandObject<Object> byText() {
        return command(Command.EVAL, script.text());
    }

    private CommandObject<Object> command(Command command, byte[] what) {
        CommandArguments all = new CommandArguments(command)
                .add(new Shared(what))
                .add(new Noted())
                .key(key);
        for (byte[] argument : arguments) {
            all.add(new Shared(argument));
        }
        return new CommandObject<>(all, BuilderFactory.RAW_OBJECT);
    }

    /** Bytes that nobody changes; the client would copy an array. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Shared(byte[] bytes) implements Rawable {
        @Override
        public byte[] getRaw() {
            return bytes;
        }
    }

    /**
     * The number of keys, an argument that notes when it is written to a connection. The client tells a failure to
     * connect from a lost reply by no other means, and a step is known not to have been applied only if it was never
     * sent.
     */
    private final class Noted implements Rawable {
        @Override
        public byte[] getRaw() {
            sent++;
            return ONE_KEY;
        }
    }

    /** The server answered that it did not run the script: what was sent until now counts for nothing. */
    void notRun() {
        sent = 0;
    }

    boolean wasSent() {
        return sent > 0;
    }

    /** Whether a copy of this call may have been applied before the one that was answered: the client sent it again. */
    boolean wasRepeated() {
        return sent > 1;
    }

    StoreException failed(RuntimeException failure) {
        return RedisFailure.exception(script.verb(), failure, sent);
    }
}
