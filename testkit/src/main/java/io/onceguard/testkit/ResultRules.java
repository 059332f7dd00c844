package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Results are bytes, and every replay sees the same. */
abstract class ResultRules extends StoreRules {

    private static final int FOUR_MEBIBYTES = 4 * 1024 * 1024;

    private void assertKept(byte[] bytes) {
        RecordId id = newId();
        Lease lease = acquire(id);

        assertTrue(store().complete(lease, StoredResult.of(bytes.clone()), RETENTION));

        assertBytes(bytes, find(id).result());
        assertBytes(bytes, completed(request(id)).result());
        assertBytes(bytes, completed(request(id)).result());
        assertBytes(
                bytes,
                harness().anotherNode().find(id).map(StoredRecord::result).orElse(null));
    }

    private static void assertBytes(byte[] expected, @Nullable StoredResult actual) {
        assertNotNull(actual, "result");
        assertFalse(actual.isEvicted(), "evicted");
        assertArrayEquals(expected, actual.bytes());
    }

    @Test
    void B08_everyByteValueIsKept() {
        assertKept(AllBytes.from(0, 256));
        for (int value = 0; value < 256; value++) {
            assertKept(new byte[] {(byte) value});
        }
    }

    @Test
    void B08_emptyResultIsAResult() {
        assertKept(new byte[0]);
    }

    @Test
    void B08_leadingAndTrailingZerosBlanksAndLineEndsAreKept() {
        assertKept(new byte[] {0, 0, 1, 0, 0});
        assertKept(bytes(" \t\r\n result \r\n\t "));
        assertKept(new byte[1_000]);
        assertKept(bytes("\\x00 \\0 %s ${x} {\"a\":null} '; --"));
        assertKept(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, (byte) 0xC3, 0x28});
    }

    @Test
    void B08_sizesAroundTheUsualLimitsAreKept() {
        for (int size : new int[] {255, 256, 4_000, 8_191, 32_767, 65_535, 65_536, 1_048_577}) {
            assertKept(AllBytes.from(size, size));
        }
    }

    @Test
    void B08_fourMebibytesAreKept() {
        byte[] bytes = new byte[FOUR_MEBIBYTES];
        new Random(42).nextBytes(bytes);
        assertKept(bytes);
    }

    @Test
    void R05_allReplaysSeeTheSameBytesOverRepeatsAndNodes() {
        RecordId id = newId();
        AcquireRequest request = request(id);
        Lease lease = acquired(request).lease();
        store().complete(lease, RESULT, RETENTION);

        List<StoredResult> seen = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            seen.add(completed(request(id)).result());
            seen.add(completed(request).result());
            store().complete(lease, OTHER_RESULT, RETENTION);
            store().complete(byStranger(lease), OTHER_RESULT, RETENTION);
            store().renew(lease);
            store().release(lease);
            store().hold(lease);
            store().resolve(id, lease.token(), OTHER_RESULT, RETENTION);
            seen.add(find(id).result());
        }

        assertEquals(Collections.nCopies(9, RESULT), seen);
    }

    @Test
    void R09_resultBytesAreOpaque() {
        // a text that looks like a state, a number, a script or a record of the store
        for (String text : new String[] {"COMPLETED", "0", "-1", "null", "return redis.call('FLUSHALL')", "\u0000"}) {
            assertKept(bytes(text));
        }
    }

    @Test
    void R05_liveClaimOutlivesAFloodOfResults() {
        // given
        RecordId claim = newId();
        Lease lease = acquire(claim);
        Snapshot before = Snapshot.of(harness(), claim);

        // when
        for (int i = 0; i < 1_000; i++) {
            complete(acquire(newId()));
        }

        // then
        before.assertUnchanged();
        held(takeover(claim));
        assertTrue(complete(lease));
        assertState(RecordState.COMPLETED, claim);
    }
}
