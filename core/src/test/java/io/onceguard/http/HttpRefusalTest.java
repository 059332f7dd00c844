package io.onceguard.http;

import static io.onceguard.http.HttpScene.DOCUMENTATION;
import static io.onceguard.http.HttpScene.body;
import static io.onceguard.http.HttpScene.response;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every refusal: what it says, how it is replaced, and what its client does then. */
class HttpRefusalTest {

    private static final Path PACKAGE_PAGE = Path.of("src/main/java/io/onceguard/http/package-info.java");

    private static HttpResponseData send(RefusalSituation situation, HttpRequestData request) {
        return situation.payments().handle(request, situation.scene().handler());
    }

    private static HttpResponseData send(RefusalSituation situation) {
        return send(situation, situation.refused());
    }

    @ParameterizedTest
    @EnumSource
    void F07_H12_H17_H18_H20_whatARefusalSays(HttpRefusal refusal) {
        RefusalSituation situation = RefusalSituation.of(refusal, UnaryOperator.identity());

        HttpResponseData answer = send(situation);

        assertThat(answer.status()).isEqualTo(refusal.status());
        assertThat(body(answer))
                .startsWith("{\"type\":\"" + DOCUMENTATION + "#" + refusal.code() + "\",\"title\":\"" + refusal.title()
                        + "\",\"status\":" + refusal.status() + ",\"code\":\"" + refusal.code() + "\",\"detail\":\"")
                .endsWith(".\"}");
        assertThat(answer.headers().values("Content-Type")).containsExactly("application/problem+json");
        assertThat(answer.headers().values("Content-Language")).containsExactly("en");
        assertThat(answer.headers().values("Link"))
                .containsExactly("<" + DOCUMENTATION + ">; rel=\"describedby\"; type=\"text/html\"");
        assertThat(answer.headers().values("Retry-After"))
                .hasSize(refusal.advice() == RetryAdvice.SEND_AGAIN ? 1 : 0)
                .allSatisfy(seconds -> assertThat(Integer.parseInt(seconds)).isPositive());
        assertThat(situation.scene().runs).hasValue(0);
    }

    @Test
    void H20_theTitlesOfTheDraft() {
        assertThat(HttpRefusal.MISSING_KEY.title()).isEqualTo("Idempotency-Key is missing");
        assertThat(HttpRefusal.KEY_REUSED.title()).isEqualTo("Idempotency-Key is already used");
        assertThat(HttpRefusal.IN_PROGRESS.title()).isEqualTo("A request is outstanding for this Idempotency-Key");
    }

    @ParameterizedTest
    @EnumSource
    void F07_statusAndBodyOfEachRefusalAreOptions(HttpRefusal refusal) {
        RefusalSituation situation = RefusalSituation.of(
                refusal,
                options -> options.status(refusal, 418)
                        .onRefusal(
                                refusal,
                                (request, problem) -> response(problem.status(), request.method() + problem.code())));

        HttpResponseData answer = send(situation);

        assertThat(answer.status()).isEqualTo(418);
        assertThat(body(answer)).isEqualTo("POST" + refusal.code());
        assertThat(answer.headers().values("Content-Type")).containsExactly("text/plain");
        assertThat(RetryAdvice.of(answer.status(), refusal.code())).isEqualTo(refusal.advice());
    }

    @ParameterizedTest
    @EnumSource
    void H21_H22_theAdviceIsTrue(HttpRefusal refusal) {
        RefusalSituation situation = RefusalSituation.of(refusal, UnaryOperator.identity());
        HttpResponseData answer = send(situation);
        assertThat(send(situation)).as("sent again at once").isEqualTo(answer);
        assertThat(situation.scene().runs).hasValue(0);

        switch (refusal.advice()) {
            case SEND_AGAIN -> {
                situation.passes().run();
                assertThat(send(situation).status()).isEqualTo(201);
            }
            case CORRECT_FIRST -> {
                situation.scene().watched.advance(Duration.ofHours(1));
                assertThat(send(situation)).as("sent again later").isEqualTo(answer);
                assertThat(send(situation, situation.corrected()).status()).isEqualTo(201);
            }
            case FIND_OUT -> {
                situation.scene().watched.advance(Duration.ofHours(1));
                assertThat(send(situation, situation.corrected()).status()).isEqualTo(answer.status());
            }
            case FINAL -> throw new AssertionError("a refusal is no answer of the work");
        }
        assertThat(situation.scene().runs).hasValue(refusal.advice() == RetryAdvice.FIND_OUT ? 0 : 1);
    }

    @ParameterizedTest
    @EnumSource
    void H22_eachRefusalIsInTheTable(HttpRefusal refusal) throws IOException {
        assertThat(Files.readAllLines(PACKAGE_PAGE))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(" * <tr><td>{@code " + refusal.code() + "}</td><td>" + refusal.status() + "</td>")
                        .endsWith("<td>{@link RetryAdvice#" + refusal.advice() + "}</td></tr>"));
    }

    @Test
    void H22_eachOutcomeIsInTheTable() throws IOException {
        String page = Files.readString(PACKAGE_PAGE);
        assertThat(Outcome.class.getPermittedSubclasses())
                .allSatisfy(outcome -> assertThat(page).contains("{@code " + outcome.getSimpleName() + "}"));
    }

    @Test
    void H22_answersThatAreNoRefusals() {
        for (int status = 200; status < 600; status++) {
            boolean mayPass = status >= 500 || Arrays.asList(408, 425, 429).contains(status);
            RetryAdvice advice = mayPass ? RetryAdvice.SEND_AGAIN : RetryAdvice.FINAL;
            assertThat(RetryAdvice.of(status, null)).as("%d", status).isEqualTo(advice);
            assertThat(RetryAdvice.of(status, "of-the-handler"))
                    .as("%d", status)
                    .isEqualTo(advice);
        }
    }
}
