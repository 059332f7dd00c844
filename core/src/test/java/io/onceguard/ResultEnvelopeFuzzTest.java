package io.onceguard;

import static io.onceguard.GoldenEnvelopes.CIPHER;
import static io.onceguard.GoldenEnvelopes.ID;
import static io.onceguard.GoldenEnvelopes.assertSame;
import static io.onceguard.GoldenEnvelopes.withChecksum;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.onceguard.Content.Kind;
import io.onceguard.http.HttpResponseData;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whatever bytes a store returns: a result or the typed error. And whatever the result is: the same comes back. */
class ResultEnvelopeFuzzTest {

    private static final EnvelopeFormat READER = new EnvelopeFormat(EnvelopeFormat.NEVER, CIPHER);
    private static final List<EnvelopeFormat> WRITERS = List.of(
            EnvelopeFormat.PLAIN,
            new EnvelopeFormat(0, null),
            new EnvelopeFormat(EnvelopeFormat.NEVER, CIPHER),
            new EnvelopeFormat(0, CIPHER));
    private static final ResultFormat<HttpResponseData> RESPONSES =
            new ResultFormat<>(HttpResponseData.codec(), List.of(), ResultFormat.DEFAULT_MAX_BYTES);
    private static final ResultEnvelope<HttpResponseData> ENVELOPE =
            new ResultEnvelope<>(RESPONSES, FailureFormat.DEFAULT, READER);

    /** The bytes are an envelope without its check sum, which nobody would guess. */
    @FuzzTest(maxDuration = "60s")
    void A22_whatIsReadIsWhatWasWritten(byte[] bytes) throws Exception {
        byte[] envelope = withChecksum(Arrays.copyOf(bytes, bytes.length + EnvelopeFormat.CHECKSUM_BYTES));
        Content content = open(envelope);
        if (content != null) {
            for (EnvelopeFormat writer : WRITERS) {
                assertSame(READER.open(ID, writer.seal(ID, content)), content, writer.toString());
            }
            int packed = EnvelopeFormat.COMPRESSED | EnvelopeFormat.ENCRYPTED;
            if ((envelope[1] & packed) == 0) {
                assertThat(EnvelopeFormat.PLAIN.seal(ID, content)).isEqualTo(envelope);
            }
        }
        aResponseIsReadExactly(envelope);
        anyPayloadReturns(bytes);
    }

    /** Opens the bytes; null after the one exception that is allowed. */
    private static @Nullable Content open(byte[] envelope) {
        try {
            return READER.open(ID, envelope);
        } catch (UnreadableResultException typed) {
            return null;
        }
    }

    private static void aResponseIsReadExactly(byte[] envelope) throws Exception {
        Decoded<HttpResponseData> decoded;
        try {
            decoded = ENVELOPE.decode(ID, envelope);
        } catch (UnreadableResultException typed) {
            return;
        }
        if (decoded instanceof Decoded.Value<HttpResponseData> value && value.value() != null) {
            byte[] payload = READER.open(ID, envelope).payload();
            assertThat(HttpResponseData.codec().encode(value.value())).isEqualTo(payload);
        }
    }

    /** Sealed in each way, whole, with one bit changed, and for another record. */
    private static void anyPayloadReturns(byte[] bytes) throws Exception {
        String origin = new String(bytes, 0, Math.min(bytes.length, OriginId.MAX_CODE_POINTS), UTF_8);
        for (EnvelopeFormat writer : WRITERS) {
            Content content = new Content(Kind.VALUE, "utf8", origin, bytes);
            byte[] sealed = writer.seal(ID, content);
            assertSame(READER.open(ID, sealed), content, writer.toString());
            sealed[Math.floorMod(Arrays.hashCode(bytes), sealed.length)] ^= (byte) (1 << (bytes.length & 7));
            assertThatExceptionOfType(UnreadableResultException.class).isThrownBy(() -> READER.open(ID, sealed));
        }
    }
}
