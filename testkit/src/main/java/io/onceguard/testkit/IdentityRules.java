package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.StoredResult;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Record ids are exact: no two different ones ever meet, and the same one always does. */
abstract class IdentityRules extends StoreRules {

    private static final String COMBINING_ACUTE = "\u0301";

    private RecordId id(String operation, String scope, String key) {
        return touching(new RecordId(operation, scope, key));
    }

    /** Gives each record another result, and finds each with its own, through this node and another. */
    private void assertDifferentRecords(List<RecordId> ids) {
        for (int i = 0; i < ids.size(); i++) {
            Lease lease = acquire(ids.get(i));
            assertEquals(1, lease.number(), "no other record was in the way of number " + i);
            assertTrue(store().complete(lease, resultNumber(i), RETENTION));
        }
        for (int i = 0; i < ids.size(); i++) {
            assertEquals(resultNumber(i), completed(request(ids.get(i))).result(), "result of number " + i);
            assertEquals(
                    resultNumber(i),
                    harness().anotherNode().find(ids.get(i)).orElseThrow().result(),
                    "result of number " + i + " on another node");
        }
        for (RecordId id : ids) {
            assertTrue(store().delete(id, find(id).token()));
            assertAbsent(id);
        }
    }

    private static StoredResult resultNumber(int number) {
        return StoredResult.of(bytes("result " + number));
    }

    private List<RecordId> keys(String... keys) {
        return List.of(keys).stream().map(key -> id("op", "scope", key)).toList();
    }

    @Test
    void B09_keysThatDifferInCaseOnlyAreDifferent() {
        assertDifferentRecords(keys("order-a", "Order-a", "ORDER-A", "order-A", "stra\u00dfe", "strasse", "STRASSE"));
        assertDifferentRecords(keys("i", "I", "\u0131", "\u0130", "\u017f", "s", "S", "\u212a", "k", "K"));
    }

    @Test
    void B09_keysThatDifferInAccentsOnlyAreDifferent() {
        assertDifferentRecords(
                keys("resume", "r\u00e9sum\u00e9", "r\u00e8sume", "res\u00fcme", "\u00e6", "ae", "\u0153"));
    }

    @Test
    void B09_keysThatDifferInUnicodeNormalFormOnlyAreDifferent() {
        assertDifferentRecords(keys("caf\u00e9", "cafe" + COMBINING_ACUTE, "\ufb01", "fi", "\u2460", "1", "\uff11"));
        assertDifferentRecords(keys("\u212b", "\u00c5", "A\u030a", "\uac00", "\u1100\u1161"));
    }

    @Test
    void B09_keysThatDifferInBlanksOnlyAreDifferent() {
        assertDifferentRecords(keys("k", "k ", "k  ", " k", "k\u00a0", "k\u3000", "k\u200b", "k\t"));
    }

    @Test
    void B09_scopesAndOperationsAreAsExactAsKeys() {
        assertDifferentRecords(List.of(
                id("op", "tenant", "k"),
                id("op", "Tenant", "k"),
                id("op", "tenant ", "k"),
                id("op", "t\u00e9nant", "k"),
                id("Op", "tenant", "k"),
                id("op ", "tenant", "k"),
                id("op", "", "k")));
    }

    @Test
    void B10_whereTheScopeEndsAndTheKeyBeginsMatters() {
        assertDifferentRecords(List.of(
                id("op", "ab", "c"),
                id("op", "a", "bc"),
                id("op", "", "abc"),
                id("opa", "b", "c"),
                id("opab", "", "c"),
                id("o", "pab", "c")));
    }

    @Test
    void B10_noSeparatorInAPartConfusesTheParts() {
        for (String separator : List.of(":", "/", "|", "\u0000", "\u001f", "{", "}", ",", ";", "\n", "\\", "\"", " ")) {
            assertDifferentRecords(List.of(
                    id("op", "a" + separator + "b", "c"),
                    id("op", "a", "b" + separator + "c"),
                    id("op" + separator + "a", "b", "c"),
                    id("op", "", "a" + separator + "b" + separator + "c"),
                    id("op", separator + "a", "b"),
                    id("op", separator, "a" + separator + "b")));
        }
    }

    @Test
    void B10_lengthsWrittenIntoAPartDoNotConfuseTheParts() {
        assertDifferentRecords(
                List.of(id("op", "1:a", "b"), id("op", "a", "1:b"), id("op", "3:1:a", "b"), id("op", "a1", "b1")));
    }

    @Test
    void B08_keysAreBinarySafe() {
        assertDifferentRecords(keys(
                "\ud83d\ude80\ud83c\udf55\ud83c\udffd",
                "\ud840\udc00",
                "\u65e5\u672c\u8a9e",
                "\u0645\u0631\u062d\u0628\u0627",
                ":{}*%?[]",
                "'\"`",
                "\\",
                "\\\\",
                "%s%n%",
                "_",
                "%",
                "'; DROP TABLE idempotency_record; --",
                "${x}#{y}",
                "a\u0000b",
                "a\u0000",
                "a",
                "\u0001\u007f\u0085\u2028",
                "\ufeffa",
                "\uffff",
                "{a}b",
                "a{b}",
                "null",
                "0",
                "00"));
    }

    @Test
    void B08_longKeysAreKeptToTheLastCharacter() {
        assertDifferentRecords(IntStream.of(1, 20, 63, 64, 127, 191, 254)
                .mapToObj(same -> id("op", "scope", "k".repeat(same) + "x".repeat(255 - same)))
                .toList());
        assertDifferentRecords(keys("\ud83d\ude80".repeat(255), "\ud83d\ude80".repeat(254) + "\ud83c\udf55"));
        assertDifferentRecords(List.of(
                id("o".repeat(255), "s".repeat(255), "k".repeat(255)),
                id("o".repeat(255), "s".repeat(255), "k".repeat(254)),
                id("o".repeat(255), "s".repeat(254), "k".repeat(255)),
                id("o".repeat(254), "s".repeat(255), "k".repeat(255))));
    }

    @Test
    void B09_equalIdsAreTheSameRecord() {
        RecordId one = id("op", "caf\u00e9 \ud83d\ude80", "K ");
        RecordId same = new RecordId("o" + "p", "caf" + (char) 0xE9 + " \ud83d\ude80", "K ");
        Lease lease = acquire(one);
        assertEquals(lease.token(), held(takeover(same)).token());
    }
}
