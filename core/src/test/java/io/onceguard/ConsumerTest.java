package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static io.onceguard.Scene.OTHER_INPUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.FaultyStore.Verb;
import io.onceguard.Scene.Kind;
import io.onceguard.messaging.Disposition;
import io.onceguard.messaging.Disposition.Duplicate;
import io.onceguard.messaging.Disposition.Processed;
import io.onceguard.messaging.Disposition.Rejected;
import io.onceguard.messaging.Disposition.Rejected.Reason;
import io.onceguard.messaging.Disposition.RetryLater;
import io.onceguard.messaging.Disposition.RetryLater.Cause;
import io.onceguard.messaging.IdempotentConsumer;
import io.onceguard.messaging.IdempotentConsumerBuilder;
import io.onceguard.spi.RecordState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the broker is told about one message: every row of the table in the package documentation. */
@EachVariant
class ConsumerTest {

    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Guarantee guarantee;
    private final Scene scene;
    private final AtomicInteger runs = new AtomicInteger();

    ConsumerTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
    }

    /** A message: its key and its content are those of the scene unless said otherwise. */
    private record Letter(String key, Fingerprint content) {
        Letter() {
            this(KEY.value(), INPUT);
        }
    }

    private interface Handling {
        String handle(Attempt attempt) throws Exception;
    }

    private IdempotentConsumerBuilder<Letter, Attempt, String> consumer(
            IdempotencyExecutorBuilder<String> operation, Handling handling) {
        return IdempotentConsumer.of(operation.build(), (Letter letter) -> IdempotencyKey.of(KEY.scope(), letter.key()))
                .fingerprint(Letter::content)
                .retryDelay(FIRST, LONGEST)
                .handler((letter, attempt) -> {
                    runs.incrementAndGet();
                    return handling.handle(attempt);
                });
    }

    private IdempotentConsumer<Letter> returning(IdempotencyExecutorBuilder<String> operation) {
        return consumer(operation, attempt -> "done").build();
    }

    private IdempotentConsumer<Letter> throwing(FailurePolicy policy, Throwable failure) {
        return throwing(policy, failure, Integer.MAX_VALUE);
    }

    private IdempotentConsumer<Letter> throwing(FailurePolicy policy, Throwable failure, int limit) {
        return consumer(operation().onFailure(Throwable.class, policy), attempt -> {
                    throw KeyedCall.<Exception>unchecked(failure);
                })
                .attemptLimit(limit)
                .build();
    }

    private IdempotencyExecutorBuilder<String> operation() {
        return scene.with(guarantee);
    }

    private static Disposition processed(Recording recording) {
        return new Processed(recording, null);
    }

    private static Disposition rejected(Reason reason) {
        return new Rejected(reason, null);
    }

    // ---- processed

    @Test
    void G01_processedAndRecorded() {
        assertThat(returning(operation()).accept(new Letter())).isEqualTo(processed(Recording.RECORDED));
        Expect.record(scene, RecordState.COMPLETED, 1);
        assertThat(scene.store.verbs())
                .containsExactly(Verb.ACQUIRE_ALL, Verb.ACQUIRE, Verb.COMPLETE_ALL, Verb.COMPLETE);
    }

    @Test
    void G01_processedButNotRecorded() {
        IdempotentConsumer<Letter> consumer = consumer(operation(), attempt -> {
                    attempt.doNotRecord();
                    return "done";
                })
                .build();
        assertThat(consumer.accept(new Letter())).isEqualTo(processed(Recording.NOT_RECORDED));
        Expect.record(scene, RecordState.RELEASED, 1);
    }

    @Test
    void G01_processedWithoutAKeptResultAndThenADuplicate() {
        IdempotentConsumer<Letter> consumer = returning(operation().maxResultBytes(1));
        assertThat(consumer.accept(new Letter())).isEqualTo(processed(Recording.RESULT_NOT_KEPT));
        assertThat(consumer.accept(new Letter())).isEqualTo(new Duplicate());
    }

    @Test
    void G01_processedWhileTheStoreIsGoneAfterwards() {
        scene.store.always(Verb.COMPLETE, Fault.refused());
        assertThat(returning(operation()).accept(new Letter())).isEqualTo(processed(Recording.DEFERRED));
        scene.store.heal();
        scene.platform.pass(Duration.ofSeconds(1));
        assertThat(returning(operation()).accept(new Letter())).isEqualTo(new Duplicate());
    }

    @Test
    void G01_processedUnguarded() {
        scene.store.always(Verb.ACQUIRE, Fault.refused());
        assertThat(returning(operation().failOpen()).accept(new Letter())).isEqualTo(processed(Recording.UNGUARDED));
    }

    @Test
    void G01_processedAfterItsLeaseWasLost() {
        IdempotentConsumer<Letter> consumer = consumer(operation(), attempt -> {
                    assertThat(operation().build().forget(KEY)).isTrue();
                    return "done";
                })
                .build();
        assertThat(consumer.accept(new Letter())).isEqualTo(processed(Recording.LEASE_LOST));
    }

    @Test
    void G01_aRecordedFailureIsProcessedAndThenADuplicate() {
        IOException failure = new IOException("declined");
        IdempotentConsumer<Letter> consumer = throwing(FailurePolicy.RECORD, failure);
        assertThat(consumer.accept(new Letter())).isEqualTo(new Processed(Recording.RECORDED, failure));
        assertThat(consumer.accept(new Letter())).isEqualTo(new Duplicate());
        assertThat(runs).hasValue(1);
    }

    @Test
    void G01_aRecordedErrorIsThrownOnceAndThenADuplicate() {
        AssertionError failure = new AssertionError("declined");
        ResultCodec<Throwable> codec =
                ResultCodec.of("error", error -> new byte[0], bytes -> new AssertionError("declined before"));
        IdempotentConsumer<Letter> consumer = consumer(
                        operation().onFailure(Error.class, FailurePolicy.RECORD).failureCodec(codec), attempt -> {
                            throw failure;
                        })
                .build();
        assertThatThrownBy(() -> consumer.acceptAll(List.of(new Letter()))).isSameAs(failure);
        assertThat(consumer.accept(new Letter())).isEqualTo(new Duplicate());
    }

    // ---- duplicate

    @Test
    void G01_G03_aRedeliveryIsADuplicate() {
        assertThat(returning(operation()).accept(new Letter()).isDone()).isTrue();
        assertThat(returning(operation()).accept(new Letter())).isEqualTo(new Duplicate());
        assertThat(runs).hasValue(1);
        assertThat(scene.store.verbs())
                .filteredOn(verb -> !verb.name().endsWith("_ALL"))
                .containsExactly(Verb.ACQUIRE, Verb.COMPLETE, Verb.ACQUIRE);
    }

    // ---- retry later

    @Test
    void G01_laterWhileSomebodyElseWorks() {
        assertThat(scene.held(KEY, INPUT)).isNotNull();
        assertThat(returning(operation()).accept(new Letter()))
                .isEqualTo(new RetryLater(Duration.ofSeconds(1), Cause.IN_PROGRESS, null));
        assertThat(returning(operation().waiting(WaitPolicy.upTo(Duration.ofMinutes(1))))
                        .accept(new Letter()))
                .isEqualTo(new RetryLater(Duration.ofSeconds(1), Cause.IN_PROGRESS, null));
        assertThat(runs).hasValue(0);
    }

    @Test
    void G01_laterWhenTheStoreIsGone() {
        scene.store.always(Verb.ACQUIRE, Fault.lostRequest());
        Disposition disposition = returning(operation()).accept(new Letter());
        assertThat(disposition).isInstanceOfSatisfying(RetryLater.class, later -> {
            assertThat(later.cause()).isEqualTo(Cause.STORE_FAILED);
            assertThat(later.delay()).isEqualTo(FIRST);
            assertThat(later.failure()).isInstanceOf(IdempotencyStoreException.class);
        });
        assertThat(runs).hasValue(0);
        assertThat(scene.store.verbs())
                .filteredOn(verb -> !verb.name().endsWith("_ALL"))
                .containsExactly(Verb.ACQUIRE, Verb.ACQUIRE, Verb.RELEASE);
    }

    @Test
    void G01_G02_laterAfterAFailureAndThenProcessed() {
        IOException failure = new IOException("not now");
        assertThat(throwing(FailurePolicy.RELEASE, failure).accept(new Letter()))
                .isEqualTo(new RetryLater(FIRST, Cause.HANDLER_FAILED, failure));
        assertThat(returning(operation()).accept(new Letter())).isEqualTo(processed(Recording.RECORDED));
        Expect.record(scene, RecordState.COMPLETED, 2);
    }

    @Test
    void G01_theDelayDoublesWithEachAttempt() {
        IdempotentConsumer<Letter> consumer = throwing(FailurePolicy.RELEASE, new IOException("not now"));
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            seconds.add(((RetryLater) consumer.accept(new Letter())).delay().toSeconds());
        }
        assertThat(seconds).containsExactly(2L, 4L, 8L, 10L, 10L);
    }

    @Test
    void G01_laterWhenAFailureIsNotTheRecords() {
        IOException failure = new IOException("declined");
        IdempotentConsumer<Letter> consumer = consumer(
                        operation().onFailure(IOException.class, FailurePolicy.RECORD), attempt -> {
                            assertThat(operation().build().forget(KEY)).isTrue();
                            throw failure;
                        })
                .build();
        assertThat(consumer.accept(new Letter())).isEqualTo(new RetryLater(FIRST, Cause.HANDLER_FAILED, failure));
    }

    @Test
    void G01_laterWhenUnguardedWorkFails() {
        scene.store.always(Verb.ACQUIRE, Fault.refused());
        IOException failure = new IOException("declined");
        IdempotentConsumer<Letter> consumer = consumer(operation().failOpen(), attempt -> {
                    throw failure;
                })
                .build();
        assertThat(consumer.accept(new Letter())).isEqualTo(new RetryLater(FIRST, Cause.HANDLER_FAILED, failure));
    }

    @Test
    void G01_laterOnAnInterruptedThreadWhichStaysInterrupted() {
        ManualPlatform.Caller<Disposition> caller = scene.start(() -> {
            Thread.currentThread().interrupt();
            return returning(operation()).accept(new Letter());
        });
        assertThat(caller.result()).isEqualTo(new RetryLater(FIRST, Cause.NOT_STARTED, null));
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
        assertThat(scene.store.calls()).isEmpty();
    }

    @Test
    void G01_anInterruptedHandlerFailsByItsPolicyAndTheFlagIsKept() {
        InterruptedException interrupt = new InterruptedException("stop");
        ManualPlatform.Caller<Disposition> caller =
                scene.start(() -> throwing(FailurePolicy.RELEASE, interrupt).accept(new Letter()));
        assertThat(caller.result()).isEqualTo(new RetryLater(FIRST, Cause.HANDLER_FAILED, interrupt));
        assertThat(caller.wasInterruptedAtEnd()).isTrue();
        Expect.record(scene, RecordState.RELEASED, 1);
    }

    // ---- rejected

    @Test
    void G01_rejectedIfTheKeyIsUsedForAnotherInput() {
        assertThat(returning(operation()).accept(new Letter()).isDone()).isTrue();
        assertThat(returning(operation()).accept(new Letter(KEY.value(), OTHER_INPUT)))
                .isEqualTo(rejected(Reason.KEY_REUSED));
    }

    @Test
    void G01_aFailureThatIsHeldIsRejectedUnlessAFurtherDeliveryRunsIt() {
        IOException failure = new IOException("who knows");
        IdempotentConsumer<Letter> consumer = throwing(FailurePolicy.HOLD, failure);
        Disposition first = consumer.accept(new Letter());
        Expect.record(scene, RecordState.HELD, 1);
        Disposition second = consumer.accept(new Letter());
        if (guarantee == Guarantee.AT_MOST_ONCE) {
            assertThat(first).isEqualTo(new Rejected(Reason.HELD, failure));
            assertThat(second).isEqualTo(rejected(Reason.HELD));
            assertThat(runs).hasValue(1);
        } else {
            assertThat(first).isEqualTo(new RetryLater(FIRST, Cause.HANDLER_FAILED, failure));
            assertThat(second).isEqualTo(new RetryLater(FIRST.multipliedBy(2), Cause.HANDLER_FAILED, failure));
            assertThat(runs).hasValue(2);
        }
    }

    @Test
    void G01_rejectedIfAnAttemptDiedThatMayNotBeRepeated() {
        scene.abandoned(KEY, INPUT);
        boolean atMostOnce = guarantee == Guarantee.AT_MOST_ONCE;
        assertThat(returning(operation()).accept(new Letter()))
                .isEqualTo(atMostOnce ? rejected(Reason.INTERRUPTED) : processed(Recording.RECORDED));
    }

    @Test
    void G01_aReconcilerDecides() {
        scene.abandoned(KEY, INPUT);
        assertThat(returning(operation().reconcile(attempt -> Reconciliation.unknown()))
                        .accept(new Letter()))
                .isEqualTo(rejected(Reason.HELD));
        assertThat(returning(operation().reconcile(attempt -> Reconciliation.landed("landed")))
                        .accept(new Letter()))
                .isEqualTo(new Duplicate());
        assertThat(runs).hasValue(0);
    }

    @Test
    void G01_rejectedAtTheAttemptLimit() {
        IOException poison = new IOException("poison");
        IdempotentConsumer<Letter> consumer = throwing(FailurePolicy.RELEASE, poison, 3);
        assertThat(consumer.accept(new Letter())).isInstanceOf(RetryLater.class);
        assertThat(consumer.accept(new Letter())).isInstanceOf(RetryLater.class);
        assertThat(consumer.accept(new Letter())).isEqualTo(new Rejected(Reason.ATTEMPTS_EXHAUSTED, poison));
        assertThat(runs).hasValue(3);
        // another delivery, on another node
        assertThat(throwing(FailurePolicy.RELEASE, poison, 3).accept(new Letter()))
                .isEqualTo(rejected(Reason.ATTEMPTS_EXHAUSTED));
        assertThat(runs).hasValue(3);
        assertThat(operation().build().forget(KEY)).isTrue();
        assertThat(returning(operation()).accept(new Letter()).isDone()).isTrue();
    }

    @Test
    void G01_attemptsThatDiedCountTowardsTheLimit() {
        scene.abandoned(KEY, INPUT);
        IdempotentConsumer<Letter> consumer = consumer(
                        operation().reconcile(attempt -> Reconciliation.notLanded()), attempt -> "done")
                .attemptLimit(1)
                .build();
        assertThat(consumer.accept(new Letter())).isEqualTo(rejected(Reason.ATTEMPTS_EXHAUSTED));
        assertThat(runs).hasValue(0);
    }

    @Test
    void G01_rejectedIfTheResultCannotBeRead() {
        assertThat(returning(operation()).accept(new Letter()).isDone()).isTrue();
        IdempotencyExecutor<byte[]> other =
                scene.with(guarantee, scene.store, ResultCodec.bytes()).build();
        IdempotentConsumer<Letter> consumer = IdempotentConsumer.of(other, (Letter letter) -> KEY)
                .fingerprint(Letter::content)
                .handler(letter -> new byte[0])
                .build();
        assertThat(consumer.accept(new Letter())).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.reason()).isEqualTo(Reason.RESULT_UNREADABLE);
            assertThat(rejected.failure()).isInstanceOf(UnreadableResultException.class);
        });
    }

    @Test
    void G01_rejectedIfTheMessageIsInvalid() {
        IdempotencyExecutor<String> executor =
                operation().keyPolicy(KeyPolicy.uuid()).build();
        IllegalStateException fault = new IllegalStateException("malformed");
        List<IdempotentConsumerBuilder<Letter, Attempt, String>> invalid = List.of(
                IdempotentConsumer.of(executor, (Letter letter) -> IdempotencyKey.of("s", "no uuid"))
                        .fingerprint(Letter::content),
                IdempotentConsumer.of(executor, (Letter letter) -> IdempotencyKey.of("s", ""))
                        .fingerprint(Letter::content),
                IdempotentConsumer.<Letter, String>of(executor, letter -> {
                            throw fault;
                        })
                        .fingerprint(Letter::content),
                IdempotentConsumer.of(operation().build(), (Letter letter) -> KEY)
                        .fingerprint(letter -> {
                            throw fault;
                        }),
                IdempotentConsumer.of(operation().build(), (Letter letter) -> KEY)
                        .fingerprint(Letter::content)
                        .originId(letter -> ""));
        for (IdempotentConsumerBuilder<Letter, Attempt, String> each : invalid) {
            assertThat(each.handler(letter -> "done").build().accept(new Letter()))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(Reason.INVALID_MESSAGE));
        }
        assertThat(scene.store.calls()).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway") // what a careless extractor does
    void G01_nullFromAnExtractorIsAnInvalidMessageToo() {
        IdempotentConsumer<Letter> noKey = IdempotentConsumer.of(operation().build(), (Letter letter) -> null)
                .fingerprint(Letter::content)
                .handler(letter -> "done")
                .build();
        assertThat(noKey.accept(new Letter()).isDone()).isFalse();
        assertThat(noKey.acceptAll(Collections.singletonList(null)).get(0)).isInstanceOf(Rejected.class);
    }

    // ---- thrown

    @Test
    void G01_anErrorIsThrownAfterTheRecordIsWritten() {
        AssertionError error = new AssertionError("broken");
        assertThatThrownBy(() -> throwing(FailurePolicy.RELEASE, error).acceptAll(List.of(new Letter())))
                .isSameAs(error);
        Expect.record(scene, RecordState.RELEASED, 1);
        IdempotentConsumer<Letter> broken = IdempotentConsumer.<Letter, String>of(
                        operation().build(), letter -> {
                            throw error;
                        })
                .fingerprint(Letter::content)
                .handler(letter -> "done")
                .build();
        assertThatThrownBy(() -> broken.acceptAll(List.of(new Letter()))).isSameAs(error);
    }

    // ---- marker only, options

    @Test
    void G04_withoutAResultTheRecordIsAMarker() {
        IdempotencyExecutor<Void> bookings =
                scene.with(guarantee, scene.store, ResultCodec.<Void>none()).build();
        IdempotentConsumer<Letter> consumer = IdempotentConsumer.of(bookings, (Letter letter) -> KEY)
                .fingerprint(Letter::content)
                .originId(letter -> "letter-1")
                .action(letter -> runs.incrementAndGet())
                .build();
        assertThat(consumer.accept(new Letter())).isEqualTo(processed(Recording.RECORDED));
        assertThat(consumer.accept(new Letter())).isEqualTo(new Duplicate());
        assertThat(runs).hasValue(1);
        assertThat(scene.row().result().bytes()).hasSizeLessThan(32);
        Outcome<Void> replay = bookings.run(KEY, INPUT, () -> runs.incrementAndGet());
        Expect.replayed(replay, null, "letter-1");
    }

    @Test
    void theBuilderRefusesNonsense() {
        var builder = IdempotentConsumer.of(operation().build(), (Letter letter) -> KEY);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("fingerprint");
        builder.fingerprint(letter -> Fingerprint.none());
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("handler");
        assertThatThrownBy(() -> builder.attemptLimit(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.retryDelay(Duration.ZERO, FIRST)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.retryDelay(LONGEST, FIRST)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.retryDelay(FIRST, Duration.ofDays(2)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void A37_noDispositionShowsWhatAnExceptionSays() {
        IOException secret = new IOException("secret");
        assertThat(List.of(
                        new Processed(Recording.RECORDED, secret),
                        new RetryLater(FIRST, Cause.HANDLER_FAILED, secret),
                        new Rejected(Reason.HELD, secret)))
                .allSatisfy(disposition -> assertThat(disposition.toString())
                        .contains("java.io.IOException")
                        .doesNotContain("secret"));
    }
}
