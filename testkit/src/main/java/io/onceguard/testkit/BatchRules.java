package io.onceguard.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.Answer;
import io.onceguard.spi.Completion;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Batch calls answer for each item as the single call would, in the order of the list. */
abstract class BatchRules extends StoreRules {

    private static <T> List<T> values(List<Answer<T>> answers) {
        return answers.stream().map(Answer::orElseThrow).toList();
    }

    private List<RecordId> shuffledIds(int count) {
        List<RecordId> ids =
                new ArrayList<>(IntStream.range(0, count).mapToObj(i -> newId()).toList());
        Collections.shuffle(ids, new Random(17));
        return ids;
    }

    @Test
    void B17_emptyBatchesAnswerNothing() {
        assertEquals(List.of(), store().acquireAll(List.of()));
        assertEquals(List.of(), store().renewAll(List.of()));
        assertEquals(List.of(), store().completeAll(List.of()));
        assertEquals(List.of(), store().releaseAll(List.of()));
    }

    @Test
    void B17_acquireAllAnswersPerItemAndInOrder() {
        // given: one record in each state, among fresh ones, in no order (first the step in which time passes)
        List<RecordId> ids = shuffledIds(7);
        acquire(ids.get(2));
        endLease(ids.get(2));
        complete(acquire(ids.get(1)));
        Lease holder = acquire(ids.get(3));
        store().release(acquire(ids.get(4)));
        Lease onHold = acquire(ids.get(5));
        store().hold(onHold);

        // when
        List<AcquireResult> answers =
                values(store().acquireAll(ids.stream().map(StoreRules::request).toList()));

        // then
        assertEquals(7, answers.size());
        assertFresh(ids.get(0), answers.get(0));
        assertEquals(
                RESULT,
                assertInstanceOf(Completed.class, answers.get(1)).record().result());
        StoredRecord dead = assertInstanceOf(Abandoned.class, answers.get(2)).record();
        assertEquals(RecordState.ABANDONED, dead.state());
        assertEquals(
                holder.token(),
                assertInstanceOf(Held.class, answers.get(3)).record().token());
        assertEquals(PreviousAttempt.RELEASED, granted(answers.get(4)).previous());
        assertEquals(ids.get(4), granted(answers.get(4)).lease().id());
        StoredRecord held = assertInstanceOf(Abandoned.class, answers.get(5)).record();
        assertEquals(onHold.token(), held.token());
        assertFresh(ids.get(6), answers.get(6));
    }

    private void assertFresh(RecordId id, AcquireResult answer) {
        Acquired acquired = granted(answer);
        assertEquals(id, acquired.lease().id());
        assertEquals(1, acquired.lease().number());
        assertEquals(acquired.lease().token(), find(id).token());
        assertTrue(store().renew(acquired.lease()), "the lease counts");
    }

    @Test
    void B17_repeatedAcquireAllGivesTheSameAnswers() {
        List<AcquireRequest> requests =
                shuffledIds(20).stream().map(StoreRules::request).toList();
        List<AcquireResult> first = values(store().acquireAll(requests));
        assertEquals(first, values(store().acquireAll(requests)));
    }

    @Test
    void B17_secondRequestForOneRecordMeetsTheLeaseOfTheFirst() {
        RecordId id = newId();
        RecordId other = newId();
        AcquireRequest first = request(id);
        AcquireRequest second = takeover(id);

        List<AcquireResult> answers = values(store().acquireAll(List.of(first, request(other), second, first)));

        Acquired winner = granted(answers.get(0));
        assertEquals(first.attemptId(), winner.lease().attemptId());
        assertFresh(other, answers.get(1));
        assertEquals(
                winner.lease().token(),
                assertInstanceOf(Held.class, answers.get(2)).record().token());
        assertEquals(winner, answers.get(3), "the same attempt asked twice");
    }

    @Test
    void B17_staleLeaseAmongGoodOnesSpoilsNoOtherItem() {
        List<Lease> leases =
                new ArrayList<>(shuffledIds(6).stream().map(this::acquire).toList());
        leases.set(1, byStranger(leases.get(1)));
        Lease gone = leases.get(4);
        store().delete(gone.id(), gone.token());
        List<Boolean> expected = List.of(true, false, true, true, false, true);
        Snapshot untouched = Snapshot.of(harness(), leases.get(1).id());

        assertEquals(expected, values(store().renewAll(leases)), "renewAll");
        assertEquals(expected, values(store().completeAll(completions(leases))), "completeAll");
        assertEquals(expected, values(store().completeAll(completions(leases))), "completeAll, repeated");

        untouched.assertUnchanged();
        for (int i : new int[] {0, 2, 3, 5}) {
            assertEquals(resultOf(i), find(leases.get(i).id()).result(), "result of item " + i);
        }
        assertAbsent(gone.id());
    }

