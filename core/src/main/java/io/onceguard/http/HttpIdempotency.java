package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.AttemptWork;
import io.onceguard.Fingerprint;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyKey;
import io.onceguard.IdempotentCall;
import io.onceguard.Work;
import io.onceguard.spi.TransactionBoundStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives an endpoint the behaviour of the {@code Idempotency-Key} header: the handler runs once per key, and every retry
 * gets the same response.
 *
 * <pre>{@code
 * HttpIdempotency idempotency = HttpIdempotency.of(
 *                 IdempotencyExecutor.atMostOnce("payments", HttpResponseData.codec(), store).build())
 *         .documentation(URI.create("https://example.com/docs/idempotency"))
 *         .build();
 *
 * HttpResponseData response = idempotency.handle(request, () -> payments.post(request));
 * }</pre>
 *
 * <p>A request is checked in this order, and the first rule that it breaks decides: method (others pass), key present and
 * well formed, key accepted, caller known, content usable, and only then the store is asked: same fingerprint, completed,
 * lease. Authenticate and authorise before, on replays too.
 *
 * <p>The guarantee is the executor's. An exception of the handler is a failure of the work, and the operation's failure
 * policy decides about the key, unless it is {@linkplain HttpIdempotencyBuilder#mapExceptions mapped} to a response that
 * is to be recorded. Give rules for keys to the builder and not to the executor, whose refusal is an
 * {@link IllegalArgumentException}.
 *
 * <p>Immutable and thread-safe; {@code handle} and {@code stream} block.
 */
public final class HttpIdempotency {

    private final IdempotencyExecutor<HttpResponseData> executor;
    private final Options options;

    /** Everything that the builder was told. */
    record Options(
            Set<String> methods,
            KeyRules keys,
            CallerIdentity caller,
            EndpointRule endpoints,
            HttpFingerprint fingerprint,
            AnswerRules answers,
            Refusals refusals,
            ExceptionMapper exceptions,
            String requestIdHeader) {}

    /** What the checks of a request came to: a refusal, or a call with or without a key. */
    private record Admission(
            @Nullable HttpResponseData refused, @Nullable IdempotencyKey key, HttpHeaders echo) {

        static Admission refused(HttpResponseData response) {
            return new Admission(response, null, HttpHeaders.none());
        }

        static Admission unguarded() {
            return new Admission(null, null, HttpHeaders.none());
        }
    }

    HttpIdempotency(IdempotencyExecutor<HttpResponseData> executor, Options options) {
        this.executor = executor;
        this.options = options;
    }

    /**
     * Begins the options of an endpoint, or of all endpoints that share an operation.
     *
     * @param executor the operation, with {@link HttpResponseData#codec()}
     * @return the builder
     */
    public static HttpIdempotencyBuilder of(IdempotencyExecutor<HttpResponseData> executor) {
        return new HttpIdempotencyBuilder(requireNonNull(executor, "executor"));
    }

    /**
     * Returns a view whose records are written in the caller's open transaction; see
     * {@link IdempotencyExecutor#using(TransactionBoundStore)}. Roll back when {@code handle} throws an
     * {@link io.onceguard.IdempotencyStoreException}, else commit before the response is sent.
     *
     * @param store a store that is bound to the transaction
     * @return the view, for one transaction
     */
    public HttpIdempotency using(TransactionBoundStore store) {
        return new HttpIdempotency(executor.using(store), options);
    }

    /** Returns what clients have to know of keys here, to be published. */
    public HttpPolicy policy() {
        List<String> methods = options.methods().stream().sorted().toList();
        KeyRules keys = options.keys();
        return new HttpPolicy(
                keys.headerNames(),
                methods,
                keys.form(),
                executor.retention(),
                options.refusals().documentation());
    }

    /**
     * Serves a request whose body is at hand.
     *
     * @param <X> the checked exception of the handler
     * @param request the request
     * @param next the handler; not run on a replay or a refusal
     * @return the response to send
     * @throws X what the handler threw and no mapping turned into a response
     */
    public <X extends Exception> HttpResponseData handle(
            HttpRequestData request, Work<? extends HttpResponseData, ? extends X> next) throws X {
        return serve(request, next);
    }

    /** Like {@link #handle(HttpRequestData, Work)}; the handler is told of its attempt. */
    public <X extends Exception> HttpResponseData handle(
            HttpRequestData request, AttemptWork<? extends HttpResponseData, ? extends X> next) throws X {
        return serve(request, next);
    }

    /**
     * Serves a request whose handler streams. Its response passes through untouched; recorded are its status and headers,
     * so that a retry gets these, an empty body and a mark ({@link HttpIdempotencyBuilder#bodyNotKeptHeader}), and the
     * handler is not run again; or the key is freed ({@link HttpIdempotencyBuilder#freeUnkeptBodies}). Exceptions are not
     * mapped, because a part of the response may be on its way.
     *
     * @param <X> the checked exception of the handler
     * @param head the request without its body
     * @param fingerprint of the request, see {@link HttpFingerprint#start}
     * @param handler not run on a replay or a refusal
     * @return the response to send, or empty if the handler has sent its own
     * @throws X what the handler threw
     */
    public <X extends Exception> Optional<HttpResponseData> stream(
            HttpRequestData head, Fingerprint fingerprint, StreamingHandler<? extends X> handler) throws X {
        requireNonNull(handler, "handler");
        Admission admission = admit(head);
        HttpResponseData refused = admission.refused();
        if (refused != null) {
            return Optional.of(refused);
        }
        boolean keyed = admission.key() != null;
        HttpCall<X> call = new HttpCall<>(options, head, admission.echo(), true);
        HttpResponseData response = call.answer(
                executor,
                call(admission, head, requireNonNull(fingerprint, "fingerprint")),
                attempt -> handler.stream(attempt, keyed ? call.added(attempt.originId()) : HttpHeaders.none()));
        return call.ran() ? Optional.empty() : Optional.of(response);
    }

    private <X extends Exception> HttpResponseData serve(
            HttpRequestData request, AttemptWork<? extends HttpResponseData, ? extends X> next) throws X {
        requireNonNull(next, "next");
        Admission admission = admit(request);
        HttpResponseData refused = admission.refused();
        if (refused != null) {
            return refused;
        }
        Fingerprint fingerprint = Fingerprint.none();
        if (admission.key() != null) {
            try {
                fingerprint = options.fingerprint().of(request);
            } catch (UnusableBodyException unusable) {
                return refuse(unusable, request);
            }
        }
        HttpCall<X> call = new HttpCall<>(options, request, admission.echo(), false);
        return call.answer(executor, call(admission, request, fingerprint), next);
    }

    /**
     * Returns the refusal of a body that no fingerprint can be taken of; for handlers that {@linkplain #stream stream}.
     *
     * @param unusable what {@link HttpBodyDigest} threw
     * @param head the request
     * @return the response to send
     */
    public HttpResponseData refuse(UnusableBodyException unusable, HttpRequestData head) {
        return options.refusals().respond(head, unusable.refusal(), unusable.reason());
    }

    private IdempotentCall call(Admission admission, HttpRequestData request, Fingerprint fingerprint) {
        IdempotencyKey key = admission.key();
        IdempotentCall call = key == null ? IdempotentCall.unkeyed() : IdempotentCall.of(key, fingerprint);
        String requestId = request.headers().first(options.requestIdHeader());
        boolean usable = requestId != null && requestId.matches("[\\x21-\\x7E]{1,255}");
        return usable ? call.originId(requireNonNull(requestId)) : call;
    }

    private Admission admit(HttpRequestData request) {
        if (!options.methods().contains(request.method())) {
            return Admission.unguarded();
        }
        KeyRules keys = options.keys();
        String name = keys.presentName(request);
        if (name == null) {
            return keys.required()
                    ? refused(request, HttpRefusal.MISSING_KEY, "This operation needs an idempotency key.")
                    : Admission.unguarded();
        }
        List<String> values = request.headers().values(name);
        IdempotencyKeyHeader header = keys.parse(values);
        if (header instanceof IdempotencyKeyHeader.Malformed malformed) {
            return refused(request, HttpRefusal.INVALID_KEY, "The key is malformed: " + malformed.reason() + ".");
        }
        String key = ((IdempotencyKeyHeader.Present) header).key();
        KeyRules.Violation violation = keys.violation(key);
        if (violation != null) {
            return refused(request, violation.refusal(), "The key breaks a rule: " + violation.rule() + ".");
        }
        return scoped(request, keys.canonical(key), HttpHeaders.none().with(name, values.get(0)));
    }

    private Admission scoped(HttpRequestData request, String key, HttpHeaders echo) {
        try {
            IdempotencyKey accepted = IdempotencyKey.unscoped(key);
            requireNonNull(accepted, "key");
        } catch (IllegalArgumentException refused) {
            return refused(request, HttpRefusal.INVALID_KEY, "The key breaks a rule: " + refused.getMessage() + ".");
        }
        String caller = Scopes.ofCaller(options.caller(), request);
        if (caller == null) {
            return refused(request, HttpRefusal.UNKNOWN_CALLER, "The request does not say whom it comes from.");
        }
        String scope = options.endpoints() == EndpointRule.SEPARATE ? Scopes.ofEndpoint(caller, request) : caller;
        return new Admission(
                null, scope.isEmpty() ? IdempotencyKey.unscoped(key) : IdempotencyKey.of(scope, key), echo);
    }

    private Admission refused(HttpRequestData request, HttpRefusal refusal, String detail) {
        return Admission.refused(options.refusals().respond(request, refusal, detail));
    }
}
