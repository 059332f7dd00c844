package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdempotencyExceptionTest {

    private static final RecordId ID = new RecordId("charge", "tenant-7", "order-42");

    private static List<IdempotencyException> all() {
        return List.of(
                new OperationInProgressException(ID, Duration.ofMillis(1500)),
                new FingerprintMismatchException(ID),
                new UnresolvedOperationException(ID, UnresolvedReason.HELD),
                new LeaseLostException("req-1", "paid 4111"),
                new IdempotencyStoreException(ID, new StoreException("no connection", true, null)),
                new IdempotencyStoreException(ID, new StoreException("no connection", false, null)),
                new UnreadableResultException(ID, "codec b", "codec a", null),
                new RecordedFailureException(ID, "java.io.IOException", "E1", null),
                new RecordedFailureException(ID, "java.io.IOException", null, "asked for"));
    }

    @Test
    void A37_messagesCarryStateAndNeitherKeysNorResults() {
        assertThat(all())
                .extracting(Throwable::getMessage)
                .containsExactly(
                        "charge/f439519e is in progress; ask again after PT1.5S",
                        "charge/f439519e was used before with another fingerprint",
                        "charge/f439519e is unresolved: HELD",
                        "request req-1 lost its lease while its work ran; its value was not recorded",
                        "the store failed for charge/f439519e, perhaps after it wrote; the work was not run",
                        "the store failed for charge/f439519e; the work was not run",
                        "the result of charge/f439519e cannot be read: found codec b, expected codec a",
                        "charge/f439519e failed before with java.io.IOException (code E1)",
                        "charge/f439519e failed before with java.io.IOException: asked for");
    }

    @Test
    void factsAreGivenByAccessor() {
        StoreException lost = new StoreException("no reply", true, null);
        assertThat(new OperationInProgressException(ID, Duration.ofMillis(1500)).retryAfter())
                .isEqualTo(Duration.ofMillis(1500));
        assertThat(new UnresolvedOperationException(ID, UnresolvedReason.HELD).reason())
                .isEqualTo(UnresolvedReason.HELD);
        assertThat(new LeaseLostException("req-1", "paid").value()).isEqualTo("paid");
        assertThat(new LeaseLostException("req-1", null).value()).isNull();
        assertThat(new IdempotencyStoreException(ID, lost).ambiguous()).isTrue();
        assertThat(new IdempotencyStoreException(ID, lost)).hasCause(lost);
        UnreadableResultException unreadable = new UnreadableResultException(ID, "b", "a", lost);
        assertThat(unreadable.found()).isEqualTo("b");
        assertThat(unreadable.expected()).isEqualTo("a");
        assertThat(unreadable).hasCause(lost);
        RecordedFailureException failure = new RecordedFailureException(ID, "T", "E1", "why");
        assertThat(failure.typeName()).isEqualTo("T");
        assertThat(failure.code()).isEqualTo("E1");
        assertThat(failure.recordedMessage()).isEqualTo("why");
    }

    @Test
    void everyOneCanBeSerialized() throws Exception {
        for (IdempotencyException exception : all()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(exception);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                assertThat((IdempotencyException) in.readObject()).hasMessage(exception.getMessage());
            }
        }
    }
}
