package io.onceguard;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.Meeting.Phase;
import io.onceguard.spi.AttemptId;
import io.onceguard.spi.Lease;
import io.onceguard.spi.RecordId;
import io.onceguard.spi.Retention;
import io.onceguard.spi.StoredFingerprint;
import io.onceguard.spi.StoredResult;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The meeting place at every interleaving of its reads and writes that Lincheck tries: no follower sleeps on, all see
 * the one ending, and of two attempts the later is the one that callers find.
 */
@Tag("lincheck")
class MeetingLincheckTest {

    private static final int INTERLEAVINGS = Boolean.getBoolean("onceguard.soak") ? 5_000 : 250;

    private static final RecordId ID = new RecordId("charge", "tenant-7", "order-42");
    private static final Duration LEASE = Duration.ofDays(1);
    private static final Retention RETENTION = Retention.of(LEASE);
    private static final Meeting.Ending RECORDED = new Meeting.Ending.Recorded(StoredResult.of(new byte[1]));
    private static final Operation<String> OPERATION = new Operation<>(
            "charge",
            Guarantee.AT_LEAST_ONCE,
            null,
            LEASE,
            LEASE.toNanos(),
            LEASE.toNanos(),
            RETENTION,
            WaitPolicy.reject(),
            null,
            value -> true,
            null,
            false,
            false,
            new Operation.DeferralLimits(1, 0),
            key -> null,
            new Events(IdempotencyListener.NONE));

    // ---- followers

    @Test
    void everyFollowerHearsTheFirstEndingOfADeferredWrite() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> deferredWrite(new LincheckPlatform()));
    }

    @Test
    void aWakeUpThatIsLostIsFound() {
        assertThatThrownBy(() -> Lincheck.runConcurrentTest(
                        INTERLEAVINGS, () -> deferredWrite(new LincheckPlatform.Forgetful())))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("hung");
    }

    /** A leader defers its write; the background thread ends the meeting while the leader leaves it. */
    private static void deferredWrite(LincheckPlatform platform) {
        Meeting meeting = new Meeting(ID, StoredFingerprint.NONE);
        Follower one = new Follower(meeting, platform, true);
        Follower two = new Follower(meeting, platform, false);
        Thread background = new Thread(() -> meeting.end(platform, RECORDED));
        one.start();
        two.start();

        meeting.running(platform, lease(platform, 1));
        meeting.deferred(platform);
        background.start();
        if (meeting.phase() != Phase.DEFERRED) {
            meeting.end(platform, Meeting.ASK_STORE);
        }

        join(List.of(background, one, two));
        check(one.ending == RECORDED && two.ending == RECORDED, "a follower saw another ending");
        check(one.leaseSeen && two.leaseSeen, "a follower saw a running leader without its lease");
    }

    /** Follows until the end, however long it takes. */
    private static final class Follower extends Thread {

        private final Meeting meeting;
        private final Platform platform;
        private final boolean patient;
        private Meeting.Ending ending;
        private boolean leaseSeen = true;

        Follower(Meeting meeting, Platform platform, boolean patient) {
            this.meeting = meeting;
            this.platform = platform;
            this.patient = patient;
        }

        @Override
        public void run() {
            Phase phase = meeting.phase();
            while (phase != Phase.ENDED) {
                leaseSeen &= phase == Phase.ASKING || meeting.lease() != null;
                meeting.await(platform, phase, patient, Long.MAX_VALUE);
                phase = meeting.phase();
            }
            ending = meeting.ending();
        }
    }

    @Test
    void everyFollowerHearsThatTheLeaseIsLost() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> {
            LincheckPlatform platform = new LincheckPlatform();
            StoreNode node = node(platform);
            Meeting meeting = new Meeting(ID, StoredFingerprint.NONE);
            HeldLease lease = lease(platform, 1);
            meeting.running(platform, lease);
            Thread follower = new Thread(() -> {
                while (meeting.holdsLease(0)) {
                    meeting.await(platform, Phase.RUNNING, true, Long.MAX_VALUE);
                }
            });
            Thread keeper = new Thread(() -> node.lose(meeting, LeaseLost.Loss.EXPIRED));
            follower.start();
            keeper.start();
            node.lose(meeting, LeaseLost.Loss.TAKEN);

            join(List.of(follower, keeper));
            check(lease.isLost(), "the lease is not lost");
        });
    }

    // ---- the map

    @Test
    void ofTwoAttemptsTheLaterIsFoundWhateverLeavesOrIsDetached() {
        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> registrations(StoreNode::register));
    }

    @Test
    void aRegistrationThatLooksAndThenPutsIsFound() {
        assertThatThrownBy(() ->
                        Lincheck.runConcurrentTest(INTERLEAVINGS, () -> registrations(MeetingLincheckTest::lookAndPut)))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("the later attempt is not found");
    }

    private static void lookAndPut(StoreNode node, Meeting next) {
        Meeting earlier = node.meetings.get(ID);
        if (earlier == null || earlier.token() < next.token()) {
            node.meetings.put(ID, next);
        }
    }

    /** An attempt registers and leaves, a later one registers, and an operator detaches the first. */
    private static void registrations(BiConsumer<StoreNode, Meeting> register) {
        LincheckPlatform platform = new LincheckPlatform();
        StoreNode node = node(platform);
        HeldLease early = lease(platform, 1);
        HeldLease late = lease(platform, 2);
        Meeting first = new Meeting(ID, StoredFingerprint.NONE);
        Meeting second = new Meeting(ID, StoredFingerprint.NONE);
        Thread one = new Thread(() -> {
            first.running(platform, early);
            register.accept(node, first);
            first.end(platform, Meeting.ASK_STORE);
            node.meetings.remove(ID, first);
        });
        Thread operator = new Thread(() -> node.detach(ID, 1));
        one.start();
        operator.start();
        second.running(platform, late);
        register.accept(node, second);

        join(List.of(one, operator));
        check(node.meetings.get(ID) == second, "the later attempt is not found");
        check(!late.isLost(), "the later attempt lost its lease");
    }

    // ---- fixtures

    private static StoreNode node(Platform platform) {
        return StoreNode.of(new ModelStore(platform::nanoTime), platform);
    }

    private static HeldLease lease(Platform platform, long token) {
        Lease lease = new Lease(ID, new AttemptId(1, token), 1, token, LEASE, RETENTION);
        return new HeldLease(platform, OPERATION, lease, 0);
    }

    private static void join(List<? extends Thread> threads) {
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
