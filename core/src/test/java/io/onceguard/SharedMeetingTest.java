package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.LEASE;
import static io.onceguard.Scene.OTHER_INPUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.IdempotencyListener.FingerprintNotCompared;
import io.onceguard.IdempotencyListener.LeaseLost;
import io.onceguard.spi.AcquireRequest;
import io.onceguard.spi.AcquireResult;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import io.onceguard.spi.Takeover;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Executors of one operation over one store share a meeting place, and each keeps its own policies. */
@Timeout(30)
class SharedMeetingTest {

    private static final ResultCodec<Integer> NUMBERS = ResultCodec.of(
            "number",
            number -> Integer.toString(number).getBytes(StandardCharsets.UTF_8),
            bytes -> Integer.valueOf(new String(bytes, StandardCharsets.UTF_8)));

    private final Scene scene = new Scene(Scene.Kind.REMOTE);
    private final Scene.Counted work = new Scene.Counted();

    private void deadAttempt(Fingerprint fingerprint) {
        AcquireRequest dead = new AcquireRequest(
                Scene.id(KEY),
                fingerprint.stored(),
                AttemptIds.next(),
                LEASE,
                Retention.of(Duration.ofHours(24)),
                Takeover.NEVER);
        assertThat(scene.model.acquire(dead)).isInstanceOf(AcquireResult.Acquired.class);
        scene.platform.advance(LEASE);
    }

    @Test
    void A34_eachExecutorReadsTheSharedResultWithItsOwnCodec() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<Integer> numbers =
                scene.with(Guarantee.AT_LEAST_ONCE, scene.store, NUMBERS).build();
        IdempotencyExecutor<String> both = scene.atLeastOnce()
                .alsoDecodes(ResultCodec.of("number", text -> new byte[0], bytes -> "a number of " + bytes.length))
                .build();
        IdempotencyExecutor<String> texts = scene.atLeastOnce().build();
        var leader = scene.start(() -> numbers.execute(KEY, INPUT, () -> {
            gate.awaitUninterruptibly();
            return 4711;
        }));
        var reader = scene.start(() -> both.execute(Scene.waiting(LEASE), work));
        var stranger = scene.start(() -> texts.execute(Scene.waiting(LEASE), work));

        gate.openAndSettle();

        Expect.executed(leader.result(), 4711, Recording.RECORDED);
        Expect.replayed(reader.result(), "a number of 4");
        assertThat(stranger.failure()).isInstanceOf(UnreadableResultException.class);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A34_leadersFailurePolicyIsNotTheFollowers() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> recording = scene.atMostOnce()
                .onFailure(IllegalStateException.class, FailurePolicy.RECORD)
                .failureCode(failure -> "code-7")
                .build();
        IdempotencyExecutor<String> plain = scene.atLeastOnce().build();
        var leader = scene.start(() -> recording.execute(KEY, INPUT, () -> {
            gate.awaitUninterruptibly();
            throw new IllegalStateException("declined");
        }));
        var follower = scene.start(() -> plain.execute(Scene.waiting(LEASE), work));

        gate.openAndSettle();

