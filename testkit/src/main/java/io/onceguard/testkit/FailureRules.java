package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.IdempotencyStore;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoreException;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What escapes when the engine fails. The two tables exist where the harness can make the engine fail; a store whose
 * engine is the JVM itself has none.
 */
abstract class FailureRules extends StoreRules {

    private static final String SECRET_KEY = "card-4111111111111111";
    private static final StoredResult SECRET_RESULT = StoredResult.of(bytes("the-secret-receipt"));

    private record Verb(String name, BiFunction<IdempotencyStore, Lease, Object> call) {}

    private static final List<Verb> VERBS = List.of(
            new Verb("acquire", (store, lease) -> store.acquire(request(lease.id()))),
            new Verb("renew", IdempotencyStore::renew),
            new Verb("complete", (store, lease) -> store.complete(lease, SECRET_RESULT, RETENTION)),
            new Verb("release", IdempotencyStore::release),
            new Verb("hold", IdempotencyStore::hold),
            new Verb("delete", (store, lease) -> store.delete(lease.id(), lease.token())),
            new Verb("resolve", (store, lease) -> store.resolve(lease.id(), lease.token(), SECRET_RESULT, RETENTION)),
            new Verb("find", (store, lease) -> store.find(lease.id())));

    private Lease secretLease() {
        RecordId id = touching(new RecordId("contract", newId().key(), SECRET_KEY));
        return acquire(id);
    }

    @TestFactory
    List<DynamicTest> B16_unreachableEngineIsAStoreExceptionThatIsNotAmbiguous() {
        Optional<IdempotencyStore> broken = harness().unreachableStore();
        List<DynamicTest> table = new ArrayList<>();
        for (Verb verb : broken.isPresent() ? VERBS : List.<Verb>of()) {
            table.add(dynamicTest(verb.name, () -> {
                Lease lease = secretLease();
                Snapshot before = Snapshot.of(harness(), lease.id());

                StoreException failure =
                        assertThrows(StoreException.class, () -> verb.call.apply(broken.orElseThrow(), lease));

                assertFalse(failure.ambiguous(), "nothing can have been applied");
                assertDiscreet(failure);
                before.assertUnchanged();
            }));
        }
        return table;
    }

    @TestFactory
    List<DynamicTest> B16_unreachableEngineFailsEachItemOfABatch() {
        Optional<IdempotencyStore> broken = harness().unreachableStore();
        List<DynamicTest> table = new ArrayList<>();
        broken.ifPresent(store -> {
            List<Lease> leases = List.of(secretLease(), secretLease());
            List<AcquireRequest> requests =
                    leases.stream().map(lease -> request(lease.id())).toList();
            List<Completion> completions = leases.stream()
                    .map(lease -> new Completion(lease, SECRET_RESULT, RETENTION))
                    .toList();
            table.add(dynamicTest("acquireAll", () -> assertEachFailed(store.acquireAll(requests))));
            table.add(dynamicTest("renewAll", () -> assertEachFailed(store.renewAll(leases))));
            table.add(dynamicTest("completeAll", () -> assertEachFailed(store.completeAll(completions))));
            table.add(dynamicTest("releaseAll", () -> assertEachFailed(store.releaseAll(leases))));
            table.add(dynamicTest("holdAll", () -> assertEachFailed(store.holdAll(leases))));
        });
        return table;
    }

    private static <T> void assertEachFailed(List<Answer<T>> answers) {
        assertEquals(2, answers.size());
        for (Answer<T> answer : answers) {
            StoreException failure = answer.failure();
            assertNotNull(failure, "each item fails");
            assertFalse(failure.ambiguous(), "nothing can have been applied");
            assertDiscreet(failure);
        }
    }

    @TestFactory
    List<DynamicTest> B16_lostReplyIsAmbiguousAndAskingAgainTellsTheTruth() {
        Optional<IdempotencyStore> losing = harness().replyLosingStore();
        List<DynamicTest> table = new ArrayList<>();
        losing.ifPresent(store -> {
            table.add(dynamicTest("acquire", () -> {
                AcquireRequest request = request(newId());
                assertAmbiguous(() -> store.acquire(request));
                assertState(RecordState.IN_PROGRESS, request.id());
                assertEquals(1, acquired(request).lease().number());
            }));
            table.add(lostReply(store, "renew", (one, lease) -> one.renew(lease), RecordState.IN_PROGRESS));
            table.add(lostReply(
                    store,
                    "complete",
                    (one, lease) -> one.complete(lease, SECRET_RESULT, RETENTION),
                    RecordState.COMPLETED));
            table.add(lostReply(store, "release", (one, lease) -> one.release(lease), RecordState.RELEASED));
            table.add(lostReply(store, "hold", (one, lease) -> one.hold(lease), RecordState.HELD));
        });
        return table;
    }

    private DynamicTest lostReply(
            IdempotencyStore losing,
            String name,
            BiFunction<IdempotencyStore, Lease, Boolean> verb,
            RecordState applied) {
        return dynamicTest(name, () -> {
            Lease lease = secretLease();
            assertAmbiguous(() -> assertTrue(verb.apply(losing, lease)));
            assertState(applied, lease.id());
            assertTrue(verb.apply(store(), lease), "the repeated call");
        });
    }

    private static void assertAmbiguous(Runnable call) {
        StoreException failure = assertThrows(StoreException.class, call::run);
        assertTrue(failure.ambiguous(), "the step was applied");
        assertDiscreet(failure);
    }

    private static void assertDiscreet(StoreException failure) {
        for (Throwable one = failure; one != null; one = one.getCause()) {
            String text = String.valueOf(one.getMessage());
            assertFalse(text.contains(SECRET_KEY), "a raw key in the message of " + one.getClass());
            assertFalse(text.contains("secret-receipt"), "a result in the message of " + one.getClass());
        }
    }

    @Test
    @SuppressWarnings("NullAway") // the point of the test
    void R10_nullArgumentsAreRefusedBeforeAnythingIsTouched() {
        RecordId id = newId();
        Lease lease = acquire(id);
        Snapshot before = Snapshot.of(harness(), id);
        List<Consumer<IdempotencyStore>> calls = List.of(
                store -> store.acquire(null),
                store -> store.renew(null),
                store -> store.complete(null, RESULT, RETENTION),
                store -> store.complete(lease, null, RETENTION),
                store -> store.complete(lease, RESULT, null),
                store -> store.release(null),
                store -> store.hold(null),
                store -> store.resolve(null, 1, RESULT, RETENTION),
                store -> store.delete(null, 1),
                store -> store.find(null));
        for (int i = 0; i < calls.size(); i++) {
            Consumer<IdempotencyStore> call = calls.get(i);
            assertThrows(NullPointerException.class, () -> call.accept(store()), "call number " + i);
        }
        before.assertUnchanged();
    }
}
