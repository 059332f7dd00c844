package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceguard.Outcome.Executed;
import io.onceguard.Outcome.FingerprintMismatch;
import io.onceguard.Outcome.InProgress;
import io.onceguard.Outcome.Replayed;
import io.onceguard.Outcome.Unresolved;
import io.onceguard.spi.RecordId;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each outcome says of itself. */
class OutcomeTest {

    private static final RecordId ID = new RecordId("charge", "secret-scope", "secret-key");
    private static final Duration HINT = Duration.ofMillis(500);

    private static Executed<String> executed(Recording recording) {
        return new Executed<>("secret-value", recording, "origin");
    }

    private static final Replayed<String> REPLAYED = new Replayed<>("secret-value", "origin");
    private static final InProgress<String> IN_PROGRESS = new InProgress<>(ID, HINT);
    private static final FingerprintMismatch<String> MISMATCH = new FingerprintMismatch<>(ID);

    private static Unresolved<String> unresolved(UnresolvedReason reason) {
        return new Unresolved<>(ID, reason);
    }

    private static String folded(Outcome<String> outcome) {
        return outcome.fold(
                it -> "executed " + it.recording(),
                it -> "replayed " + it.value(),
                it -> "in progress " + it.retryAfter(),
                it -> "mismatch " + it.record(),
                it -> "unresolved " + it.reason());
    }

    @Test
    void foldAppliesTheFunctionOfTheCase() {
        assertThat(folded(executed(Recording.RECORDED))).isEqualTo("executed RECORDED");
        assertThat(folded(REPLAYED)).isEqualTo("replayed secret-value");
        assertThat(folded(IN_PROGRESS)).isEqualTo("in progress PT0.5S");
        assertThat(folded(MISMATCH)).isEqualTo("mismatch " + ID);
        assertThat(folded(unresolved(UnresolvedReason.HELD))).isEqualTo("unresolved HELD");
        assertThat((Object) REPLAYED.fold(it -> null, it -> null, it -> "", it -> "", it -> ""))
                .isNull();
    }

    @Test
    void executedAndReplayedHaveAValue() {
        for (Recording recording : Recording.values()) {
            assertThat(executed(recording).hasValue()).isTrue();
            assertThat(executed(recording).isReplay()).isFalse();
        }
        assertThat(REPLAYED.hasValue()).isTrue();
        assertThat(REPLAYED.isReplay()).isTrue();
        for (Outcome<String> each : List.of(IN_PROGRESS, MISMATCH, unresolved(UnresolvedReason.HELD))) {
            assertThat(each.hasValue()).isFalse();
            assertThat(each.isReplay()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void orElseThrowGivesTheValueOfAnExecutionUnlessTheLeaseWasLost(Recording recording) {
        Executed<String> outcome = executed(recording);
        if (recording == Recording.LEASE_LOST) {
            assertThatThrownBy(outcome::orElseThrow).isInstanceOfSatisfying(LeaseLostException.class, it -> {
                assertThat(it.value()).isEqualTo("secret-value");
                assertThat(it.getMessage()).contains("origin").doesNotContain("secret");
            });
        } else {
            assertThat(outcome.orElseThrow()).isEqualTo("secret-value");
        }
    }

    @Test
    void orElseThrowGivesTheValueOfAReplay() {
        assertThat(REPLAYED.orElseThrow()).isEqualTo("secret-value");
        assertThat(new Replayed<String>(null, "origin").orElseThrow()).isNull();
    }

    @Test
    void orElseThrowThrowsForEachRefusal() {
        assertThatThrownBy(IN_PROGRESS::orElseThrow)
                .isInstanceOfSatisfying(
                        OperationInProgressException.class,
                        it -> assertThat(it.retryAfter()).isEqualTo(HINT))
                .isInstanceOf(IdempotencyException.class)
                .hasMessageContaining(ID.toString())
                .hasMessageNotContaining("secret");
        assertThatThrownBy(MISMATCH::orElseThrow)
                .isInstanceOf(FingerprintMismatchException.class)
                .isInstanceOf(IdempotencyException.class)
                .hasMessageContaining(ID.toString())
                .hasMessageNotContaining("secret");
        for (UnresolvedReason reason : UnresolvedReason.values()) {
            assertThatThrownBy(unresolved(reason)::orElseThrow)
                    .isInstanceOfSatisfying(
                            UnresolvedOperationException.class,
                            it -> assertThat(it.reason()).isEqualTo(reason))
                    .isInstanceOf(IdempotencyException.class)
                    .hasMessageContaining(ID.toString())
                    .hasMessageContaining(reason.name())
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void provisionalAreDeferredUnguardedAndLeaseLost() {
        Set<Recording> provisional = EnumSet.noneOf(Recording.class);
        for (Recording recording : Recording.values()) {
            assertThat(executed(recording).isProvisional()).isEqualTo(recording.isProvisional());
            if (recording.isProvisional()) {
                provisional.add(recording);
            }
        }
        assertThat(provisional).containsExactly(Recording.DEFERRED, Recording.UNGUARDED, Recording.LEASE_LOST);
    }

    @Test
    void textShowsNeitherValueNorKey() {
        for (Outcome<String> each : List.of(
                executed(Recording.RECORDED),
                executed(Recording.LEASE_LOST),
                REPLAYED,
                IN_PROGRESS,
                MISMATCH,
                unresolved(UnresolvedReason.INTERRUPTED))) {
            assertThat(each.toString())
                    .startsWith(each.getClass().getSimpleName())
                    .doesNotContain("secret");
        }
    }
}