        assertThat(leader.failure()).isInstanceOf(IllegalStateException.class);
        assertThat(follower.failure()).isInstanceOf(RecordedFailureException.class);
        assertThat(((RecordedFailureException) follower.failure()).code()).isEqualTo("code-7");
    }

    /** One answer of the store about a dead attempt, and what each executor makes of it. */
    @Test
    void A34_eachExecutorJudgesADeadAttemptByItsOwnGuarantee() {
        deadAttempt(INPUT);
        ManualPlatform.Gate reply = scene.platform.gate();
        scene.store.next(Verb.ACQUIRE, Fault.before(reply::awaitUninterruptibly));
        IdempotencyExecutor<String> careful = scene.atMostOnce().build();
        IdempotencyExecutor<String> eager = scene.atLeastOnce().build();
        var leader = scene.start(() -> careful.execute(KEY, INPUT, work));
        var alike = scene.start(() -> careful.execute(KEY, INPUT, work));
        var other = scene.start(() -> eager.execute(KEY, INPUT, () -> "again"));

        reply.openAndSettle();

        Expect.unresolved(leader.result(), UnresolvedReason.INTERRUPTED);
        // It asks before, while or after the eager one works.
        assertThat(alike.result())
                .isInstanceOfAny(Outcome.Unresolved.class, Outcome.InProgress.class, Outcome.Replayed.class);
        Expect.executed(other.result(), "again", Recording.RECORDED);
        assertThat(work.runs()).isZero();
    }

    @Test
    void A34_leasesOfTheirOwnLengthsAreKept() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> longer =
                scene.atLeastOnce().lease(LEASE.multipliedBy(10)).build();
        IdempotencyExecutor<String> shorter =
                scene.atLeastOnce().lease(Duration.ofSeconds(1)).build();
        Scene.Gated gated = new Scene.Gated(gate);
        var one = scene.start(() -> longer.execute(KEY, INPUT, gated));
        var two = scene.start(() -> shorter.execute(IdempotencyKey.unscoped("two"), INPUT, gated));
        var three = scene.start(() -> longer.execute(IdempotencyKey.unscoped("three"), INPUT, gated));

        scene.platform.pass(LEASE.multipliedBy(20));

        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
        gate.openAndSettle();
        for (var each : List.of(one, two, three)) {
            assertThat(((Outcome.Executed<String>) each.result()).recording()).isEqualTo(Recording.RECORDED);
        }
    }

    // ---- the order of attempts

    /** An operator deletes attempt 1; before that is done here, attempt 2 has the record. It has lost nothing. */
    @Test
    void A38_forgetDoesNotDisturbAnAttemptThatCameAfterTheDeletion() {
        ManualPlatform.Gate deleted = scene.platform.gate();
        ManualPlatform.Gate first = scene.platform.gate();
        ManualPlatform.Gate second = scene.platform.gate();
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        var old = scene.start(() -> executor.execute(KEY, INPUT, new Scene.Gated(first)));
        scene.store.next(Verb.DELETE, Fault.hangsAfter(deleted));
        var operator = scene.start(() -> executor.forget(KEY));
        first.openAndSettle();
        Expect.executed(old.result(), "value-1", Recording.LEASE_LOST);
        AtomicReference<Attempt> fresh = new AtomicReference<>();
        var next = scene.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            fresh.set(attempt);
            second.await();
            return "fresh";
        }));
        scene.listener.clear();

        deleted.openAndSettle();

        assertThat(operator.result()).isTrue();
        assertThat(fresh.get().leaseHeld()).isTrue();
        assertThat(scene.listener.of(LeaseLost.class)).isEmpty();
        Expect.inProgress(executor.execute(KEY, INPUT, work));
        scene.platform.pass(LEASE.multipliedBy(2));
        assertThat(fresh.get().leaseHeld()).isTrue();
        second.openAndSettle();
        Expect.executed(next.result(), "fresh", Recording.RECORDED);
    }

    /** The reply of attempt 1 comes when attempt 2 runs in the same JVM: attempt 1 is the one that has lost. */
    @ParameterizedTest
    @EnumSource
    void A27_slowReplyDoesNotDisplaceALaterAttempt(Scene.Kind kind) {
        Scene here = new Scene(kind);
        ManualPlatform.Gate reply = here.platform.gate();
        ManualPlatform.Gate first = here.platform.gate();
        ManualPlatform.Gate second = here.platform.gate();
        here.store.next(Verb.ACQUIRE, Fault.hangsAfter(reply));
        IdempotencyExecutor<String> executor = here.atLeastOnce().build();
        AtomicReference<Attempt> slow = new AtomicReference<>();
        AtomicReference<Attempt> fresh = new AtomicReference<>();
        var old = here.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            slow.set(attempt);
            first.await();
            return "slow";
        }));
        assertThat(executor.forget(KEY)).isTrue();
        var next = here.start(() -> executor.execute(KEY, INPUT, (AttemptWork<String, Exception>) attempt -> {
            fresh.set(attempt);
            second.await();
            return "fresh";
        }));

        reply.openAndSettle();

        assertThat(fresh.get().leaseHeld()).isTrue();
        assertThat(slow.get().leaseHeld()).isFalse();
        var waiter = here.start(() -> executor.execute(Scene.waiting(LEASE), work));
        first.openAndSettle();
        Expect.executed(old.result(), "slow", Recording.LEASE_LOST);
        assertThat(waiter.isDone()).isFalse();
        second.openAndSettle();
        Expect.executed(next.result(), "fresh", Recording.RECORDED);
        Expect.replayed(waiter.result(), "fresh");
    }

    // ---- fingerprints that cannot be compared

    private static Fingerprint algorithm(String id) {
        return Fingerprint.custom(id, new byte[] {1});
    }

    private static Fingerprint named(String name) {
        return switch (name) {
            case "none" -> Fingerprint.none();
            case "input" -> INPUT;
            case "other" -> OTHER_INPUT;
            default -> algorithm(name);
        };
    }

    @ParameterizedTest
    @CsvSource({"none, input", "input, none", "none, other", "old-1, input", "input, old-1", "old-1, old-2"})
    void A39_fingerprintsThatCannotBeComparedCountAsEqual(String one, String two) {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        Expect.executed(executor.execute(KEY, named(one), work), "value-1", Recording.RECORDED);
        assertThat(scene.listener.of(FingerprintNotCompared.class)).isEmpty();

        Expect.replayed(executor.execute(KEY, named(two), work), "value-1");

        assertThat(scene.listener.of(FingerprintNotCompared.class))
                .containsExactly(new FingerprintNotCompared(Scene.id(KEY)));
    }

    @ParameterizedTest
    @CsvSource({"none, none", "input, input", "old-1, old-1"})
    void A39_equalFingerprintsAreComparedAndNotCounted(String one, String two) {
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        Expect.executed(executor.execute(KEY, named(one), work), "value-1", Recording.RECORDED);

        Expect.replayed(executor.execute(KEY, named(two), work), "value-1");

        assertThat(scene.listener.of(FingerprintNotCompared.class)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"none, input", "input, none", "old-1, input", "input, old-1"})
    void A39_takeoverOfWhatCannotBeComparedIsAskedForByToken(String dead, String retry) {
        deadAttempt(named(dead));
        List<Takeover> asked = new ArrayList<>();
        DelegatingStore watching = new DelegatingStore(scene.model, false) {
            @Override
            public AcquireResult acquire(AcquireRequest request) {
                asked.add(request.takeover());
                return super.acquire(request);
            }
        };

        Outcome<String> outcome =
                scene.with(Guarantee.AT_LEAST_ONCE, watching).build().execute(KEY, named(retry), work);

        Expect.executed(outcome, "value-1", Recording.RECORDED);
        assertThat(asked).containsExactly(Takeover.SAME_FINGERPRINT, Takeover.ofToken(1));
        assertThat(scene.listener.of(FingerprintNotCompared.class)).hasSize(1);
        Expect.record(scene, RecordState.COMPLETED, 2);
    }

    /** Between the answer and the second question another node took over and died, too. */
    @Test
    void A39_takeoverByTokenIsAskedAgainWhenTheTokenIsStale() {
        deadAttempt(INPUT);
        scene.store.on(Verb.ACQUIRE, 2, Fault.before(() -> {
            AcquireRequest faster = new AcquireRequest(
                    Scene.id(KEY),
                    OTHER_INPUT.stored(),
                    AttemptIds.next(),
                    Duration.ofNanos(1),
                    Retention.of(Duration.ofHours(24)),
                    Takeover.ofToken(1));
            AcquireResult taken = scene.model.acquire(faster);
            assertThat(taken).isInstanceOf(AcquireResult.Acquired.class);
            assertThat(scene.model.hold(((AcquireResult.Acquired) taken).lease()))
                    .isTrue();
        }));

        Outcome<String> outcome = scene.atLeastOnce().build().execute(KEY, Fingerprint.none(), work);

        Expect.executed(outcome, "value-1", Recording.RECORDED);
        assertThat(scene.store.verbs()).containsExactly(Verb.ACQUIRE, Verb.ACQUIRE, Verb.ACQUIRE, Verb.COMPLETE);
        Expect.record(scene, RecordState.COMPLETED, 3);
    }

    @Test
    void A39_takeoverWithAnotherInputIsAMismatchForEveryPolicy() {
        deadAttempt(INPUT);

        Expect.mismatch(scene.atLeastOnce().build().execute(KEY, OTHER_INPUT, work));
        Expect.mismatch(scene.atMostOnce().build().execute(KEY, OTHER_INPUT, work));
        Expect.mismatch(scene.atMostOnce()
                .reconcile(attempt -> Reconciliation.notLanded())
                .build()
                .execute(KEY, OTHER_INPUT, work));
        assertThat(work.runs()).isZero();
    }

    @Test
    void A39_waiterIsToldOnceHoweverOftenItLooks() {
        ManualPlatform.Gate gate = scene.platform.gate();
        IdempotencyExecutor<String> there =
                scene.with(Guarantee.AT_LEAST_ONCE, scene.anotherNode()).build();
        var remote = scene.start(() -> there.execute(KEY, INPUT, new Scene.Gated(gate)));
        IdempotencyExecutor<String> executor = scene.atLeastOnce().build();
        IdempotentCall call =
                IdempotentCall.of(KEY, Fingerprint.none()).waiting(WaitPolicy.upTo(Duration.ofMinutes(1)));
        var waiter = scene.start(() -> executor.execute(call, work));
        scene.platform.pass(Duration.ofSeconds(10));
        gate.openAndSettle();
        scene.platform.pass(Duration.ofSeconds(1));

        Expect.executed(remote.result(), "value-1", Recording.RECORDED);
        Expect.replayed(waiter.result(), "value-1");
        assertThat(scene.listener.of(FingerprintNotCompared.class)).hasSize(1);
    }
}
