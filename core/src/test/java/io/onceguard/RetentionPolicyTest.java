package io.onceguard;

import static io.onceguard.Scene.INPUT;
import static io.onceguard.Scene.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.onceguard.Scene.Counted;
import io.onceguard.Scene.Kind;
import io.onceguard.spi.RecordState;
import io.onceguard.spi.Retention;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How long records are kept. */
@EachVariant
class RetentionPolicyTest {

    private static final Retention HOUR = Retention.of(Duration.ofHours(1));
    private static final Retention DAY = Retention.of(Duration.ofDays(1));
    private static final Retention WEEK = Retention.of(Duration.ofDays(7));

    private final Guarantee guarantee;
    private final Scene scene;
    private final Counted work = new Counted();

    RetentionPolicyTest(Guarantee guarantee, Kind kind) {
        this.guarantee = guarantee;
        this.scene = new Scene(kind);
    }

    private Retention kept(@Nullable Retention operation, @Nullable Retention call, @Nullable Retention value) {
        IdempotencyExecutorBuilder<String> builder = scene.with(guarantee);
        if (operation != null) {
            builder.retention(operation);
        }
        IdempotencyKey key = IdempotencyKey.unscoped("key-" + work.run());
        IdempotentCall of = IdempotentCall.of(key, INPUT);
        Outcome<String> outcome = builder.build().execute(call == null ? of : of.retention(call), attempt -> {
            if (value != null) {
                attempt.retainFor(value);
            }
            scene.platform.pass(Duration.ofMinutes(50)); // it counts from completion, not from here
            return "value";
        });
        assertThat(outcome.hasValue()).isTrue();
        ModelStore.Row row = scene.model.row(Scene.id(key));
        assertThat(row.state()).isEqualTo(RecordState.COMPLETED);
        return row.expiry() == Long.MAX_VALUE
                ? Retention.forever()
                : Retention.of(Duration.ofNanos(row.expiry() - scene.platform.elapsed()));
    }

    @Test
    void A18_mostSpecificRetentionWins() {
        assertThat(kept(null, null, null)).isEqualTo(DAY);
        assertThat(kept(WEEK, null, null)).isEqualTo(WEEK);
        assertThat(kept(WEEK, HOUR, null)).isEqualTo(HOUR);
        assertThat(kept(HOUR, WEEK, null)).isEqualTo(WEEK);
        assertThat(kept(HOUR, WEEK, DAY)).isEqualTo(DAY);
        assertThat(kept(null, null, HOUR)).isEqualTo(HOUR);
        assertThat(kept(HOUR, null, WEEK)).isEqualTo(WEEK);
    }

    @Test
    void A18_foreverWorksOnEachLevel() {
        Retention forever = Retention.forever();

        assertThat(kept(forever, null, null)).isEqualTo(forever);
        assertThat(kept(HOUR, forever, null)).isEqualTo(forever);
        assertThat(kept(HOUR, DAY, forever)).isEqualTo(forever);
        assertThat(kept(forever, HOUR, null)).isEqualTo(HOUR);
        assertThat(kept(forever, forever, HOUR)).isEqualTo(HOUR);
    }

    @Test
    void A18_recordReplaysUntilItsRetentionIsOverAndThenTheKeyIsFresh() {
        IdempotencyExecutor<String> executor =
                scene.with(guarantee).retention(HOUR).build();
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();

        scene.platform.advance(Duration.ofHours(1).minusNanos(1));
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
        scene.platform.advance(Duration.ofNanos(1));
        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isFalse();

        assertThat(work.runs()).isEqualTo(2);
        assertThat(scene.row().number()).isEqualTo(1);
    }

    @Test
    void A18_recordKeptForEverReplaysAfterManyYears() {
        IdempotencyExecutor<String> executor =
                scene.with(guarantee).retention(Retention.forever()).build();
        assertThat(executor.execute(KEY, INPUT, work).hasValue()).isTrue();

        scene.platform.advance(Duration.ofDays(36_500));

        assertThat(executor.execute(KEY, INPUT, work).isReplay()).isTrue();
    }

    @Test
    void A18_recordedFailureAndMissingResultAreKeptAsLongAsTheValueWouldBe() {
        IdempotencyExecutor<String> executor = scene.with(guarantee)
                .onFailure(Exception.class, FailurePolicy.RECORD)
                .maxResultBytes(1)
                .build();
        assertThat(catchThrowable(
                        () -> executor.run(IdempotentCall.of(KEY, INPUT).retention(HOUR), attempt -> {
                            attempt.retainFor(WEEK);
                            throw new IOException();
                        })))
                .isInstanceOf(IOException.class);
        assertThat(scene.row().expiry()).isEqualTo(Duration.ofDays(7).toNanos());

        IdempotencyKey tooLarge = IdempotencyKey.unscoped("too large");
        assertThat(executor.execute(IdempotentCall.of(tooLarge, INPUT).retention(HOUR), work)
                        .hasValue())
                .isTrue();
        assertThat(scene.model.row(Scene.id(tooLarge)).expiry())
                .isEqualTo(Duration.ofHours(1).toNanos());
    }

    @Test
    void A18_releasedOrHeldRecordIsKeptForTheRetentionOfItsCall() {
        for (FailurePolicy policy : new FailurePolicy[] {FailurePolicy.RELEASE, FailurePolicy.HOLD}) {
            IdempotencyExecutor<String> executor =
                    scene.with(guarantee).onFailure(Exception.class, policy).build();
            IdempotencyKey key = IdempotencyKey.unscoped(policy.name());
            assertThat(catchThrowable(
                            () -> executor.run(IdempotentCall.of(key, INPUT).retention(WEEK), attempt -> {
                                throw new IOException();
                            })))
                    .isInstanceOf(IOException.class);
            assertThat(scene.model.row(Scene.id(key)).expiry())
                    .isEqualTo(Duration.ofDays(7).toNanos());
        }
    }

    @Test
    void A19_badRetentionIsRefusedWhenGiven() {
        for (Duration bad : new Duration[] {
            Duration.ZERO,
            Duration.ofNanos(-1),
            Duration.ofSeconds(Long.MIN_VALUE),
            Duration.ofNanos(999_999),
            Duration.ofDays(36_500).plusNanos(1),
            Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)
        }) {
            assertThatThrownBy(() -> Retention.of(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("retention: 1 ms to 36500 days")
                    .hasMessageContaining(bad.toString());
        }
        assertThat(Retention.of(Duration.ofMillis(1)).duration()).contains(Duration.ofMillis(1));
        assertThat(Retention.of(Retention.MAX).duration()).contains(Retention.MAX);
    }

    @Test
    void A19_longestRetentionAndShortestRetentionAreStoredExactly() {
        assertThat(kept(Retention.of(Retention.MAX), null, null)).isEqualTo(Retention.of(Retention.MAX));
        assertThat(kept(null, null, Retention.of(Duration.ofMillis(1)))).isEqualTo(Retention.of(Duration.ofMillis(1)));
    }

    @Test
    void A19_retentionThatIsMissingIsRefusedWhenGiven() {
        assertThatThrownBy(() -> Retention.of(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> scene.with(guarantee).retention(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> IdempotentCall.of(KEY, INPUT).retention(null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> scene.with(guarantee).build().run(IdempotentCall.of(KEY, INPUT), attempt -> {
                    assertThatThrownBy(() -> attempt.retainFor(null)).isInstanceOf(NullPointerException.class);
                    throw new IOException("the work goes on");
                }))
                .hasMessage("the work goes on");
    }
}
