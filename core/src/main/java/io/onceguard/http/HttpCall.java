package io.onceguard.http;

import static java.util.Objects.requireNonNull;

import io.onceguard.Attempt;
import io.onceguard.AttemptWork;
import io.onceguard.IdempotencyException;
import io.onceguard.IdempotencyExecutor;
import io.onceguard.IdempotencyStoreException;
import io.onceguard.IdempotentCall;
import io.onceguard.Outcome;
import io.onceguard.RecordedFailureException;
import io.onceguard.TransactionConflictException;
import io.onceguard.UnreadableResultException;
import io.onceguard.UnresolvedReason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One admitted request. What is stored and what is sent first differ (directives, headers that are not replayed, large
 * bodies), so the handler's own response is kept here for its caller. Used by one thread.
 */
final class HttpCall<X extends Exception> {

    private final HttpIdempotency.Options options;
    private final HttpRequestData request;
    private final HttpHeaders echo;
    private final boolean streams;

    private boolean started;
    private @Nullable HttpResponseData sent;

    HttpCall(HttpIdempotency.Options options, HttpRequestData request, HttpHeaders echo, boolean streams) {
        this.options = options;
        this.request = request;
        this.echo = echo;
        this.streams = streams;
    }

    /** Whether the handler has returned a response of its own to this request. */
    boolean ran() {
        return sent != null;
    }

    /** Returns what first answer and replay have in addition: the request's key, and whose response it is. */
    HttpHeaders added(String originId) {
        return echo.with(options.answers().names().originalRequest(), originId);
    }

    HttpResponseData answer(
            IdempotencyExecutor<HttpResponseData> executor,
            IdempotentCall call,
            AttemptWork<? extends HttpResponseData, ? extends X> next)
            throws X {
        Outcome<HttpResponseData> outcome;
        try {
            outcome = executor.execute(call, (Attempt attempt) -> run(attempt, next));
        } catch (Exception failure) {
            HttpResponseData response = responseTo(failure);
            if (response == null) {
                throw failure;
            }
            return response;
        }
        return outcome.fold(
                this::executed,
                this::replayed,
                inProgress -> inProgress(inProgress.retryAfter()),
                mismatch -> refuse(HttpRefusal.KEY_REUSED, "This key was used for another request."),
                unresolved -> unresolved(unresolved.reason()));
    }

    private HttpResponseData run(Attempt attempt, AttemptWork<? extends HttpResponseData, ? extends X> next) throws X {
        started = true;
        HttpResponseData response;
        try {
            response = requireNonNull(next.run(attempt), "the handler's response");
        } catch (Exception failure) {
            HttpResponseData mapped = mapped(failure);
            if (mapped == null || !options.answers().records(request, mapped)) {
                throw failure; // what becomes of the key is for the operation's failure policy to say
            }
            response = mapped;
        }
        sent = response;
        return options.answers().toStore(request, response, streams, attempt);
    }

    private HttpResponseData executed(Outcome.Executed<HttpResponseData> executed) {
        HttpResponseData own = sent;
        HttpResponseData response = own != null ? own : executed.value(); // a reconciler's, if the handler did not run
        return completed(response, executed.originId(), false);
    }

    private HttpResponseData replayed(Outcome.Replayed<HttpResponseData> replayed) {
        return completed(replayed.value(), replayed.originId(), true);
    }

    /** Of what the handler returned, a reconciler found or an operator set, the directives are still there. */
    private HttpResponseData completed(HttpResponseData given, String originId, boolean replay) {
        HttpResponseData response = options.answers().withoutDirectives(given);
        if (echo.lines().isEmpty()) {
            return response; // without a key there is nothing to say
        }
        AnswerRules.Names names = options.answers().names();
        HttpHeaders headers = response.headers();
        for (HttpHeaders.Line line : added(originId).lines()) {
            headers = headers.withOnly(line.name(), line.value());
        }
        return response.with(
                replay ? headers.withOnly(names.replayed(), "true") : headers.without(List.of(names.replayed())));
    }

    private HttpResponseData inProgress(Duration retryAfter) {
        long seconds = Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds());
        return options.refusals()
                .respond(request, HttpRefusal.IN_PROGRESS, "The first request is being worked on. Ask again.", seconds);
    }

    private HttpResponseData unresolved(UnresolvedReason reason) {
        if (reason != UnresolvedReason.RESULT_NOT_KEPT) {
            return refuse(
                    HttpRefusal.OUTCOME_UNKNOWN,
                    "The request was begun before, and it will not be run again by itself.");
        }
        HttpResponseData done = refuse(HttpRefusal.RESULT_NOT_KEPT, "The request was done before.");
        String marker = options.answers().names().bodyNotKept();
        return done.with(done.headers().withOnly(marker, "true"));
    }

    private HttpResponseData refuse(HttpRefusal refusal, String detail) {
        return options.refusals().respond(request, refusal, detail);
    }

    /** Null if the exception is the server's to deal with. */
    private @Nullable HttpResponseData responseTo(Exception failure) {
        if (!started && failure instanceof UnreadableResultException) {
            return refuse(HttpRefusal.UNREADABLE_RESULT, "The request was done before.");
        }
        boolean conflict = failure instanceof TransactionConflictException; // the whole transaction is to be run again
        if (!started && failure instanceof IdempotencyStoreException && !conflict) {
            return refuse(HttpRefusal.STORE_UNAVAILABLE, "Nothing was done. Ask again.");
        }
        HttpResponseData mapped = mapped(failure);
        return mapped == null ? null : options.answers().withoutDirectives(mapped);
    }

    /** Failures of the library other than recorded ones say what a transaction has to do, and are not mapped. */
    private @Nullable HttpResponseData mapped(Exception failure) {
        boolean ours = failure instanceof IdempotencyException && !(failure instanceof RecordedFailureException);
        if (ours || streams || failure instanceof InterruptedException) {
            return null;
        }
        try {
            return options.exceptions().responseTo(failure);
        } catch (RuntimeException fault) {
            if (fault != failure) {
                failure.addSuppressed(fault); // the failure is what the server is to hear of
            }
            return null;
        }
    }
}
