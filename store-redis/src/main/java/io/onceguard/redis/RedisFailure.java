package io.onceguard.redis;

import io.onceguard.spi.StoreException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What an error of the server means. The only place where errors are classified; the code decides with which an error
 * begins, or which an older server hands through from within a script.
 *
 * <p>An error reply says that nothing was applied: each script writes once, as the last thing that it does. A lost
 * connection says nothing, if the command had been sent.
 */
enum RedisFailure {
    UNREADABLE("what is stored there is not a record of this version, or is damaged"),
    WRONGTYPE("what is stored there is not a record: the key holds another type"),
    OOM("the server has no memory left for it (maxmemory)"),
    LOADING("the server is loading its data and does not answer yet"),
    READONLY("the server is a replica: connect to the primary"),
    NOREPLICAS("the server has too few replicas to take writes"),
    MISCONF("the server takes no writes because it cannot save its data"),
    MASTERDOWN("the server is a replica that lost its primary"),
    CLUSTERDOWN("the cluster is down, or nobody serves this slot"),
    TRYAGAIN("the slot is being moved"),
    MOVED("the slot was moved again and again"),
    ASK("the slot is being moved"),
    BUSY("the server is busy with a script of somebody else"),
    WRONGPASS("wrong user or password"),
    NOAUTH("the server wants a password"),
    NOPERM("the user lacks a permission; the package documentation lists what is needed"),
    ERR("the server refused it");

    private static final Pattern CODE = Pattern.compile(
            "(?:^|[ -])(" + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining("|")) + ")(?= |$)");

    /** How 7.0 says that a user lacks a permission within a script; it has no code of its own. */
    private static final String NOPERM_IN_SCRIPT = "The user executing the script can't run this command";

    private final String meaning;

    RedisFailure(String meaning) {
        this.meaning = meaning;
    }

    String message() {
        return meaning + ", nothing was applied";
    }

    static RedisFailure of(JedisDataException reply) {
        String text = String.valueOf(reply.getMessage());
        if (text.contains(NOPERM_IN_SCRIPT)) {
            return NOPERM;
        }
        Matcher codes = CODE.matcher(text);
        RedisFailure found = ERR;
        while (found == ERR && codes.find()) {
            found = valueOf(codes.group(1));
        }
        return found;
    }

    /**
     * The exception for a step that failed.
     *
     * @param step the verb
     * @param failure what the client threw
     * @param sent how often the command was handed to a connection and no reply is known
     */
    static StoreException exception(String step, RuntimeException failure, int sent) {
        restoreInterrupt(failure);
        if (failure instanceof JedisDataException reply) {
            boolean ambiguous = sent > 1;
            RedisFailure kind = of(reply);
            String message = "Redis: " + step + " failed with " + kind + ": " + kind.meaning
                    + (ambiguous ? ", and may have been applied" : ", nothing was applied");
            return new StoreException(message, ambiguous, discreet(kind, reply));
        }
        String message =
                "Redis: " + step + " failed, " + (sent > 0 ? "and may have been applied" : "nothing was applied");
        return new StoreException(message, sent > 0, failure);
    }

    /** The cause without its text: some errors repeat the arguments of the command, and with them the client's key. */
    private static JedisDataException discreet(RedisFailure kind, JedisDataException reply) {
        JedisDataException redacted = new JedisDataException(kind + " (message withheld)");
        redacted.setStackTrace(reply.getStackTrace());
        return redacted;
    }

    /** A thread that is interrupted while it waits for a connection of the pool keeps its flag. */
    private static void restoreInterrupt(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