    private static List<Completion> completions(List<Lease> leases) {
        return IntStream.range(0, leases.size())
                .mapToObj(i -> new Completion(leases.get(i), resultOf(i), RETENTION))
                .toList();
    }

    private static StoredResult resultOf(int item) {
        return StoredResult.of(bytes("result of item " + item));
    }

    @Test
    void B17_releaseAllReleasesTheGoodOnesOnly() {
        List<Lease> leases =
                new ArrayList<>(shuffledIds(5).stream().map(this::acquire).toList());
        complete(leases.get(0));
        leases.set(3, byStranger(leases.get(3)));

        List<Boolean> expected = List.of(false, true, true, false, true);
        assertEquals(expected, values(store().releaseAll(leases)));
        assertEquals(expected, values(store().releaseAll(leases)), "repeated");

        assertEquals(
                List.of(
                        RecordState.COMPLETED,
                        RecordState.RELEASED,
                        RecordState.RELEASED,
                        RecordState.IN_PROGRESS,
                        RecordState.RELEASED),
                leases.stream().map(lease -> find(lease.id()).state()).toList());
    }

    @Test
    void B17_holdAllHoldsTheGoodOnesOnly() {
        List<Lease> leases =
                new ArrayList<>(shuffledIds(5).stream().map(this::acquire).toList());
        complete(leases.get(0));
        leases.set(3, byStranger(leases.get(3)));

        List<Boolean> expected = List.of(false, true, true, false, true);
        assertEquals(expected, values(store().holdAll(leases)));
        assertEquals(expected, values(store().holdAll(leases)), "repeated");

        assertEquals(
                List.of(
                        RecordState.COMPLETED,
                        RecordState.HELD,
                        RecordState.HELD,
                        RecordState.IN_PROGRESS,
                        RecordState.HELD),
                leases.stream().map(lease -> find(lease.id()).state()).toList());
    }

    @Test
    void B17_writesThatNameOneRecordTwiceAreTakenInTheOrderOfTheList() {
        Lease lease = acquire(newId());
        assertEquals(List.of(true, false, true), values(store().renewAll(List.of(lease, byStranger(lease), lease))));

        Completion first = new Completion(lease, RESULT, RETENTION);
        Completion second = new Completion(lease, OTHER_RESULT, RETENTION);
        assertEquals(List.of(true, true), values(store().completeAll(List.of(first, second))));
        assertEquals(RESULT, find(lease.id()).result(), "the first completion counts");

        Lease other = acquire(newId());
        assertEquals(List.of(true, true), values(store().releaseAll(List.of(other, other))));
    }

    @Test
    void B17_renewAllStartsEveryLeaseAnew() {
        List<Lease> leases = shuffledIds(10).stream().map(this::acquire).toList();
        leases.forEach(lease -> harness().passTime(lease.id(), LEASE.plus(GRAIN)));

        assertEquals(Collections.nCopies(10, true), values(store().renewAll(leases)));

        leases.forEach(lease -> assertLeft(LEASE, find(lease.id()).leaseLeft(), "lease left"));
        leases.forEach(lease -> assertLeft(LEASE.plus(KEPT), find(lease.id()).retentionLeft(), "retention left"));
    }

    @Test
    void B17_largeBatchesAreAnsweredInFull() {
        List<RecordId> ids = shuffledIds(500);
        List<Lease> leases = values(
                        store().acquireAll(ids.stream().map(StoreRules::request).toList()))
                .stream()
                .map(answer -> granted(answer).lease())
                .toList();
        assertEquals(ids, leases.stream().map(Lease::id).toList());
        assertEquals(Collections.nCopies(500, true), values(store().renewAll(leases)));
        assertEquals(Collections.nCopies(500, true), values(store().completeAll(completions(leases))));
        for (int i : new int[] {0, 99, 100, 255, 256, 499}) {
            assertEquals(resultOf(i), find(ids.get(i)).result(), "item " + i);
        }
    }

    @Test
    void B17_batchesMayMixLeavesAndDurations() {
        RecordId shortOne = newId();
        RecordId longOne = newId();
        RecordId forever = newId();
        values(store().acquireAll(Stream.of(
                        withTimes(request(shortOne), LEASE, RETENTION),
                        withTimes(request(longOne), LEASE.multipliedBy(3), RETENTION),
                        withTimes(withInput(request(forever), OTHER_INPUT), LEASE.multipliedBy(2), Retention.forever()))
                .toList()));

        assertLeft(LEASE, find(shortOne).leaseLeft(), "short lease");
        assertLeft(LEASE.multipliedBy(3), find(longOne).leaseLeft(), "long lease");
        assertLeft(LEASE.multipliedBy(3).plus(KEPT), find(longOne).retentionLeft(), "retention of the long one");
        assertLeft(LEASE.multipliedBy(2), find(forever).leaseLeft(), "lease of the one kept for ever");
        assertEquals(OTHER_INPUT, find(forever).fingerprint());
    }
}
