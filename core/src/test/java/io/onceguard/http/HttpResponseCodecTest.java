package io.onceguard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.ResultCodec;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HttpResponseCodecTest {

    private final ResultCodec<HttpResponseData> codec = HttpResponseData.codec();

    @Test
    void F08_theStoredFormHasEverything() throws Exception {
        long seed = 8;
        for (int i = 0; i < 10_000; i++) {
            HttpResponseData response = RandomResponses.response(new Random(seed + i), 200 + i % 400);

            HttpResponseData decoded = codec.decode(codec.encode(response));

            assertThat(decoded).as("seed %d", seed + i).isEqualTo(response);
            assertThat(codec.encode(decoded)).as("seed %d", seed + i).isEqualTo(codec.encode(response));
            assertThat((long) codec.encode(response).length)
                    .isLessThanOrEqualTo(HttpResponseCodec.encodedBytes(response));
        }
    }

    /** The bytes of a stored form, so that no later version changes it unnoticed. */
    @Test
    void theFormIsThis() throws Exception {
        HttpHeaders headers = HttpHeaders.none().with("A", "b").with("a", "");
        byte[] bytes = codec.encode(new HttpResponseData(201, headers, new byte[] {7, -1}));

        assertThat(codec.id()).isEqualTo("http-response-1");
        assertThat(bytes)
                .containsExactly(0, 201, 0, 2, 0, 0, 0, 1, 'A', 0, 0, 0, 1, 'b', 0, 0, 0, 1, 'a', 0, 0, 0, 0, 7, 255);
    }

    /** Cut or changed anywhere: an exception of the codec or another response, never an Error. */
    @Test
    void corruptBytesAreRefusedOrRead() throws Exception {
        long seed = 9;
        byte[] good = codec.encode(RandomResponses.response(new Random(seed), 200));
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            byte[] bad = random.nextBoolean() ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            if (bad.length > 0) {
                bad[random.nextInt(Math.min(bad.length, 40))] = (byte) random.nextInt();
            }
            try {
                assertThat(codec.decode(bad)).isNotNull();
            } catch (IOException | IllegalArgumentException refused) {
                assertThat(refused).as("seed %d, case %d", seed, i).isNotNull();
            }
        }
    }

    @Test
    void aLengthThatLiesAllocatesNothing() {
        byte[] liar = {0, (byte) 200, 0, 1, 0x7F, -1, -1, -1};
        assertThatThrownBy(() -> codec.decode(liar)).isInstanceOf(IOException.class);
        liar[4] = -1;
        assertThatThrownBy(() -> codec.decode(liar)).isInstanceOf(IOException.class);
    }

    @Test
    void whatUtf8DoesNotHaveIsNotEncoded() {
        HttpResponseData unpaired =
                HttpResponseData.of(200).with(HttpHeaders.none().with("a", "\ud83d"));
        assertThatThrownBy(() -> codec.encode(unpaired)).isInstanceOf(IOException.class);
    }

    @Test
    void aResponseThatWouldBreakTheMessageApartIsRefused() {
        for (String value : List.of("a\r\nb", "a\nb", "a\u0000", "\u007F")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            HttpResponseData.of(200).with(HttpHeaders.none().with("a", value)))
                    .withMessage("header: must not have control characters");
        }
        for (int status : new int[] {0, 100, 199, 600}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpResponseData.of(status))
                    .withMessage("status: 200..599, was " + status);
        }
    }

    @Test
    void headersOfAMap() {
        Map<String, List<String>> values = new LinkedHashMap<>();
        values.put(null, List.of("HTTP/1.1 200 OK"));
        values.put("Link", Arrays.asList("a", null));
        values.put("Vary", null);

        assertThat(HttpHeaders.of(values).lines())
                .containsExactly(new HttpHeaders.Line("Link", "a"), new HttpHeaders.Line("Link", ""));
    }

    @Test
    void noTextShowsWhatIsInAMessage() {
        HttpHeaders headers = HttpHeaders.none().with("Authorization", "secret");
        HttpRequestData request = new HttpRequestData("POST", "/secret", headers, "secret".getBytes(UTF_8));
        HttpResponseData response = new HttpResponseData(200, headers, "secret".getBytes(UTF_8));

        assertThat(List.of(request, response, headers, headers.lines()))
                .extracting(Object::toString)
                .noneMatch(text -> text.contains("secret"));
    }

    @Test
    void namesOfFieldsHaveNoCase() {
        HttpHeaders headers =
                HttpHeaders.none().with("Set-Cookie", "a").with("X", "y").with("set-cookie", "b");

        assertThat(headers.values("SET-COOKIE")).containsExactly("a", "b");
        assertThat(headers.first("set-Cookie")).isEqualTo("a");
        assertThat(headers.withOnly("SET-COOKIE", "c").values("Set-Cookie")).containsExactly("c");
        assertThat(headers.without(List.of("SET-cookie")).lines()).containsExactly(new HttpHeaders.Line("X", "y"));
    }
}
