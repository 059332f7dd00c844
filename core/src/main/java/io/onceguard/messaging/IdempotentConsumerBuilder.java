package io.onceguard.messaging;

import static java.util.Objects.requireNonNull;

import io.onceguard.BatchRunner;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyKey;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is to be known of messages. Fingerprint and handler have no default. Not thread-safe; the consumers it builds do
 * not change with it.
 *
 * <p>The extractors are asked once for each delivery, before anything else. What they throw says that the message is
 * invalid, so they should look at the message alone and call nobody.
 *
 * @param <M> the type of the messages
 * @param <C> what the handler is given beside the message
 * @param <T> the type of the results
 */
public final class IdempotentConsumerBuilder<M, C, T extends @Nullable Object> {

    private static final Duration LONGEST = Duration.ofDays(1);

    private final BatchRunner<T, C> runner;
    private final Function<? super M, IdempotencyKey> key;
    private @Nullable Function<? super M, Fingerprint> fingerprint;
    private Function<? super M, @Nullable String> originId = message -> null;
    private @Nullable ContextHandler<? super M, ? super C, ? extends T> handler;
    private int attemptLimit = Integer.MAX_VALUE;
    private RetryDelay retryDelay = new RetryDelay(Duration.ofSeconds(1), Duration.ofMinutes(1));

    IdempotentConsumerBuilder(BatchRunner<T, C> runner, Function<? super M, IdempotencyKey> key) {
        this.runner = runner;
        this.key = key;
    }

    /**
     * Takes the fingerprint of a message's content, so that a key that comes back with another content is found out.
     *
     * @param fingerprint for example {@code m -> Fingerprint.of(m.body())}; {@code m -> Fingerprint.none()} compares nothing
     * @return this builder
     */
    public IdempotentConsumerBuilder<M, C, T> fingerprint(Function<? super M, Fingerprint> fingerprint) {
        this.fingerprint = requireNonNull(fingerprint, "fingerprint");
        return this;
    }

    /**
     * Takes the id that is stored with the result, for example a correlation id. Default: generated.
     *
     * @param originId returns the id, or null to have one generated
     * @return this builder
     */
    public IdempotentConsumerBuilder<M, C, T> originId(Function<? super M, @Nullable String> originId) {
        this.originId = requireNonNull(originId, "originId");
        return this;
    }

    /**
     * Handles messages with a result that is recorded.
     *
     * @param handler the business code; replaces one that was given before
     * @return this builder
     */
    public IdempotentConsumerBuilder<M, C, T> handler(MessageHandler<? super M, ? extends T> handler) {
        requireNonNull(handler, "handler");
        return handler((message, context) -> handler.handle(message));
    }

    /** Like {@link #handler(MessageHandler)}; the handler is given its attempt, or the connection. */
    public IdempotentConsumerBuilder<M, C, T> handler(ContextHandler<? super M, ? super C, ? extends T> handler) {
        this.handler = requireNonNull(handler, "handler");
        return this;
    }

    /**
     * Handles messages without a result: the record only says that it was done.
     *
     * @param action the business code; replaces one that was given before
     * @return this builder
     */
    public IdempotentConsumerBuilder<M, C, T> action(MessageAction<? super M> action) {
        requireNonNull(action, "action");
        return action((message, context) -> action.handle(message));
    }

    /** Like {@link #action(MessageAction)}; the action is given its attempt, or the connection. */
    @SuppressWarnings("NullAway") // T of an action is a type that has null
    public IdempotentConsumerBuilder<M, C, T> action(ContextAction<? super M, ? super C> action) {
        requireNonNull(action, "action");
        return handler((message, context) -> {
            action.handle(message, context);
            return null;
        });
    }

    /**
     * How many attempts a message has, counted by its record, and so over restarts and over all consumers. When the last
     * one fails, and on every later delivery, the message is rejected and not handled. Attempts count that died, and those
     * that were claimed with a batch and never begun. To let a message be handled again, forget its key. Default: no limit.
     *
     * @param attempts at least 1
     * @return this builder
     * @throws IllegalArgumentException if the limit is below 1
     */
    public IdempotentConsumerBuilder<M, C, T> attemptLimit(int attempts) {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempt limit: at least 1, was " + attempts);
        }
        this.attemptLimit = attempts;
        return this;
    }

    /**
     * How long to wait before the next delivery when the handler or the store failed: first this long, and after each
     * attempt that failed twice as long as before. While somebody else works on the message, the delay is the rest of
     * their lease, and at most a second. Default: 1 s, at most 1 min.
     *
     * @param first 1 ms to 1 day
     * @param longest at least the first, at most 1 day
     * @return this builder
     * @throws IllegalArgumentException if a delay lies outside these limits
     */
    public IdempotentConsumerBuilder<M, C, T> retryDelay(Duration first, Duration longest) {
        checked("first delay", first, Duration.ofMillis(1));
        checked("longest delay", longest, first);
        this.retryDelay = new RetryDelay(first, longest);
        return this;
    }

    private static void checked(String name, Duration delay, Duration least) {
        if (delay.compareTo(least) < 0 || delay.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + ": " + least + " to " + LONGEST + ", was " + delay);
        }
    }

    /**
     * Builds the consumer.
     *
     * @return the consumer
     * @throws IllegalStateException if there is no fingerprint or no handler
     */
    public IdempotentConsumer<M> build() {
        if (fingerprint == null) {
            throw new IllegalStateException(
                    "no fingerprint: give fingerprint(..), or Fingerprint.none() to compare nothing");
        }
        if (handler == null) {
            throw new IllegalStateException("no handler: give handler(..) or action(..)");
        }
        Calls<M> calls = new Calls<>(key, fingerprint, originId);
        Verdicts verdicts = new Verdicts(attemptLimit, retryDelay);
        return new IdempotentConsumer<>(new Deliveries<>(runner, calls, handler, verdicts));
    }
}
