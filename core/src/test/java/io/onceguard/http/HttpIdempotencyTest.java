package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.payment;
import static io.onceguard.http.HttpScene.post;
import static io.onceguard.http.HttpScene.response;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.FailurePolicy;
import io.onceguard.Reconciliation;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** First answers, replays and refusals. */
class HttpIdempotencyTest {

    private static final class CardDeclined extends RuntimeException {}

    private final HttpScene scene = new HttpScene();

    @Test
    void F07_H18_H21_mismatchChangesNothing() {
        HttpIdempotency payments = scene.endpoint().build();
        HttpResponseData first = payments.handle(post(keyed(KEY), "a"), scene.handler());
        for (int i = 0; i < 2; i++) {
            HttpResponseData refused = payments.handle(post(keyed(KEY), "b"), scene.handler());
            assertThat(refused.status()).isEqualTo(422);
            assertThat(body(refused))
                    .isEqualTo("{\"type\":\"https://example.com/docs/idempotency#key-reused\","
                            + "\"title\":\"Idempotency-Key is already used\",\"status\":422,\"code\":\"key-reused\","
                            + "\"detail\":\"This key was used for another request.\"}");
            assertThat(refused.headers().lines())
                    .extracting(HttpHeaders.Line::name)
                    .containsExactly("Content-Type", "Content-Language", "Link");
        }
        assertThat(payments.handle(post(keyed(KEY), "a"), scene.handler()).body())
                .isEqualTo(first.body());
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F07_H16_H19_H20_inProgress() {
        HttpIdempotency payments = scene.endpoint().build();
        HttpResponseData[] nested = new HttpResponseData[1];
        payments.handle(payment(), () -> {
            nested[0] = payments.handle(payment(), scene.handler());
            return response(201, "done");
        });

        assertThat(nested[0].status()).isEqualTo(409);
        assertThat(nested[0].headers().values("Retry-After")).containsExactly("1");
        assertThat(nested[0].headers().values("Content-Language")).containsExactly("en");
        assertThat(body(nested[0]))
                .contains(
                        "\"title\":\"A request is outstanding for this Idempotency-Key\"", "\"code\":\"in-progress\"");
        assertThat(scene.runs).hasValue(0);
    }

    @Test
    void F07_anotherRequestIsNeverToldToComeBack() {
        HttpIdempotency payments = scene.endpoint().build();
        HttpResponseData[] nested = new HttpResponseData[1];
        payments.handle(payment(), () -> {
            nested[0] = payments.handle(post(keyed(KEY), "another"), scene.handler());
            return response(201, "done");
        });
        assertThat(nested[0].status()).isEqualTo(422);
        assertThat(scene.runs).hasValue(0);
    }

    @Test
    void F07_H16_retryAfterIsAtLeastASecond() {
        HttpIdempotency payments = HttpIdempotency.of(
                        scene.atMostOnce().lease(Duration.ofMillis(200)).build())
                .withoutDocumentation()
                .build();
        HttpResponseData[] nested = new HttpResponseData[1];
        payments.handle(payment(), () -> {
            nested[0] = payments.handle(payment(), scene.handler());
            return response(201, "done");
        });
        assertThat(nested[0].headers().values("Retry-After")).containsExactly("1");
    }

    @Test
    void F07_429InsteadOf409() {
        HttpIdempotency payments = scene.with(options -> options.status(HttpRefusal.IN_PROGRESS, 429));
        HttpResponseData[] nested = new HttpResponseData[1];
        payments.handle(payment(), () -> {
            nested[0] = payments.handle(payment(), scene.handler());
            return response(201, "done");
        });

        assertThat(nested[0].status()).isEqualTo(429);
        assertThat(body(nested[0])).contains("\"status\":429");
        assertThat(nested[0].headers().values("Retry-After")).containsExactly("1");
    }

    @Test
    void F08_H14_H15_firstAnswerAndReplayAreTheSameBytes() {
        long seed = 8_000;
        HttpIdempotency payments = scene.endpoint().build();
        List<String> notReplayed = List.of("Set-Cookie");
        for (int i = 0; i < 10_000; i++) {
            HttpResponseData original = RandomResponses.response(new Random(seed + i), 200 + i % 400);
            HttpRequestData request = post(keyed("key-" + i).with("X-Request-Id", "req-" + i), "body");

            HttpResponseData first = payments.handle(request, scene.answering(original));
            HttpResponseData replay = payments.handle(request, scene.answering(original));

            assertThat(first.headers().without(List.of("Idempotency-Key", "Original-Request")))
                    .as("seed %d", seed + i)
                    .isEqualTo(original.headers());
            assertThat(first.body()).isEqualTo(original.body());
            assertThat(replay.headers())
                    .as("seed %d", seed + i)
                    .isEqualTo(first.headers().without(notReplayed).with("Idempotent-Replayed", "true"));
            assertThat(replay.status()).isEqualTo(first.status()).isEqualTo(original.status());
            assertThat(replay.body()).as("seed %d", seed + i).isEqualTo(first.body());
        }
        assertThat(scene.runs).hasValue(10_000);
    }

    @Test
    void F08_theMarkIsOnReplaysOnly() {
        HttpIdempotency payments = scene.with(options -> options.replayedHeader("Replayed"));
        HttpResponseData claims = response(200, "").with(HttpHeaders.none().with("replayed", "true"));

        assertThat(payments.handle(payment(), scene.answering(claims)).headers().values("Replayed"))
                .isEmpty();
        assertThat(payments.handle(payment(), scene.answering(claims)).headers().values("Replayed"))
                .containsExactly("true");
    }

    @Test
    void F09_keyAndOriginalRequestAreOnBoth() {
        HttpIdempotency payments =
                scene.with(options -> options.requestIdHeader("Trace").originalRequestHeader("Origin-Id"));
        HttpResponseData first = payments.handle(post(keyed(KEY).with("trace", "t-1"), ""), scene.handler());
        HttpResponseData replay = payments.handle(post(keyed(KEY).with("trace", "t-2"), ""), scene.handler());

        for (HttpResponseData response : List.of(first, replay)) {
            assertThat(response.headers().values("Origin-Id")).containsExactly("t-1");
            assertThat(response.headers().values("Idempotency-Key")).containsExactly(KEY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "f\u00fc", "\u0000"})
    void F09_anUnusableRequestIdIsReplaced(String requestId) {
        HttpResponseData first =
                scene.endpoint().build().handle(post(keyed(KEY).with("X-Request-Id", requestId), ""), scene.handler());
        assertThat(first.headers().first("Original-Request")).startsWith("req_");
    }

    @Test
    void F10_noStoreFreesTheKey() {
        HttpIdempotency payments = scene.endpoint().build();
        HttpHeaders directive = HttpHeaders.none().with("IDEMPOTENCY-policy", "private, No-Store");
        for (int run = 1; run <= 2; run++) {
            HttpResponseData first =
                    payments.handle(payment(), scene.answering(response(400, "").with(directive)));
            assertThat(scene.runs).hasValue(run);
            assertThat(first.headers().values("Idempotency-Policy")).isEmpty();
        }
    }

    @Test
    void F10_persistForSecondsIsObeyed() {
        HttpIdempotency payments =
                scene.with(options -> options.directives("X-Idempo-Policy", "X-Idempo-Persist-For-Seconds"));
        HttpResponseData brief = response(200, "").with(HttpHeaders.none().with("x-idempo-persist-for-seconds", "90"));
        payments.handle(payment(), scene.answering(brief));
        scene.watched.advance(Duration.ofSeconds(89));
        HttpResponseData replay = payments.handle(payment(), scene.answering(brief));
        assertThat(scene.runs).hasValue(1);
        assertThat(replay.headers().values("X-Idempo-Persist-For-Seconds")).isEmpty();
        scene.watched.advance(Duration.ofSeconds(1));
        HttpResponseData fresh = payments.handle(payment(), scene.answering(brief));
        assertThat(scene.runs).hasValue(2);
        assertThat(fresh.headers().values("X-Idempo-Persist-For-Seconds")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "soon", "", "99999999999999999999", "999999999"})
    void F10_anUnusableRetentionIsIgnored(String seconds) {
        HttpIdempotency payments = scene.endpoint().build();
        HttpResponseData response =
                response(200, "").with(HttpHeaders.none().with("Idempotency-Persist-For-Seconds", seconds));
        payments.handle(payment(), scene.answering(response));
        scene.watched.advance(Duration.ofHours(23));
        payments.handle(payment(), scene.answering(response));
        assertThat(scene.runs).hasValue(1);
        scene.watched.advance(Duration.ofHours(1));
        payments.handle(payment(), scene.answering(response));
        assertThat(scene.runs).hasValue(2);
    }

    @Test
    void F10_directivesDoNotReachClientsWithoutAKeyEither() {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::keyOptional);
        HttpResponseData response = response(200, "").with(HttpHeaders.none().with("Idempotency-Policy", "no-store"));
        assertThat(payments.handle(post(HttpHeaders.none(), ""), scene.answering(response))
                        .headers()
                        .lines())
                .isEmpty();
    }

    private boolean recorded(RecordingRule rule, HttpResponseData response) {
        HttpScene own = new HttpScene();
        HttpIdempotency payments = own.with(options -> options.record(rule));
        payments.handle(payment(), own.answering(response));
        payments.handle(payment(), own.answering(response));
        return own.runs.get() == 1;
    }

    @Test
    void F11_presets() {
        for (int status = 200; status < 600; status++) {
            HttpResponseData response = response(status, "");
            boolean idempo = status < 500 && status != 425 && status != 429;
            assertThat(recorded(RecordingRule.stripe(), response))
                    .as("stripe %d", status)
                    .isTrue();
            assertThat(recorded(RecordingRule.idempo(), response))
                    .as("idempo %d", status)
                    .isEqualTo(idempo);
        }
        HttpResponseData plain = response(200, "{}");
        assertThat(recorded(RecordingRule.jsonOnly(), plain)).isFalse();
        assertThat(recorded(RecordingRule.jsonOnly(), plain.with(HttpHeaders.none())))
                .isFalse();
        for (String type : List.of("application/json", "Application/JSON; charset=utf-8")) {
            HttpHeaders json = HttpHeaders.none().with("content-type", type);
            assertThat(recorded(RecordingRule.jsonOnly(), plain.with(json))).isTrue();
        }
        assertThat(recorded((request, response) -> response.status() == 202, response(202, "")))
                .isTrue();
        assertThat(recorded((request, response) -> response.status() == 202, response(200, "")))
                .isFalse();
    }

    @Test
    void F11_aRuleThatFailsDoesNotLetTheWorkRunAgain() {
        assertThat(recorded(
                        (request, response) -> {
                            throw new IllegalStateException("fault");
                        },
                        response(200, "")))
                .isTrue();
    }

    @Test
    void F12_aLargeBodyIsNotKeptAndTheWorkNotRunAgain() {
        HttpIdempotency payments = scene.with(options -> options.maxStoredBytes(1_000));
        HttpResponseData large = response(201, "x".repeat(1_000));
        large = large.with(large.headers().with("Content-Length", "1000").with("ETag", "e"));

        HttpResponseData first = payments.handle(payment(), scene.answering(large));
        HttpResponseData replay = payments.handle(payment(), scene.answering(large));

        assertThat(first.body()).hasSize(1_000);
        assertThat(first.headers().values("Idempotent-Body-Not-Kept")).isEmpty();
        assertThat(replay.status()).isEqualTo(201);
        assertThat(replay.body()).isEmpty();
        assertThat(replay.headers().values("Content-Length")).isEmpty();
        assertThat(replay.headers().values("ETag")).containsExactly("e");
        assertThat(replay.headers().values("Idempotent-Body-Not-Kept")).containsExactly("true");
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F12_byDefaultFourMebibytesFitTheExecutorsLimit() {
        HttpIdempotency payments = scene.endpoint().build();
        int limit = (4 << 20) - (4 << 10) - 4;
        HttpResponseData fits = new HttpResponseData(200, HttpHeaders.none(), new byte[limit]);
        HttpResponseData tooLarge = new HttpResponseData(200, HttpHeaders.none(), new byte[limit + 1]);
        HttpRequestData other = post(keyed("other"), "");
        for (int i = 0; i < 2; i++) {
            assertThat(payments.handle(payment(), scene.answering(fits)).body()).hasSize(limit);
        }
        payments.handle(other, scene.answering(tooLarge));
        assertThat(payments.handle(other, scene.answering(tooLarge)).body()).isEmpty();
        assertThat(scene.runs).hasValue(2);
    }

    @Test
    void F12_aLargeBodyFreesTheKeyIfWished() {
        HttpIdempotency payments =
                scene.with(options -> options.maxStoredBytes(10).freeUnkeptBodies());
        HttpResponseData large = response(201, "x".repeat(11));
        for (int run = 1; run <= 2; run++) {
            assertThat(payments.handle(payment(), scene.answering(large)).body())
                    .hasSize(11);
            assertThat(scene.runs).hasValue(run);
        }
    }

    @Test
    void F13_whatBelongsToOneConnectionOrOneCallerIsNotReplayed() {
        HttpIdempotency payments = scene.endpoint().build();
        HttpHeaders headers = HttpHeaders.none()
                .with("Connection", "keep-alive, X-Hop")
                .with("x-hop", "1")
                .with("Keep-Alive", "timeout=5")
                .with("Transfer-Encoding", "chunked")
                .with("Set-Cookie", "a=b")
                .with("set-cookie", "c=d")
                .with("Date", "Mon, 01 Jan 2026 00:00:00 GMT")
                .with("Vary", "a")
                .with("Vary", "b");
        HttpResponseData first =
                payments.handle(payment(), scene.answering(response(200, "").with(headers)));
        HttpResponseData replay =
                payments.handle(payment(), scene.answering(response(200, "").with(headers)));

        assertThat(first.headers().values("Set-Cookie")).containsExactly("a=b", "c=d");
        assertThat(replay.headers().lines())
                .extracting(HttpHeaders.Line::name)
                .containsExactly("Vary", "Vary", "Idempotency-Key", "Original-Request", "Idempotent-Replayed");
    }

    @Test
    void F13_theListIsAnOption() {
        HttpIdempotency payments = scene.with(options -> options.doNotReplay("X-Quota"));
        HttpHeaders headers = HttpHeaders.none().with("Set-Cookie", "a=b").with("x-quota", "9");
        payments.handle(payment(), scene.answering(response(200, "").with(headers)));
        HttpResponseData replay =
                payments.handle(payment(), scene.answering(response(200, "").with(headers)));
        assertThat(replay.headers().values("Set-Cookie")).containsExactly("a=b");
        assertThat(replay.headers().values("X-Quota")).isEmpty();
    }

    @Test
    void F14_jsonModeTakesAnotherOrderForTheSameRequest() {
        HttpIdempotency payments = scene.with(options -> options.fingerprint(HttpFingerprint.json()));
        payments.handle(post(keyed(KEY), "{\"a\":1,\"b\":2}"), scene.handler());
        assertThat(body(payments.handle(post(keyed(KEY), "{ \"b\":2, \"a\":1 }"), scene.handler())))
                .isEqualTo("run 1");
        assertThat(payments.handle(post(keyed(KEY), "{\"a\":1.0,\"b\":2}"), scene.handler())
                        .status())
                .isEqualTo(422);
    }

    @Test
    void F17_anExceptionIsMappedAndRecordedLikeAResponse() {
        HttpIdempotency payments = scene.with(options ->
                options.mapExceptions(failure -> failure instanceof CardDeclined ? response(402, "declined") : null));
        for (int i = 0; i < 2; i++) {
            HttpResponseData response = payments.handle(payment(), () -> {
                scene.runs.incrementAndGet();
                throw new CardDeclined();
            });
            assertThat(response.status()).isEqualTo(402);
            assertThat(body(response)).isEqualTo("declined");
            assertThat(response.headers().values("Idempotent-Replayed")).hasSize(i);
        }
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F17_ifItsResponseIsNotToBeRecordedTheFailurePolicyDecides() {
        for (FailurePolicy policy : List.of(FailurePolicy.RELEASE, FailurePolicy.HOLD)) {
            HttpScene own = new HttpScene();
            HttpIdempotency payments = HttpIdempotency.of(own.atMostOnce()
                            .onFailure(CardDeclined.class, policy)
                            .build())
                    .withoutDocumentation()
                    .record(RecordingRule.idempo())
                    .mapExceptions(failure -> response(500, "mapped"))
                    .build();
            HttpResponseData first = payments.handle(payment(), () -> {
                throw new CardDeclined();
            });
            HttpResponseData second = payments.handle(payment(), own.handler());
            assertThat(first.status()).isEqualTo(500);
            assertThat(second.status()).isEqualTo(policy == FailurePolicy.RELEASE ? 201 : 409);
        }
    }

    @Test
    void F17_aMapperThatFailsDoesNotHideTheFailure() {
        IllegalStateException fault = new IllegalStateException("fault");
        HttpIdempotency payments = scene.with(options -> options.mapExceptions(failure -> {
            throw failure instanceof CardDeclined ? fault : (RuntimeException) failure;
        }));
        CardDeclined declined = new CardDeclined();
        assertThatThrownBy(() -> payments.handle(payment(), () -> {
                    throw declined;
                }))
                .isSameAs(declined)
                .hasSuppressedException(fault);
        IllegalArgumentException rethrown = new IllegalArgumentException();
        assertThatThrownBy(() -> payments.handle(post(keyed("k2"), ""), () -> {
                    throw rethrown;
                }))
                .isSameAs(rethrown)
                .hasNoSuppressedExceptions();
    }

    @Test
    void F17_withoutAMappingTheExceptionIsTheServersAndTheOutcomeUnknown() {
        HttpIdempotency payments = scene.endpoint().build();
        CardDeclined declined = new CardDeclined();
        assertThatThrownBy(() -> payments.handle(payment(), () -> {
                    throw declined;
                }))
                .isSameAs(declined);
        HttpResponseData unknown = payments.handle(payment(), scene.handler());
        assertThat(unknown.status()).isEqualTo(409);
        assertThat(body(unknown)).contains("\"code\":\"outcome-unknown\"");
        assertThat(unknown.headers().values("Retry-After")).isEmpty();
        assertThat(scene.runs).hasValue(0);
    }

    @Test
    void F18_theStoreIsDown() {
        scene.watched.down = true;
        HttpResponseData response = scene.endpoint().build().handle(payment(), scene.handler());
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.headers().values("Retry-After")).containsExactly("1");
        assertThat(body(response)).contains("\"code\":\"store-unavailable\"");
        assertThat(scene.runs).hasValue(0);
        scene.watched.down = false;
        assertThat(scene.endpoint().build().handle(payment(), scene.handler()).status())
                .isEqualTo(201);
    }

    @Test
    void aResultThatWasNotKeptIsNotRunAgain() {
        HttpIdempotency payments = HttpIdempotency.of(
                        scene.atMostOnce().maxResultBytes(100).build())
                .withoutDocumentation()
                .build();
        payments.handle(payment(), scene.answering(response(200, "x".repeat(200))));
        HttpResponseData response = payments.handle(payment(), scene.handler());
        assertThat(response.status()).isEqualTo(409);
        assertThat(body(response)).contains("\"type\":\"about:blank\"", "\"code\":\"result-not-kept\"");
        assertThat(response.headers().values("Idempotent-Body-Not-Kept")).containsExactly("true");
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F10_aReconcilersResponseIsAReplayWithoutDirectives() {
        HttpHeaders directive = HttpHeaders.none().with("idempotency-policy", "no-store");
        HttpResponseData found = response(201, "found").with(directive);
        HttpIdempotency payments = HttpIdempotency.of(scene.atMostOnce()
                        .reconcile(attempt -> Reconciliation.landed(found))
                        .build())
                .withoutDocumentation()
                .build();
        assertThatThrownBy(() -> payments.handle(payment(), () -> {
                    throw new CardDeclined();
                }))
                .isInstanceOf(CardDeclined.class);
        for (int i = 0; i < 2; i++) {
            HttpResponseData answer = payments.handle(payment(), scene.handler());
            assertThat(body(answer)).isEqualTo("found");
            assertThat(answer.headers().lines())
                    .extracting(HttpHeaders.Line::name)
                    .containsExactly("Idempotency-Key", "Original-Request", "Idempotent-Replayed");
        }
        assertThat(scene.runs).hasValue(0);
    }

    @Test
    void H12_somethingMustBeSaidOfTheDocumentation() {
        HttpIdempotencyBuilder silent = HttpIdempotency.of(scene.atMostOnce().build());
        assertThatIllegalStateException().isThrownBy(silent::build).withMessageContaining("documentation(uri)");
        assertThatIllegalArgumentException().isThrownBy(() -> silent.documentation(URI.create("docs")));
        assertThatIllegalArgumentException().isThrownBy(() -> silent.documentation(URI.create("http://a/#b")));
    }

    @Test
    void H20_aProblemIsJsonWhateverItsText() {
        HttpProblem problem = new HttpProblem("about:blank", "a\"b\\c\n", 400, "c", "\u00e9\ud83d");
        assertThat(problem.toJson())
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"a\\\"b\\\\c\\u000a\",\"status\":400,"
                        + "\"code\":\"c\",\"detail\":\"\u00e9\\ud83d\"}");
        assertThat(problem.toResponse().body()).isEqualTo(problem.toJson().getBytes(UTF_8));
    }

    @Test
    void optionsRefuseNonsense() {
        HttpIdempotencyBuilder options = scene.endpoint();
        assertThatIllegalArgumentException().isThrownBy(options::methods);
        assertThatIllegalArgumentException().isThrownBy(() -> options.methods("PO ST"));
        assertThatIllegalArgumentException().isThrownBy(options::headerNames);
        assertThatIllegalArgumentException().isThrownBy(() -> options.headerNames("a:b"));
        assertThatIllegalArgumentException().isThrownBy(() -> options.replayedHeader(""));
        assertThatIllegalArgumentException().isThrownBy(() -> options.maxStoredBytes(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> options.status(HttpRefusal.IN_PROGRESS, 200));
    }
}
