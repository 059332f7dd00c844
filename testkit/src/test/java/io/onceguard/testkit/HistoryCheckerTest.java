package io.onceguard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.AcquireResult.Abandoned;
import io.onceguard.spi.AcquireResult.Acquired;
import io.onceguard.spi.AcquireResult.Completed;
import io.onceguard.spi.AcquireResult.Held;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.PreviousAttempt;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredRecord;
import io.onceguard.spi.StoredResult;
import io.onceguard.spi.Takeover;
import io.onceguard.testkit.History.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories written by hand: good ones are explained, and bad ones rejected with the rule that they break. */
class HistoryCheckerTest {

    private static final RecordId ID = new RecordId("op", "scope", "key");
    private static final Duration LEASE = Duration.ofHours(1);
    private static final Retention RETENTION = Retention.of(Duration.ofHours(10));
    private static final StoredFingerprint INPUT = new StoredFingerprint("x", new byte[] {1});
    private static final StoredFingerprint OTHER_INPUT = new StoredFingerprint("x", new byte[] {2});
    private static final StoredResult RESULT = StoredResult.of(new byte[] {1});
    private static final StoredResult OTHER_RESULT = StoredResult.of(new byte[] {2});

    private final List<Call> history = new ArrayList<>();
    private long clock;

    /** A call that is over before the next begins. */
    private HistoryCheckerTest then(Step step) {
        return during(clock + 1, clock + 2, step);
    }

    private HistoryCheckerTest during(long called, long answered, Step step) {
        history.add(new Call(ID, step, called, answered));
        clock = Math.max(clock, answered);
        return this;
    }

    private void isExplained() {
        assertThat(HistoryChecker.faultsOf(history)).isEmpty();
    }

    private void breaks(String rule) {
        assertThat(HistoryChecker.faultsOf(history)).singleElement().asString().contains(rule);
    }

    private static AcquireRequest request(int attempt, Takeover takeover) {
        return new AcquireRequest(ID, INPUT, new AttemptId(0, attempt), LEASE, RETENTION, takeover);
    }

    private static Lease lease(int attempt, int number, long token) {
        return new Lease(ID, new AttemptId(0, attempt), number, token, LEASE, RETENTION);
    }

    private static Step acquired(int attempt, int number, long token, PreviousAttempt previous) {
        AcquireResult answer = new Acquired(lease(attempt, number, token), previous);
        return new Step.Acquire(request(attempt, Takeover.SAME_FINGERPRINT), answer);
    }

    private static Step first(int attempt, long token) {
        return acquired(attempt, 1, token, PreviousAttempt.NONE);
    }

    private static Step refused(int attempt, AcquireResult answer) {
        return new Step.Acquire(request(attempt, Takeover.NEVER), answer);
    }

    private static Step write(RecordState end, int attempt, long token, boolean answer) {
        return new Step.Write(end, lease(attempt, 1, token), null, RETENTION, answer);
    }

    private static Step completed(int attempt, long token, StoredResult result, boolean answer) {
        return new Step.Write(RecordState.COMPLETED, lease(attempt, 1, token), result, RETENTION, answer);
    }

    private static Step passed(Duration duration) {
        return new Step.TimePassed(duration);
    }

    private static StoredRecord seen(RecordState state, int number, long token, StoredResult result) {
        Duration leaseLeft = state == RecordState.IN_PROGRESS ? LEASE : Duration.ZERO;
        Retention left = state == RecordState.IN_PROGRESS ? Retention.of(Duration.ofHours(11)) : RETENTION;
        return new StoredRecord(state, INPUT, number, token, Duration.ZERO, leaseLeft, left, result);
    }

    private static StoredRecord running(int number, long token) {
        return seen(RecordState.IN_PROGRESS, number, token, null);
    }

    @Test
    void ordinaryLifeIsExplained() {
        then(first(1, 10));
        then(refused(2, new Held(running(1, 10))));
        then(completed(1, 10, RESULT, true));
        then(completed(1, 10, OTHER_RESULT, true));
        then(refused(2, new Completed(seen(RecordState.COMPLETED, 1, 10, RESULT))));
        then(passed(Duration.ofHours(11)));
        then(new Step.Find(null));
        then(first(2, 11));
        then(write(RecordState.RELEASED, 2, 11, true));
        then(acquired(3, 2, 12, PreviousAttempt.RELEASED));
        then(passed(Duration.ofHours(2)));
        then(acquired(4, 3, 13, PreviousAttempt.ABANDONED));
        then(completed(3, 12, RESULT, false));
        then(write(RecordState.HELD, 4, 13, true));
        then(new Step.Resolve(13, RESULT, RETENTION, true));
        then(completed(4, 13, RESULT, false));
        then(new Step.Delete(13, true));
        then(first(5, 14));
        isExplained();
    }

