package io.onceguard;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceguard.spi.RecordState;
import io.onceguard.spi.StoredRecord;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** What tests of the executor expect of an outcome or a record, and the settings that they run in. */
final class Expect {

    private Expect() {}

    static void executed(Outcome<?> outcome, Object value, Recording recording) {
        assertThat(outcome).isInstanceOf(Outcome.Executed.class);
        Outcome.Executed<?> executed = (Outcome.Executed<?>) outcome;
        assertThat(executed.recording()).isEqualTo(recording);
        assertThat((Object) executed.value()).isEqualTo(value);
    }

    static void replayed(Outcome<?> outcome, Object value) {
        assertThat(outcome).isInstanceOf(Outcome.Replayed.class);
        assertThat((Object) ((Outcome.Replayed<?>) outcome).value()).isEqualTo(value);
    }

    static void replayed(Outcome<?> outcome, Object value, String originId) {
        replayed(outcome, value);
        assertThat(((Outcome.Replayed<?>) outcome).originId()).isEqualTo(originId);
    }

    static void unresolved(Outcome<?> outcome, UnresolvedReason reason) {
        assertThat(outcome).isEqualTo(new Outcome.Unresolved<>(Scene.id(Scene.KEY), reason));
    }

    static void inProgress(Outcome<?> outcome) {
        assertThat(outcome).isInstanceOf(Outcome.InProgress.class);
    }

    static void mismatch(Outcome<?> outcome) {
        assertThat(outcome).isEqualTo(new Outcome.FingerprintMismatch<>(Scene.id(Scene.KEY)));
    }

    /** The record of {@link Scene#KEY} is in this state after so many attempts. */
    static void record(Scene scene, RecordState state, int attempts) {
        Optional<StoredRecord> record = scene.model.find(Scene.id(Scene.KEY));
        assertThat(record.map(StoredRecord::state)).contains(state);
        assertThat(record.map(StoredRecord::number)).contains(attempts);
    }

    /** Every kind of store with every guarantee. */
    static Stream<Arguments> settings() {
        return Stream.of(Scene.Kind.values())
                .flatMap(kind -> Stream.of(Guarantee.values()).map(guarantee -> Arguments.of(kind, guarantee)));
    }
}
