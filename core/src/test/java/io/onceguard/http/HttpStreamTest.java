package io.onceguard.http;

import static io.onceguard.http.HttpScene.KEY;
import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.caller;
import static io.onceguard.http.HttpScene.keyed;
import static io.onceguard.http.HttpScene.response;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.Fingerprint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Handlers that send their responses by themselves. */
class HttpStreamTest {

    private final HttpScene scene = new HttpScene();
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

    private static HttpRequestData head(HttpHeaders headers) {
        return HttpRequestData.head("POST", "/payments", headers);
    }

    private StreamingHandler<IOException> handler(int status) {
        return (attempt, added) -> {
            scene.runs.incrementAndGet();
            for (HttpHeaders.Line line : added.lines()) {
                wire.write((line.name() + "\n").getBytes(UTF_8));
            }
            wire.write("streamed".getBytes(UTF_8));
            return response(status, "ignored");
        };
    }

    @Test
    void F12_aStreamedAnswerPassesUntouchedAndIsNotRunAgain() throws Exception {
        HttpIdempotency payments = scene.endpoint().build();
        HttpRequestData head = HttpRequestData.head("POST", "/payments", keyed(KEY));
        Fingerprint fingerprint =
                HttpFingerprint.raw().start(head).update(new byte[9], 0, 9).finish();
        StreamingHandler<RuntimeException> handler = (attempt, added) -> {
            scene.runs.incrementAndGet();
            assertThat(added.lines())
                    .extracting(HttpHeaders.Line::name)
                    .containsExactly("Idempotency-Key", "Original-Request");
            return response(200, "ignored");
        };

        Optional<HttpResponseData> first = payments.stream(head, fingerprint, handler);
        Optional<HttpResponseData> replay = payments.stream(head, fingerprint, handler);
        Optional<HttpResponseData> other = payments.stream(head, Fingerprint.of("other"), handler);

        assertThat(first).isEmpty();
        assertThat(replay.orElseThrow().status()).isEqualTo(200);
        assertThat(replay.orElseThrow().body()).isEmpty();
        assertThat(replay.orElseThrow().headers().values("Idempotent-Body-Not-Kept"))
                .containsExactly("true");
        assertThat(other.orElseThrow().status()).isEqualTo(422);
        assertThat(scene.runs).hasValue(1);
    }

    @Test
    void F12_aStreamedAnswerFreesTheKeyIfWished() throws Exception {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::freeUnkeptBodies);
        for (int run = 1; run <= 2; run++) {
            assertThat(payments.stream(head(keyed(KEY)), Fingerprint.of("a"), handler(200)))
                    .isEmpty();
            assertThat(scene.runs).hasValue(run);
        }
    }

    @Test
    void F11_whetherAStreamedAnswerIsRecordedIsForTheRuleToSay() throws Exception {
        HttpIdempotency payments = scene.with(options -> options.record(RecordingRule.idempo()));
        assertThat(payments.stream(head(keyed(KEY)), Fingerprint.of("a"), handler(500)))
                .isEmpty();
        assertThat(payments.stream(head(keyed(KEY)), Fingerprint.of("a"), handler(202)))
                .isEmpty();
        assertThat(payments.stream(head(keyed(KEY)), Fingerprint.of("a"), handler(200))
                        .orElseThrow()
                        .status())
                .isEqualTo(202);
        assertThat(scene.runs).hasValue(2);
    }

    @Test
    void F04_F06_withoutAKeyItStreamsAndNothingIsAdded() throws Exception {
        HttpIdempotency payments = scene.with(HttpIdempotencyBuilder::keyOptional);
        assertThat(payments.stream(head(caller()), Fingerprint.none(), handler(200)))
                .isEmpty();
        HttpRequestData get = HttpRequestData.head("GET", "/payments", keyed(KEY));
        assertThat(payments.stream(get, Fingerprint.none(), handler(200))).isEmpty();

        assertThat(wire.toString(UTF_8)).isEqualTo("streamedstreamed");
        assertThat(scene.watched.calls).hasValue(0);
    }

    @Test
    void F03_F04_aRefusalIsReturnedAndNothingIsStreamed() throws Exception {
        HttpIdempotency payments = scene.endpoint().build();
        Optional<HttpResponseData> missing = payments.stream(head(caller()), Fingerprint.none(), handler(200));
        Optional<HttpResponseData> malformed = payments.stream(head(keyed("")), Fingerprint.none(), handler(200));

        assertThat(body(missing.orElseThrow())).contains("\"code\":\"missing-key\"");
        assertThat(body(malformed.orElseThrow())).contains("\"code\":\"invalid-key\"");
        assertThat(wire.size()).isZero();
        assertThat(scene.watched.calls).hasValue(0);
    }

    @Test
    void F17_anExceptionIsNotMappedBecauseAPartMayBeOnItsWay() {
        HttpIdempotency payments = scene.with(options -> options.mapExceptions(failure -> response(402, "")));
        IOException cut = new IOException("cut");
        assertThatThrownBy(() -> payments.stream(head(keyed(KEY)), Fingerprint.of("a"), (attempt, added) -> {
                    throw cut;
                }))
                .isSameAs(cut);
    }

    /** What a server does whose request streams, too: the source is read once, and no further than the limit. */
    @Test
    void F12_F14_theContentIsReadInPiecesUpToItsLimit() throws Exception {
        HttpFingerprint fingerprint = HttpFingerprint.raw().maxBytes(100);
        HttpRequestData head = head(keyed(KEY));
        assertThat(of(fingerprint, head, 100))
                .isEqualTo(fingerprint.of(new HttpRequestData("POST", "/payments", keyed(KEY), new byte[100])));
        assertThatThrownBy(() -> of(fingerprint, head, 101))
                .isInstanceOfSatisfying(UnusableBodyException.class, tooLarge -> {
                    HttpResponseData refused = scene.endpoint().build().refuse(tooLarge, head);
                    assertThat(refused.status()).isEqualTo(413);
                    assertThat(body(refused)).contains("\"detail\":\"At most 100 bytes are accepted.\"");
                });
    }

    private static Fingerprint of(HttpFingerprint fingerprint, HttpRequestData head, int bytes) throws Exception {
        HttpBodyDigest digest = fingerprint.start(head);
        byte[] buffer = new byte[7];
        try (InputStream source = new ByteArrayInputStream(new byte[bytes])) {
            for (int n = source.read(buffer); n >= 0; n = source.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return digest.finish();
    }
}