    @Test
    void callsThatOverlapMayTakeEffectInAnyOrder() {
        // attempt 2 heard of a completion that began later than its own call, and ended later, too
        then(first(1, 10));
        during(3, 6, refused(2, new Completed(seen(RecordState.COMPLETED, 1, 10, RESULT))));
        during(4, 7, completed(1, 10, RESULT, true));
        isExplained();
    }

    @Test
    void callMayTakeEffectLongAfterItBegan() {
        // a release that is under way while the record is looked at twice
        then(first(1, 10));
        during(3, 20, write(RecordState.RELEASED, 1, 10, true));
        during(4, 5, new Step.Find(running(1, 10)));
        during(6, 7, new Step.Find(seen(RecordState.RELEASED, 1, 10, null)));
        during(8, 9, acquired(2, 2, 11, PreviousAttempt.RELEASED));
        isExplained();
    }

    @Test
    void effectMustNotComeAndGo() {
        then(first(1, 10));
        during(3, 20, write(RecordState.RELEASED, 1, 10, true));
        during(4, 5, new Step.Find(seen(RecordState.RELEASED, 1, 10, null)));
        during(6, 7, new Step.Find(running(1, 10)));
        breaks("R01");
    }

    @Test
    void callThatIsOverMustHaveTakenEffect() {
        then(first(1, 10)).then(write(RecordState.RELEASED, 1, 10, true)).then(new Step.Find(running(1, 10)));
        breaks("R01");
    }

    @Test
    void callMustNotTakeEffectBeforeItBegan() {
        then(first(1, 10)).then(new Step.Find(seen(RecordState.RELEASED, 1, 10, null)));
        then(write(RecordState.RELEASED, 1, 10, true));
        breaks("R01");
    }

    @Test
    void twoLiveHoldersAreRejected() {
        then(first(1, 10)).then(acquired(2, 2, 11, PreviousAttempt.ABANDONED));
        breaks("R04: two attempts hold a live lease");
    }

    @Test
    void twoLiveHoldersAreRejectedAlsoWhenTheyCameTogether() {
        during(1, 4, first(1, 10));
        during(2, 3, first(2, 11));
        assertThat(HistoryChecker.faultsOf(history)).hasSize(1);
    }

    @Test
    void refusalByNobodyIsRejected() {
        then(refused(1, new Held(running(1, 10))));
        breaks("R04: refused although there is no record");
    }

    @Test
    void tokenThatStaysOrFallsIsRejected() {
        for (long token : new long[] {9, 10}) {
            history.clear();
            then(first(1, 10)).then(write(RecordState.RELEASED, 1, 10, true));
            then(acquired(2, 2, token, PreviousAttempt.RELEASED));
            breaks("R07");
        }
    }

    @Test
    void tokenThatRestartsAfterDeletionOrExpiryIsRejected() {
        then(first(1, 10)).then(new Step.Delete(10, true)).then(first(2, 10));
        breaks("R07");
        history.clear();
        then(first(1, 10)).then(passed(Duration.ofHours(20))).then(first(2, 1));
        breaks("R07");
    }

    @Test
    void repeatedAcquireWithAnotherTokenIsRejected() {
        then(first(1, 10)).then(first(1, 11));
        breaks("R03");
    }

    @Test
    void repeatedAcquireThatMeetsItsOwnLeaseIsRejected() {
        then(first(1, 10)).then(refused(1, new Held(running(1, 10))));
        breaks("R03: an attempt was refused its own lease");
    }

    @Test
    void attemptThatComesBackAfterItsReleaseIsRejected() {
        then(first(1, 10)).then(write(RecordState.RELEASED, 1, 10, true));
        then(acquired(1, 2, 11, PreviousAttempt.RELEASED));
        breaks("R03: an attempt came back");
    }

    @Test
    void staleWriteThatIsAcceptedIsRejected() {
        for (RecordState end : new RecordState[] {
            RecordState.IN_PROGRESS, RecordState.COMPLETED, RecordState.RELEASED, RecordState.HELD
        }) {
            history.clear();
            then(first(1, 10)).then(passed(Duration.ofHours(2)));
            then(acquired(2, 2, 11, PreviousAttempt.ABANDONED));
            then(new Step.Write(end, lease(1, 1, 10), RESULT, RETENTION, true));
            breaks("R02: a write by another attempt was accepted");
        }
    }

