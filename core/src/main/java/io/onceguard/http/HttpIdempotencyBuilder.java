package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.IdempotencyExecutor;
import io.onceguard.KeyPolicy;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@link HttpIdempotency}. Each method refuses nonsense at once. Not thread-safe; what it builds does not
 * change with it.
 *
 * <p>The {@linkplain io.onceguard.http package's page} has a table of other systems' options and how to get them here.
 */
public final class HttpIdempotencyBuilder {

    /** 4 MiB, the executor's default limit of results, less what its envelope and an origin id may take. */
    private static final int DEFAULT_MAX_STORED_BYTES = (4 << 20) - (4 << 10);

    /** RFC 9110, section 9.2.1. */
    private static final List<String> SAFE_METHODS = List.of("GET", "HEAD", "OPTIONS", "TRACE");

    private final IdempotencyExecutor<HttpResponseData> executor;
    private final Map<HttpRefusal, Integer> statuses = new EnumMap<>(HttpRefusal.class);
    private final Map<HttpRefusal, RefusalResponse> responses = new EnumMap<>(HttpRefusal.class);

    private Set<String> methods = Set.of("POST", "PATCH");
    private List<String> headerNames = List.of(IdempotencyKeyHeader.NAME, "X-Idempotency-Key");
    private boolean required = true;
    private boolean strict;
    private boolean uuidOnly;
    private @Nullable KeyPolicy keyPolicy;
    private CallerIdentity caller = CallerIdentity.authorization();
    private EndpointRule endpoints = EndpointRule.MISMATCH;
    private HttpFingerprint fingerprint = HttpFingerprint.raw();
    private RecordingRule recording = RecordingRule.stripe();
    private Set<String> notReplayed = Set.of("Set-Cookie", "Authorization", "Date");
    private int maxStoredBytes = DEFAULT_MAX_STORED_BYTES;
    private boolean freeUnkept;
    private String replayed = "Idempotent-Replayed";
    private String originalRequest = "Original-Request";
    private String bodyNotKept = "Idempotent-Body-Not-Kept";
    private String requestId = "X-Request-Id";
    private String policy = "Idempotency-Policy";
    private String persistFor = "Idempotency-Persist-For-Seconds";
    private ExceptionMapper exceptions = failure -> null;
    private @Nullable URI documentation;
    private boolean undocumented;

    HttpIdempotencyBuilder(IdempotencyExecutor<HttpResponseData> executor) {
        this.executor = executor;
    }

    /**
     * Says for which methods keys are looked at; default POST and PATCH. Others pass, and the store is not called. GET,
     * HEAD, OPTIONS and TRACE are refused: they change nothing, so that there is nothing to protect.
     */
    public HttpIdempotencyBuilder methods(String... methods) {
        Set<String> chosen = Set.of(checkedNames("methods", methods));
        if (chosen.stream().anyMatch(SAFE_METHODS::contains)) {
            throw new IllegalArgumentException("methods: none of " + SAFE_METHODS + ", were " + chosen);
        }
        this.methods = chosen;
        return this;
    }

    /**
     * Names the field with the key; the first one that a request has counts. Default: {@code Idempotency-Key}, then
     * {@code X-Idempotency-Key}.
     */
    public HttpIdempotencyBuilder headerNames(String... names) {
        this.headerNames = List.of(checkedNames("header names", names));
        return this;
    }

    /** Lets requests without a key pass, unprotected. Default: they are refused. A malformed key is always refused. */
    public HttpIdempotencyBuilder keyOptional() {
        this.required = false;
        return this;
    }

    /** Accepts keys in quotes only, see {@link IdempotencyKeyHeader}. Default: without quotes, too. */
    public HttpIdempotencyBuilder strictKeys() {
        this.strict = true;
        return this;
    }

    /** Accepts canonical UUIDs only, in either case, which count as the same key. Default: any key. */
    public HttpIdempotencyBuilder uuidKeysOnly() {
        this.uuidOnly = true;
        return this;
    }

    /** Gives a further rule for keys. Default: 1 to 255 code points, no control characters, not blank. */
    public HttpIdempotencyBuilder keyPolicy(KeyPolicy policy) {
        this.keyPolicy = requireNonNull(policy, "policy");
        return this;
    }

    /** Says to whom a key belongs. Default: {@link CallerIdentity#authorization()}. */
    public HttpIdempotencyBuilder caller(CallerIdentity caller) {
        this.caller = requireNonNull(caller, "caller");
        return this;
    }

    /** Says what a key is at another endpoint of this operation. Default: {@link EndpointRule#MISMATCH}. */
    public HttpIdempotencyBuilder endpoints(EndpointRule rule) {
        this.endpoints = requireNonNull(rule, "rule");
        return this;
    }

    /** Says what makes two requests the same, and limits their bodies. Default: {@link HttpFingerprint#raw()}. */
    public HttpIdempotencyBuilder fingerprint(HttpFingerprint fingerprint) {
        this.fingerprint = requireNonNull(fingerprint, "fingerprint");
        return this;
    }

    /** Says which responses are recorded. Default: {@link RecordingRule#stripe()}. */
    public HttpIdempotencyBuilder record(RecordingRule rule) {
        this.recording = requireNonNull(rule, "rule");
        return this;
    }

    /**
     * Names the fields by which a handler's response decides for itself; they never reach the client.
     *
     * @param policy the field whose value {@code no-store}, in any case, frees the key; default
     *     {@code Idempotency-Policy}
     * @param persistForSeconds the field with a retention in whole seconds, 1 to ten years; any other value is ignored;
     *     default {@code Idempotency-Persist-For-Seconds}
     * @return this
     */
    public HttpIdempotencyBuilder directives(String policy, String persistForSeconds) {
        this.policy = checkedName("policy", policy);
        this.persistFor = checkedName("persistForSeconds", persistForSeconds);
        return this;
    }

    /** Names the field that marks replays with {@code true}. Default: {@code Idempotent-Replayed}. */
    public HttpIdempotencyBuilder replayedHeader(String name) {
        this.replayed = checkedName("replayed header", name);
        return this;
    }

    /** Names the field with the id of the request that the response is of. Default: {@code Original-Request}. */
    public HttpIdempotencyBuilder originalRequestHeader(String name) {
        this.originalRequest = checkedName("original request header", name);
        return this;
    }

    /** Names the field that marks replays without the body that there was. Default: {@code Idempotent-Body-Not-Kept}. */
    public HttpIdempotencyBuilder bodyNotKeptHeader(String name) {
        this.bodyNotKept = checkedName("body not kept header", name);
        return this;
    }

    /**
     * Names the field of requests with their id: 1 to 255 characters {@code 0x21} to {@code 0x7E}, else it is ignored
     * and an id is made. Default: {@code X-Request-Id}.
     */
    public HttpIdempotencyBuilder requestIdHeader(String name) {
        this.requestId = checkedName("request id header", name);
        return this;
    }

    /**
     * Names fields of responses that are sent first and neither stored nor replayed, besides those that belong to one
     * connection (RFC 9110, section 7.6.1). Default: {@code Set-Cookie}, {@code Authorization}, {@code Date}.
     */
    public HttpIdempotencyBuilder doNotReplay(String... names) {
        this.notReplayed = names.length == 0 ? Set.of() : Set.of(checkedNames("header names", names));
        return this;
    }

    /**
     * Limits what is stored of a response, before compression: its body, and of each header line three bytes for a
     * character and 8 more. Of a larger one the status and the headers are stored, and the handler is not run again. Default: 4 MiB less 4 KiB; give the executor a {@code maxResultBytes} that is 4 KiB
     * more.
     *
     * @param bytes at least 0
     * @return this
     */
    public HttpIdempotencyBuilder maxStoredBytes(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("max stored bytes: at least 0, was " + bytes);
        }
        this.maxStoredBytes = bytes;
        return this;
    }

    /** Frees the key after a response that is too large or streamed, so that a retry runs the handler again. */
    public HttpIdempotencyBuilder freeUnkeptBodies() {
        this.freeUnkept = true;
        return this;
    }

    /** Gives a refusal another status, 400 to 599: {@code status(IN_PROGRESS, 429)}. */
    public HttpIdempotencyBuilder status(HttpRefusal refusal, int status) {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status: 400..599, was " + status);
        }
        statuses.put(requireNonNull(refusal, "refusal"), status);
        return this;
    }

    /** Gives a refusal another response. Default: {@link HttpProblem#toResponse()}. */
    public HttpIdempotencyBuilder onRefusal(HttpRefusal refusal, RefusalResponse response) {
        responses.put(requireNonNull(refusal, "refusal"), requireNonNull(response, "response"));
        return this;
    }

    /**
     * Turns exceptions of handlers into responses. If the response is to be recorded, it is replayed like any other;
     * else the operation's failure policy decides about the key. Exceptions of this library reach the server, except
     * {@link io.onceguard.RecordedFailureException}; so does {@link InterruptedException}. Default: none is mapped.
     */
    public HttpIdempotencyBuilder mapExceptions(ExceptionMapper mapper) {
        this.exceptions = requireNonNull(mapper, "mapper");
        return this;
    }

    /**
     * Links the page that tells clients how keys work here: form, retention, methods. The draft requires one, so either
     * this or {@link #withoutDocumentation} must be called.
     *
     * @param page an absolute URI without a fragment; it stands in every refusal
     * @return this
     */
    public HttpIdempotencyBuilder documentation(URI page) {
        if (!page.isAbsolute() || page.getRawFragment() != null) {
            throw new IllegalArgumentException("documentation: an absolute URI without a fragment, was " + page);
        }
        this.documentation = page;
        return this;
    }

    /** Declares that there is no such page. */
    public HttpIdempotencyBuilder withoutDocumentation() {
        this.undocumented = true;
        return this;
    }

    /**
     * Builds the endpoint's behaviour.
     *
     * @return what handles requests
     * @throws IllegalStateException if nothing was said of the documentation
     */
    public HttpIdempotency build() {
        if (documentation == null && !undocumented) {
            throw new IllegalStateException("documentation(uri), or withoutDocumentation(), must be called");
        }
        AnswerRules answers = new AnswerRules(
                recording,
                notReplayed,
                new AnswerRules.Names(replayed, originalRequest, bodyNotKept, policy, persistFor),
                new AnswerRules.Limit(maxStoredBytes, freeUnkept));
        HttpIdempotency.Options options = new HttpIdempotency.Options(
                methods,
                new KeyRules(headerNames, required, strict, uuidOnly, keyPolicy),
                caller,
                endpoints,
                fingerprint,
                answers,
                new Refusals(statuses, responses, documentation),
                exceptions,
                requestId);
        return new HttpIdempotency(executor, options);
    }

    private static String[] checkedNames(String what, String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException(what + ": at least one");
        }
        for (String name : names) {
            checkedName(what, name);
        }
        return names;
    }

    /** A token (RFC 9110, section 5.6.2), as names of methods and fields are. */
    private static String checkedName(String what, String name) {
        if (!requireNonNull(name, what).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw new IllegalArgumentException(what + ": a token is expected, was '" + name + "'");
        }
        return name;
    }
}