    @Test
    void writeByTheOwnerThatIsRefusedIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2))).then(completed(1, 10, RESULT, false));
        breaks("R02");
    }

    @Test
    void writeAfterTheEndThatIsAcceptedIsRejected() {
        then(first(1, 10)).then(completed(1, 10, RESULT, true)).then(write(RecordState.RELEASED, 1, 10, true));
        breaks("R02");
    }

    @Test
    void lateCompletionOfAResolvedRecordIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2)));
        then(new Step.Resolve(10, RESULT, RETENTION, true)).then(completed(1, 10, RESULT, true));
        breaks("R02");
    }

    @Test
    void staleTokenOfAnOperatorThatIsAcceptedIsRejected() {
        then(first(1, 10)).then(new Step.Delete(9, true));
        breaks("R02: delete was accepted");
        history.clear();
        then(first(1, 10))
                .then(write(RecordState.HELD, 1, 10, true))
                .then(new Step.Resolve(9, RESULT, RETENTION, true));
        breaks("R02: resolve");
    }

    @Test
    void replayOfOtherBytesIsRejected() {
        then(first(1, 10)).then(completed(1, 10, RESULT, true)).then(completed(1, 10, OTHER_RESULT, true));
        then(refused(2, new Completed(seen(RecordState.COMPLETED, 1, 10, OTHER_RESULT))));
        breaks("R05: other result bytes");
    }

    @Test
    void completedRecordThatIsAcquiredIsRejected() {
        then(first(1, 10)).then(completed(1, 10, RESULT, true));
        then(acquired(2, 2, 11, PreviousAttempt.RELEASED));
        breaks("R05: a completed record was acquired");
    }

    @Test
    void completedRecordThatVanishesIsRejected() {
        then(first(1, 10)).then(completed(1, 10, RESULT, true)).then(new Step.Find(null));
        breaks("R08: the record was not shown");
    }

    @Test
    void takeoverWithoutLeaveIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2)));
        AcquireResult answer = new Acquired(lease(2, 2, 11), PreviousAttempt.ABANDONED);
        then(new Step.Acquire(request(2, Takeover.NEVER), answer));
        breaks("R06: a takeover without leave");
    }

    @Test
    void takeoverWithAnotherFingerprintIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2)));
        AcquireRequest request =
                new AcquireRequest(ID, OTHER_INPUT, new AttemptId(0, 2), LEASE, RETENTION, Takeover.SAME_FINGERPRINT);
        then(new Step.Acquire(request, new Acquired(lease(2, 2, 11), PreviousAttempt.ABANDONED)));
        breaks("R06: a takeover without leave");
    }

    @Test
    void takeoverThatIsRefusedAlthoughThereIsLeaveIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2)));
        AcquireResult answer = new Abandoned(new StoredRecord(
                RecordState.ABANDONED,
                INPUT,
                1,
                10,
                Duration.ZERO,
                Duration.ZERO,
                Retention.of(Duration.ofHours(9)),
                null));
        then(new Step.Acquire(request(2, Takeover.ofToken(10)), answer));
        breaks("R06: a takeover with leave was refused");
    }

    @Test
    void attemptNumberThatRestartsIsRejected() {
        then(first(1, 10)).then(write(RecordState.RELEASED, 1, 10, true));
        then(acquired(2, 1, 11, PreviousAttempt.RELEASED));
        breaks("number 1, token 11");
    }

    @Test
    void wrongWordOnTheAttemptBeforeIsRejected() {
        then(first(1, 10)).then(write(RecordState.RELEASED, 1, 10, true));
        then(acquired(2, 2, 11, PreviousAttempt.ABANDONED));
        breaks("R06: the attempt before was RELEASED");
    }

    @Test
    void recordThatDiesWithItsLeaseIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2))).then(first(2, 11));
        breaks("R06");
    }

    @Test
    void recordThatOutlivesItsRetentionIsRejected() {
        then(first(1, 10)).then(completed(1, 10, RESULT, true)).then(passed(Duration.ofHours(11)));
        then(refused(2, new Completed(seen(RecordState.COMPLETED, 1, 10, RESULT))));
        breaks("R04: refused although there is no record");
    }

    @Test
    void renewalThatDoesNotMoveTheLeaseIsRejected() {
        then(first(1, 10)).then(passed(Duration.ofHours(2))).then(write(RecordState.IN_PROGRESS, 1, 10, true));
        then(acquired(2, 2, 11, PreviousAttempt.ABANDONED));
        breaks("R04");
    }

    @Test
    void timeThatPassesMeanwhileMayCountBeforeOrAfter() {
        // time passes while the record is acquired: its lease may be over afterwards, or not
        for (Step look :
                new Step[] {acquired(2, 2, 11, PreviousAttempt.ABANDONED), refused(2, new Held(running(1, 10)))}) {
            history.clear();
            clock = 0;
            during(1, 4, passed(Duration.ofHours(2)));
            during(2, 3, first(1, 10));
            then(look);
            isExplained();
        }
    }

    @Test
    void itemsOfOneBatchMayNameOneRecordTwice() {
        then(first(1, 10));
        during(3, 4, write(RecordState.RELEASED, 1, 10, true));
        during(3, 4, write(RecordState.RELEASED, 1, 10, true));
        isExplained();
    }

    @Test
    void recordsAreJudgedEachForItself() {
        then(first(1, 10)).then(new Step.Delete(9, true));
        RecordId other = new RecordId("op", "scope", "other");
        history.add(new Call(other, new Step.Find(running(1, 10)), 1, 2));
        history.add(new Call(new RecordId("op", "scope", "good"), new Step.Find(null), 1, 2));
        assertThat(HistoryChecker.faultsOf(history)).hasSize(2);
    }
}
